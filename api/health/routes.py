"""``/healthz``, ``/readyz`` and ``/v1/version``."""

import platform

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers.conditional import conditional
from api.answers.documents import Json
from api.answers.errors import ServiceNotReady
from api.calls import reading
from api.context import context_of
from api.health import service
from api.health.schemas import API_VERSION, HealthDocument, VersionDocument
from api.openapi.declarations import Shown, operation
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute
from settings.version import VERSION

router = APIRouter(tags=["health"], route_class=PlainRoute)
_OK = Shown("It is.", HealthDocument)
_ALIVE = {"status": "ok", "version": VERSION}
_VERSION = {"object": "version", "version": VERSION, "api_version": API_VERSION, "python": platform.python_version()}


@router.get("/healthz", **operation((200, _OK), is_limited=False), summary="Check that the API is alive")
async def healthz(request: Request) -> Response:
    """Answers as long as the process can answer at all. It does not depend on the database or the broker."""
    NoQuery.of(request)
    return Json(_ALIVE)


@router.get(
    "/readyz",
    **operation((200, _OK), problems=(ServiceNotReady,), is_limited=False),
    summary="Check that jobs can be done",
)
async def readyz(request: Request) -> Response:
    """Checks the database, the broker, the background loops and that a worker is alive. A problem names what failed."""
    NoQuery.of(request)
    await service.check_ready(context_of(request))
    return Json(_ALIVE)


@router.get("/v1/version", **reading("The versions.", VersionDocument), summary="Read the version")
async def read_version(request: Request) -> Response:
    """Returns the versions of the service, of the API and of its Python. `/v1/workers` has those of each worker."""
    NoQuery.of(request)
    return conditional(request, Json(_VERSION))
