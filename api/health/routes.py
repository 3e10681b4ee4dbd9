"""``/healthz`` and ``/readyz``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Json
from api.context import context_of
from api.errors import ServiceNotReady
from api.health import service
from api.operations import Shown, operation
from api.plain_routes import PlainRoute
from api.queries import NoQuery

router = APIRouter(tags=["health"], route_class=PlainRoute)
_OK = Shown("Yes.", "HealthDocument")


@router.get("/healthz", **operation((200, _OK), is_limited=False), summary="Check that the API is alive")
async def healthz(request: Request) -> Response:
    """Answers while the process can answer at all; asks nothing of the database or the broker."""
    NoQuery.of(request)
    return Json({"status": "ok"})


@router.get(
    "/readyz",
    **operation((200, _OK), problems=(ServiceNotReady,), is_limited=False),
    summary="Check that jobs can be done",
)
async def readyz(request: Request) -> Response:
    """Asks database, broker, whether a worker is alive, and whether background loops fail; a problem names it."""
    NoQuery.of(request)
    await service.check_ready(context_of(request))
    return Json({"status": "ok"})
