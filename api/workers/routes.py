"""``/v1/workers``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Json
from api.conditional import conditional
from api.context import context_of
from api.operations import Shown, operation
from api.pages import page
from api.plain_routes import PlainRoute
from api.queries import NoQuery
from api.workers import service
from db.errors import DatabaseUnavailable

router = APIRouter(prefix="/v1/workers", tags=["service"], route_class=PlainRoute)


@router.get(
    "",
    **operation((200, Shown("The workers.", "WorkerList")), problems=(DatabaseUnavailable,), is_conditional=True),
    summary="List workers",
)
async def list_workers(request: Request) -> Response:
    """Lists all known workers with their slots and the time of their last report."""
    NoQuery.of(request)
    return conditional(request, Json(page(await service.list_workers(context_of(request)))))
