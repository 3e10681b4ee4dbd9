"""``/v1/jobs/{id}/report``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.errors import NotAcceptable
from api.context import context_of
from api.openapi.declarations import Shown, operation
from api.reports import reading
from api.reports.content.report import report
from api.reports.writing import html, markdown
from api.requests.negotiation import negotiate
from api.requests.queries import NoQuery
from api.serving.metering import meter_of
from api.serving.plain_routes import PlainRoute
from db.errors import DatabaseUnavailable, JobNotFound

router = APIRouter(prefix="/v1/jobs/{job_id}/report", tags=["jobs"], route_class=PlainRoute)
_WRITERS = {html.MEDIA_TYPE: html.written, markdown.MEDIA_TYPE: markdown.written}
_FORMATS = tuple(_WRITERS)


@router.get(
    "",
    **operation(
        (200, Shown("The report.", media_types=_FORMATS)),
        problems=(JobNotFound, DatabaseUnavailable, NotAcceptable),
        query=NoQuery,
        is_conditional=True,
    ),
    summary="Read a job's report",
)
async def read_report(request: Request, job_id: str) -> Response:
    """Returns all that is known of the job for a person, as HTML or as Markdown, depending on `Accept`.

    The HTML is one file that needs no other and runs no script. While the job is running, the report says so and tells
    what is known by then.
    """
    NoQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    media_type = negotiate(request, _FORMATS)
    known = await reading.read(context, caller, job_id)
    meter = meter_of(request)

    def written() -> str:
        with meter.running():
            return _WRITERS[media_type](report(known))

    content = await context.checks.run(caller.project, written)
    answer = conditional(request, Response(content, headers={"Vary": "Accept"}, media_type=media_type))
    if media_type == html.MEDIA_TYPE:
        # Of a 304 too, or a cache would put the policy of data in the place of the one it has.
        answer.headers["Content-Security-Policy"] = html.POLICY
    return answer
