"""``GET /v1/jobs/{id}/repair``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.calls import reading
from api.context import services_of
from api.repairs.documents import repair_document
from api.repairs.schemas import RepairDocument
from api.serving.plain_routes import PlainRoute
from db.errors import DatabaseUnavailable, JobNotFound
from services.errors import NoRepair
from services.repairs import reports

router = APIRouter(prefix="/v1/jobs/{job_id}/repair", tags=["coach"], route_class=PlainRoute)


@router.get(
    "",
    **reading("The repair.", RepairDocument, JobNotFound, NoRepair, DatabaseUnavailable),
    summary="Read a job's repair",
)
async def read_repair(request: Request, job_id: str) -> Response:
    """What the coach tries to make a job learn, and what has come of it.

    A job with `"coach": {"repair": true}` that does poorly is repaired once it has ended: remedies of its findings, and
    pairs of them, race as jobs derived from it. The best one is then compared with the unchanged job on the same seeds.
    `repair.started` and `repair.ended` are events of the job, and its results follow the latter.
    """
    report = await reports.read(services_of(request), caller_of(request), job_id)
    return conditional(request, Json(repair_document(report)))
