"""A span for every request."""

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from api.serving.middleware import Middleware
from settings.traces import start_span

SCOPE_NAME = "traceparent"
_FIRST_SERVER_FAULT = 500


class Tracing(Middleware):
    """ASGI middleware within the request log; the scope tells those within whose child they are."""

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
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
