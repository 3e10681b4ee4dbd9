"""Who gets in: asks for keys, and where none is asked for, keeps out what comes from elsewhere."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.addresses import client_address
from api.access.hosts import is_own, is_same
from api.access.scopes import Scopes
from api.answers import problems
from api.answers.errors import AuthenticationRequired, HostForeign, KeyInvalid, OriginForeign, ScopeInsufficient
from api.answers.problems import request_id_of
from api.context import Context, context_of
from api.rate_limits.limiter import RateLimiter
from api.rate_limits.middleware import WRITE_COST, address_holder, refusal
from api.serving.middleware import Middleware
from api.serving.staying import Stays
from api.serving.tracing import SCOPE_NAME as TRACEPARENT
from db.errors import DatabaseUnavailable
from db.tables.base import DEFAULT_PROJECT
from services.actors import Actor
from settings.traces import Trace

_UNKNOWN = (AuthenticationRequired, KeyInvalid)
_REFUSALS = (*_UNKNOWN, ScopeInsufficient, HostForeign, OriginForeign, DatabaseUnavailable)
"""What is answered here; all else is the service's own fault and answered as such by `api.serving.request_log`."""


class Doors(Middleware):
    """ASGI middleware in front of all routes: each request that goes on has an `Actor`.

    Whoever comes without a good key is counted by address, so that guessing is slow; good keys from there are not.
    """

    def __init__(self, app: ASGIApp, limiter: RateLimiter | None, scopes: Scopes) -> None:
        super().__init__(app)
        self._scopes = scopes
        self._limiter = limiter
        self._stays = Stays()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request in, or answers it with a problem document."""
        request = Request(scope)
        try:
            scope["caller"] = caller = await _caller(request, context_of(request), self._scopes)
        except _REFUSALS as error:
            answer = await self._refused(request, error)
            await answer(scope, receive, send)
            return
        if caller.key_id is None:
            await self._app(scope, receive, send)
            return
        key = _key_in(request.headers.getlist("authorization"))
        await self._stays.serve(self._app, context_of(request).keyring, key, (scope, receive, send))

    async def _refused(self, request: Request, error: Exception) -> Response:
        if self._limiter is not None and isinstance(error, _UNKNOWN):
            verdict = await self._limiter.take(address_holder(request), WRITE_COST)
            if not verdict.is_taken:
                return refusal(request, verdict)
        return await problems.answer(request, error)


async def _caller(request: Request, context: Context, scopes: Scopes) -> Actor:
    """Who sent the request.

    Raises:
        HostForeign: If it was meant for another host.
        OriginForeign: If it was sent by a page of another origin.
        AuthenticationRequired: If it lacks a key.
        KeyInvalid: If its key opens nothing.
        ScopeInsufficient: If its key is not for this.
        DatabaseUnavailable: If the database does not answer.
    """
    address = client_address(request.scope)
    trace = Trace(request_id_of(request), request.scope.get(TRACEPARENT))
    is_keyless = context.settings.is_keyless
    if is_keyless:
        _refuse_foreign(request.headers, context.settings.allowed_origins)
    needed = scopes.scope_of(request.method, request.scope["path"])
    given = request.headers.getlist("authorization")
    if needed is None or (is_keyless and not given):
        return Actor(DEFAULT_PROJECT, None, trace, address)
    opened = await context.keyring.open(_key_in(given))
    if opened is None:
        raise KeyInvalid("Invalid API key. It does not exist, has been revoked or has expired.")
    if needed not in opened.scopes:
        raise ScopeInsufficient(needed)
    return Actor(opened.project, opened.key_id, trace, address)


def _key_in(given: list[str]) -> str:
    if not given:
        raise AuthenticationRequired("An API key is required. Send it in the header `Authorization: Bearer nc_…`.")
    scheme, _, text = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not text.strip():
        raise AuthenticationRequired("Send the header `Authorization` exactly once, in the form `Bearer nc_…`.")
    return text.strip()


def _refuse_foreign(headers: Headers, allowed_origins: Collection[str]) -> None:
    """Where no key is asked for, only programs of this machine may ask, and no page of any other site.

    A browser sends the name in its address bar as Host: a name that an attacker's server resolved to the loopback
    address (DNS rebinding) is not one of ours. What a page of another origin sends names that origin; those that CORS
    is open to may.
    """
    if not is_own(headers.getlist("host")):
        raise HostForeign("This service can only be reached by names of its own machine, such as `localhost`.")
    origins = [origin for origin in headers.getlist("origin") if origin not in allowed_origins]
    if not all(is_same(origin, headers["host"]) for origin in origins):
        raise OriginForeign(
            "Pages from other origins cannot use this service unless `NETCOACH_CORS_ORIGINS` lists them."
        )
