"""What every answer tells a browser: guess no types, frame nothing, keep nothing, and run only what its path allows."""

from starlette.types import Message, Receive, Scope, Send

from api.serving.middleware import Middleware

CORS_ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Traceparent",
    "Tracestate",
    "X-Request-ID",
)
"""What a page of an allowed origin may send with any call."""

CORS_EXPOSED_HEADERS = (
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
)
"""What it may read of any answer beside the body."""

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_DOCUMENT = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
# Pictures that need a key are fetched by a script (blob:); tabs share a stream of events by a worker.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
POLICIES = (("/", _PAGE), ("/assets", _PAGE), ("/docs", _DOCUMENT))
"""Content-Security-Policy by how a path begins, whole segments only; every other answer may run and load nothing."""
_NOT_STORED = (b"cache-control", b"no-store")
_ASKED_AGAIN = (b"cache-control", b"private, no-cache")
"""A client may keep the answer beside its ETag, and asks whether it still holds; nobody in between keeps it."""
_OVER_TLS = (b"strict-transport-security", b"max-age=31536000")
_DATA = "/v1/"
_FIRST_FAILURE = 400


class SecurityHeaders(Middleware):
    """ASGI middleware around everything else; what a route says of its own stays.

    ``Strict-Transport-Security`` is told over TLS alone: the server's own, or that of a proxy it trusts to say so.
    """

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_missing(scope, message)]
            await send(message)

        await self._app(scope, receive, send_guarded)


def _missing(scope: Scope, message: Message) -> list[tuple[bytes, bytes]]:
    said = {name.lower() for name, _ in message["headers"]}
    added = list(_ALWAYS)
    if b"content-security-policy" not in said:
        added.append((b"content-security-policy", _policy_of(scope["path"]).encode()))
    if b"cache-control" not in said and scope["path"].startswith(_DATA):
        is_read = scope["method"] in {"GET", "HEAD"} and message["status"] < _FIRST_FAILURE
        added.append(_ASKED_AGAIN if is_read else _NOT_STORED)
    if scope["scheme"] == "https":
        added.append(_OVER_TLS)
    return added


def _policy_of(path: str) -> str:
    found = (policy for prefix, policy in POLICIES if path == prefix or path.startswith(prefix + "/"))
    return next(found, _NOTHING)
