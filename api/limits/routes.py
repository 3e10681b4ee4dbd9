"""``/v1/limits``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.answers.pages import METRICS_PAGE_BYTES, PAGE_BYTES
from api.context import context_of
from api.jobs.queries import MAX_METRICS_ROWS, MAX_WAIT_SECONDS
from api.limits.schemas import LimitsDocument, QuotaDocument, RateLimitDocument
from api.openapi.declarations import Shown, operation
from api.rate_limits.middleware import READ_COST, WRITE_COST
from api.requests.queries import MAX_PAGE_ITEMS, NoQuery
from api.serving.plain_routes import PlainRoute
from api.serving.protocol import MAX_HEAD_BYTES, MAX_HEADERS
from db.errors import DatabaseUnavailable
from db.projects import keys
from db.webhooks import webhooks
from spec.language.json_bounds import MAX_DEPTH, MAX_VALUES
from spec.patches.operations import MAX_OPERATIONS

router = APIRouter(prefix="/v1/limits", tags=["service"], route_class=PlainRoute)


@router.get(
    "",
    **operation((200, Shown("The limits.", "LimitsDocument")), problems=(DatabaseUnavailable,), is_conditional=True),
    summary="Read the limits",
)
async def read(request: Request) -> Response:
    """Returns the limits on requests, and the quotas of the caller's project. The catalog has the ranges of a spec."""
    NoQuery.of(request)
    context = context_of(request)
    settings, rate = context.settings, context.settings.rate_limit
    quotas = await context.services.quotas.shown(caller_of(request).project)
    limits = LimitsDocument(
        max_body_bytes=settings.max_body_bytes,
        max_body_depth=MAX_DEPTH,
        max_body_values=MAX_VALUES,
        max_memory_bytes=settings.max_memory_bytes,
        max_page_items=MAX_PAGE_ITEMS,
        max_page_bytes=PAGE_BYTES,
        max_metrics_rows=MAX_METRICS_ROWS,
        max_metrics_bytes=METRICS_PAGE_BYTES,
        max_head_bytes=MAX_HEAD_BYTES,
        max_headers=MAX_HEADERS,
        max_keys=keys.MAX_PER_PROJECT,
        max_webhooks=webhooks.MAX_PER_PROJECT,
        max_patch_operations=MAX_OPERATIONS,
        max_wait_seconds=MAX_WAIT_SECONDS,
        max_listeners=settings.max_listeners,
        max_project_listeners=None if settings.is_keyless else settings.project_listeners,
        max_key_listeners=None if settings.is_keyless else settings.key_listeners,
        rate_limit=rate
        and RateLimitDocument(per_second=rate[0], burst=rate[1], read_cost=READ_COST, write_cost=WRITE_COST),
        quotas=[QuotaDocument.model_validate({"name": name, "limit": most, "used": n}) for name, most, n in quotas],
    )
    return conditional(request, Json(limits.model_dump()))
