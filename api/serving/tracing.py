"""A span for every request."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings.traces import start_span

SCOPE_NAME = "traceparent"
_FIRST_SERVER_FAULT = 500


class Tracing:
    """ASGI middleware within the request log; the scope tells those within whose child they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("traceparent")
        with start_span(scope["method"], parent=given, is_server=True) as span:
            span.tell({"http.request.method": scope["method"], "netcoach.request_id": scope["request_id"]})
            scope[SCOPE_NAME] = span.traceparent

            async def send_told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status: int = message["status"]
                    span.tell({"http.response.status_code": status})
                    if status >= _FIRST_SERVER_FAULT:
                        span.fail(str(status))
                await send(message)

            try:
                await self._app(scope, receive, send_told)
            finally:
                route: str | None = getattr(scope.get("route"), "path", None)
                if route is not None:
                    span.name(f"{scope['method']} {route}")
                    span.tell({"http.route": route})
