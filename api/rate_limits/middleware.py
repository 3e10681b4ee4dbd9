"""Counts every call of ``/v1`` and refuses what is too much, before anything is read or asked."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.addresses import client_address, neighbourhood
from api.callers import caller_of
from api.errors import RateLimited
from api.metrics import instruments
from api.problems import KINDS, problem, request_id_of
from api.rate_limits.limiter import RateLimiter, Verdict

LIMITED = "/v1/"
READ_COST = 1
WRITE_COST = 5
"""Of what is not a GET or HEAD: it costs the database a transaction, and a spec to check."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class RateLimits:
    """ASGI middleware around the routes; the fields are those of draft-ietf-httpapi-ratelimit-headers-11."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self._app = app
        self._limiter = limiter
        rate = limiter.rate
        self._policy = f'"requests";q={int(rate.burst)};w={rate.seconds_for(rate.burst)}'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or not scope["path"].startswith(LIMITED):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        cost = READ_COST if request.method in _READS else WRITE_COST
        verdict = await self._limiter.take(_holder(request), cost)

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["RateLimit-Policy"] = self._policy
                headers["RateLimit"] = self._told(verdict)
            await send(message)

        if verdict.is_taken:
            await self._app(scope, receive, send_counted)
            return
        await refusal(request, verdict)(scope, receive, send_counted)

    def _told(self, verdict: Verdict) -> str:
        used = self._limiter.rate.burst - verdict.remaining
        return f'"requests";r={verdict.remaining};t={self._limiter.rate.seconds_for(used)}'


def refusal(request: Request, verdict: Verdict) -> Response:
    """The answer to a request that is not taken."""
    instruments.RATE_LIMITED.inc()
    seconds = verdict.retry_after_seconds
    return problem(
        KINDS[RateLimited],
        str(RateLimited(seconds)),
        request_id=request_id_of(request),
        headers={"Retry-After": str(seconds)},
    )


def _holder(request: Request) -> str:
    """Whose bucket it is: the project's, or, where nobody is asked for a key, the address's."""
    caller = caller_of(request)
    if caller.key_id is not None:
        return f"project:{caller.project}"
    return address_holder(request)


def address_holder(request: Request) -> str:
    """The name of an address's bucket."""
    address = client_address(request.scope)
    return f"address:{neighbourhood(address)}" if address else "address:"
