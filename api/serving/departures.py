"""Clients that go away while they wait."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.types import Receive

from api.jobs.listeners import Listener


@asynccontextmanager
async def leaving_with_client(listener: Listener, receive: Receive) -> AsyncGenerator[None]:
    """While the block runs, the listener leaves when its client does."""
    following = asyncio.create_task(_follow(listener, receive), name="departure")
    try:
        yield
    finally:
        following.cancel()


async def _follow(listener: Listener, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.leave()
