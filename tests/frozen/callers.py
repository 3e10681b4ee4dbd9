"""Somebody who calls the API and expects that it does what is asked."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.services.keys import bearer

_PATIENCE_SECONDS = 180.0


class Caller:
    """A client with a key of one project."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str) -> dict[str, Any]:
        """A document."""
        return await self.call("GET", path)

    async def post(self, path: str, body: object = None) -> dict[str, Any]:
        """What a call answers that makes something or asks for something."""
        return await self.call("POST", path, json=body) if body is not None else await self.call("POST", path)

    async def call(self, method: str, path: str, **request: object) -> dict[str, Any]:
        """What any call answers; nothing where it answers with no content."""
        answer = await self._client.request(method, path, **request)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else {}

    async def until(self, path: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """A document, once it is as asked."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not is_so(told := await self.get(path)):
            assert time.monotonic() < deadline, told
            await asyncio.sleep(0.05)
        return told


@asynccontextmanager
async def calling(address: str, token: str) -> AsyncIterator[Caller]:
    """A caller with this key."""
    async with httpx.AsyncClient(base_url=address, timeout=30, headers=bearer(token)) as client:
        yield Caller(client)
