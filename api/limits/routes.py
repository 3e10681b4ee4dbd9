"""``/v1/limits``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Json
from api.bodies import MAX_DEPTH, MAX_VALUES
from api.context import context_of
from api.jobs.queries import MAX_METRICS_ROWS
from api.limits.schemas import LimitsDocument
from api.operations import Shown, operation
from api.queries import MAX_PAGE_ITEMS, NoQuery

router = APIRouter(prefix="/v1/limits", tags=["service"])


@router.get("", **operation((200, Shown("The limits.", "LimitsDocument"))), summary="Read the limits")
async def read(request: Request) -> Response:
    """What bounds a request; the ranges of a spec's fields stand in the catalog."""
    NoQuery.of(request)
    settings = context_of(request).settings
    limits = LimitsDocument(
        max_body_bytes=settings.max_body_bytes,
        max_body_depth=MAX_DEPTH,
        max_body_values=MAX_VALUES,
        max_memory_bytes=settings.max_memory_bytes,
        max_page_items=MAX_PAGE_ITEMS,
        max_metrics_rows=MAX_METRICS_ROWS,
    )
    return Json(limits.model_dump())
