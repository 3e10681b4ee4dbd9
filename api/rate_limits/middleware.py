"""Counts every call of ``/v1``, refuses what is too much before anything is read, and charges for what was slow."""

from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.addresses import client_address, neighbourhood
from api.access.callers import caller_of
from api.answers.errors import RateLimited
from api.answers.problems import KINDS, problem, request_id_of
from api.prometheus import instruments
from api.rate_limits.limiter import RateLimiter, Verdict
from api.serving.metering import Meter, meter_of
from api.serving.middleware import Middleware

LIMITED = "/v1/"
READ_COST = 1
WRITE_COST = 5
"""Of what is not a GET or HEAD: it costs the database a transaction, and a spec to check, of some milliseconds.

A check that takes more of the processor's time is charged for it when it is over: see `api.serving.metering`.
"""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class RateLimits(Middleware):
    """ASGI middleware around the routes; the fields are those of draft-ietf-httpapi-ratelimit-headers-11."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        super().__init__(app)
        self._limiter = limiter
        rate = limiter.rate
        self._policy = f'"requests";q={int(rate.burst)};w={rate.seconds_for(rate.burst)}'

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(LIMITED):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        cost = READ_COST if request.method in _READS else WRITE_COST
        holder = _holder(request)
        verdict = await self._limiter.take(holder, cost)
        bill = _Bill(self._limiter, holder, cost, meter_of(request), verdict.remaining)

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                await bill.settle()
                headers = MutableHeaders(raw=message["headers"])
                headers["RateLimit-Policy"] = self._policy
                headers["RateLimit"] = self._told(bill.remaining)
            await send(message)

        if not verdict.is_taken:
            await refusal(request, verdict)(scope, receive, send_counted)
            return
        try:
            await self._app(scope, receive, send_counted)
        finally:
            await bill.settle()  # of a request that came to no answer

    def _told(self, remaining: int) -> str:
        used = self._limiter.rate.burst - remaining
        return f'"requests";r={remaining};t={self._limiter.rate.seconds_for(used)}'


@dataclass
class _Bill:
    """What one request has still to pay.

    Attributes:
        remaining: Tokens that its holder has left.
    """

    limiter: RateLimiter
    holder: str
    paid: float
    meter: Meter
    remaining: int

    async def settle(self) -> None:
        """Pays for all that was metered since."""
        owed = self.meter.tokens_beyond(self.paid)
        if owed:
            self.paid += owed
            self.remaining = await self.limiter.charge(self.holder, owed)


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
