"""``/v1/workers``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers.conditional import conditional
from api.answers.documents import Json
from api.answers.pages import page
from api.calls import listing
from api.context import context_of
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute
from api.workers import service
from api.workers.schemas import WorkerList
from db.errors import DatabaseUnavailable

router = APIRouter(prefix="/v1/workers", tags=["service"], route_class=PlainRoute)


@router.get("", **listing("The workers.", WorkerList, DatabaseUnavailable, query=NoQuery), summary="List workers")
async def list_workers(request: Request) -> Response:
    """Lists all known workers with their slots and the time of their last report."""
    NoQuery.of(request)
    return conditional(request, Json(page(await service.list_workers(context_of(request)))))
