"""An id for every request, one line in the log for each, and a problem document where the service itself failed."""

import time
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from api.answers.problems import INTERNAL, problem
from api.prometheus import instruments
from api.requests.request_ids import HEADER, request_id_for
from api.serving.middleware import Middleware

_log = structlog.stdlib.get_logger("api")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_CLIENT_GONE = 499


class RequestLog(Middleware):
    """ASGI middleware around everything but the security headers.

    A client's own ``X-Request-ID`` is kept where it is plain; every answer names the id, and so does every line that
    is logged meanwhile. HEAD is answered as GET is, without the body. Each request is measured.
    """

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = request_id_for(Headers(scope=scope).get(HEADER, ""))
        is_head = scope["method"] == "HEAD"
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        told: dict[str, Any] = {"method": scope["method"], "path": scope["path"]}
        status: int | None = None
        received_bytes = sent_bytes = 0

        async def receive_counted() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            return message

        async def send_named(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(raw=message["headers"])[HEADER] = request_id
            elif is_head:
                message = {**message, "body": b""}
            sent_bytes += len(message.get("body", b""))
            await send(message)

        method = "GET" if is_head else scope["method"]
        inner = {**scope, "request_id": request_id, "is_head": is_head, "method": method}
        instruments.IN_FLIGHT.inc()
        try:
            await self._app(inner, receive_counted, send_named)
        except ClientDisconnect:
            status = _CLIENT_GONE
            _log.info("client disconnected", **told)
        except Exception:
            # The one place that may catch everything: whatever escaped is the service's own fault.
            _log.exception("request failed", **told)
            if status is not None:
                raise
            detail = "The error is in the service, not in your request. Its log has the details under this request id."
            await problem(INTERNAL, detail, request_id=request_id)(inner, receive, send_named)
        else:
            took = round((time.perf_counter() - started) * 1000, 1)
            level = "debug" if scope["path"] in _QUIET else "info"
            getattr(_log, level)("request", status=status, duration_ms=took, **told)
        finally:
            instruments.IN_FLIGHT.dec()
            instruments.request_ended(inner, scope["method"], status or INTERNAL.status, time.perf_counter() - started)
            instruments.bodies(received_bytes, sent_bytes)
            structlog.contextvars.unbind_contextvars("request_id")
