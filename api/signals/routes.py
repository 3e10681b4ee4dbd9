"""``/v1/jobs/{id}/signals``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.calls import listing
from api.context import context_of
from api.serving.plain_routes import PlainRoute
from api.signals import service
from api.signals.schemas import SignalsList, SignalsQuery
from db.errors import DatabaseUnavailable, JobNotFound

router = APIRouter(prefix="/v1/jobs/{job_id}/signals", tags=["jobs"], route_class=PlainRoute)


@router.get(
    "",
    **listing(
        "A page of rows, from the first epoch on.", SignalsList, JobNotFound, DatabaseUnavailable, query=SignalsQuery
    ),
    summary="Read a job's signals",
)
async def read_signals(request: Request, job_id: str) -> Response:
    """Measurements of every layer after each epoch, unless the job has `"coach": {"signals": false}`.

    There is one row for each epoch and layer. A layer for which no signal has a meaning is left out, and so is an epoch
    after which the measurement failed. Where epochs take a few milliseconds, the first ten and the last one are
    measured, and of the others as many as do not slow the training down.

    The first page also has `start`: the ranges of the inputs, the balance of the targets, and the network with the
    weights that it began with.
    """
    query = SignalsQuery.of(request)
    found = await service.read_signals(context_of(request), caller_of(request), job_id, query)
    return conditional(request, Json(found.document()))
