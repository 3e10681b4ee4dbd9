"""An id for every request, one line in the log for each, and a problem document where the service itself failed."""

import re
import secrets
import time
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import INTERNAL, problem

_log = structlog.stdlib.get_logger("api")
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLog:
    """ASGI middleware around everything else.

    A client's own ``X-Request-ID`` is kept where it is plain; every answer names the id. HEAD is answered as
    GET is: the server leaves out the body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else f"req_{secrets.token_hex(8)}"
        started = time.perf_counter()
        told: dict[str, Any] = {"method": scope["method"], "path": scope["path"], "request_id": request_id}
        status: int | None = None

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(raw=message["headers"])["X-Request-ID"] = request_id
            await send(message)

        inner = {**scope, "request_id": request_id, "is_head": scope["method"] == "HEAD"}
        if scope["method"] == "HEAD":
            inner["method"] = "GET"
        try:
            await self._app(inner, receive, send_named)
        except ClientDisconnect:
            _log.info("client went away", **told)
        except Exception:
            # The one place that may catch everything: whatever escaped is the service's own fault.
            _log.exception("request failed", **told)
            if status is not None:
                raise
            detail = "The fault is in the service, not in the request; its log tells more under the request's id."
            await problem(INTERNAL, detail, request_id=request_id)(inner, receive, send_named)
        else:
            took = round((time.perf_counter() - started) * 1000, 1)
            level = "debug" if scope["path"] in {"/healthz", "/readyz"} else "info"
            getattr(_log, level)("request", status=status, duration_ms=took, **told)
