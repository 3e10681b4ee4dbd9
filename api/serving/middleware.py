"""What stands around the routes: each request over HTTP passes it."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send


class Middleware(ABC):
    """ASGI middleware of requests over HTTP; all else, such as the start and the end of the service, goes past it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serves one request, or lets pass what is none."""
        serve = self._serve if scope["type"] == "http" else self._app
        return serve(scope, receive, send)

    @abstractmethod
    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
