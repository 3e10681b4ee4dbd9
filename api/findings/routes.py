"""``/v1/jobs/{id}/findings``."""

import time

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional, digest_tag, is_matched
from api.answers.documents import Json, fragment
from api.answers.errors import TooManyListeners, TooManyProjectListeners
from api.calls import reading
from api.context import context_of
from api.findings.schemas import FindingList
from api.jobs import waiting
from api.jobs.queries import WaitQuery
from api.serving.plain_routes import PlainRoute
from db.attempts import findings
from db.errors import DatabaseUnavailable, JobNotFound
from services.ids import checked_id

router = APIRouter(prefix="/v1/jobs/{job_id}/findings", tags=["coach"], route_class=PlainRoute)


@router.get(
    "",
    **reading(
        "The findings.",
        FindingList,
        JobNotFound,
        DatabaseUnavailable,
        TooManyListeners,
        TooManyProjectListeners,
        query=WaitQuery,
    ),
    summary="Read what the coach finds",
)
async def read_findings(request: Request, job_id: str) -> Response:
    """What is going wrong with a training, and what to do about it.

    Before the training was looked at, these are the findings that the spec alone shows, as the job itself has them.
    New ones are also events of the job (`finding.new`).

    With `wait_seconds`, the answer is sent as soon as the findings differ from those that `If-None-Match` names (or,
    without that header, from the present ones), when they are final, or when the time is up.
    """
    query = WaitQuery.of(request)
    until = time.monotonic() + query.wait_seconds
    answer, is_final, revision = await _read(request, job_id)
    present = digest_tag(bytes(answer.body))
    has_news = "if-none-match" in request.headers and not is_matched(request, present)
    while not is_final and not has_news and (left := until - time.monotonic()) > 0:
        is_leaving = await waiting.until_revised(request, job_id, revision, left)
        answer, is_final, revision = await _read(request, job_id)
        has_news = is_leaving or digest_tag(bytes(answer.body)) != present
    return conditional(request, answer)


async def _read(request: Request, job_id: str) -> tuple[Json, bool, int]:
    """The answer, whether it is the last one, and the revision of the job that it is of."""
    checked_id(job_id, "job", JobNotFound)
    async with context_of(request).database.read() as connection:
        found = await findings.read(connection, job_id, caller_of(request).project)
    document = {"object": "list", "data": fragment(found.findings_json), "is_final": found.is_final}
    return Json(document), found.is_final, found.revision
