"""``/v1/limits``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.calls import reading
from api.context import context_of
from api.limits.schemas import PATH, QuotaDocument, RateLimitDocument, limits_document, limits_of
from api.rate_limits.middleware import READ_COST, WRITE_COST
from api.requests.queries import NoQuery
from api.resource import resources_of
from api.serving.plain_routes import PlainRoute
from db.errors import DatabaseUnavailable

router = APIRouter(prefix=PATH, tags=["service"], route_class=PlainRoute)


@router.get("", **reading("The limits.", limits_document, DatabaseUnavailable), summary="Read the limits")
async def read(request: Request) -> Response:
    """Returns the limits on requests, and the quotas of the caller's project. The catalog has the ranges of a spec."""
    NoQuery.of(request)
    context, resources = context_of(request), resources_of(request)
    settings, rate = context.settings, context.settings.rate_limit
    quotas = await context.services.quotas.shown(caller_of(request).project)
    limits = {limit.name: limit.under(settings) for limit in limits_of(resources)}
    document = limits_document(resources)(
        **limits,
        rate_limit=rate
        and RateLimitDocument(per_second=rate[0], burst=rate[1], read_cost=READ_COST, write_cost=WRITE_COST),
        quotas=[QuotaDocument.model_validate({"name": name, "limit": most, "used": n}) for name, most, n in quotas],
    )
    return conditional(request, Json(document.model_dump()))
