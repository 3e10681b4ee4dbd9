"""What stands around the routes lets pass what is no request."""

import asyncio
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from api.serving.middleware import Middleware


class Marking(Middleware):
    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "is_marked": True}, receive, send)


def test_only_requests_over_http_are_served() -> None:
    served: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        served.append((scope["type"], scope.get("is_marked", False)))

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        return

    async def serve() -> None:
        for kind in ("lifespan", "http", "websocket"):
            await Marking(app)({"type": kind}, receive, send)

    asyncio.run(serve())
    assert served == [("lifespan", False), ("http", True), ("websocket", False)]
