"""``/v1/jobs/{id}/signals``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.answers.pages import page
from api.context import context_of
from api.openapi.declarations import Shown, operation
from api.serving.plain_routes import PlainRoute
from api.signals import service
from api.signals.schemas import SignalsList, SignalsQuery
from db.errors import DatabaseUnavailable, JobNotFound

router = APIRouter(prefix="/v1/jobs/{job_id}/signals", tags=["jobs"], route_class=PlainRoute)


@router.get(
    "",
    **operation(
        (200, Shown("A page of rows, from the first epoch on.", SignalsList)),
        problems=(JobNotFound, DatabaseUnavailable),
        query=SignalsQuery,
        is_conditional=True,
    ),
    summary="Read a job's signals",
)
async def read_signals(request: Request, job_id: str) -> Response:
    """Measurements of every layer after each epoch, for a job with `"coach": {"signals": true}`.

    There is one row for each epoch and layer. A layer for which no signal has a meaning is left out, and so is an epoch
    after which the measurement failed.
    """
    query = SignalsQuery.of(request)
    rows, next_after = await service.read_signals(context_of(request), caller_of(request), job_id, query)
    return conditional(request, Json(page([service.document(row) for row in rows], next_after=next_after)))
