"""``/v1/jobs``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, examples, idempotency
from api.answers import Json
from api.bodies import parse_json, read_text
from api.callers import caller_of
from api.checking import checked
from api.conditional import conditional, expected_tags, is_matched, not_modified
from api.context import context_of, services_of
from api.errors import HeaderFaulty, NotAcceptable, QueryFaulty, TooManyListeners, TooManyProjectListeners
from api.jobs import metrics, reading, streams, waiting
from api.jobs.documents import (
    attempt_document,
    dry_run_document,
    event_document,
    job_answer,
    job_document,
    results_document,
)
from api.jobs.queries import CreateQuery, ListQuery, MetricsQuery, WaitQuery
from api.jobs.tags import revisions_of, tag_of
from api.jobs.timeline import HEADER as LAST_EVENT_ID
from api.jobs.timeline import Place
from api.negotiation import negotiate
from api.operations import Shown, operation
from api.pages import page
from api.plain_routes import PlainRoute
from api.queries import NoQuery, PageQuery
from db.errors import (
    CancelPending,
    DatabaseUnavailable,
    JobAlreadyEnded,
    JobNotEnded,
    JobNotFound,
)
from services.creations import Keyed
from services.errors import JobChanged, QuotaExceeded
from services.jobs import changes, control, drafts
from services.jobs.creation import create as create_job
from services.jobs.drafts import Draft
from services.jobs.intake import MadeJob
from services.jobs.jobs import read as read_job
from spec.faults import Fault

MERGE_PATCHES = ("application/json", "application/merge-patch+json")
"""What changes of a job may be said to be."""
RETRY_AFTER_SECONDS = 1
"""What a client that polls for results is told to wait."""

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=PlainRoute)
_READ_PROBLEMS = (JobNotFound, DatabaseUnavailable)
_WAIT_PROBLEMS = (*_READ_PROBLEMS, TooManyListeners, TooManyProjectListeners)
_EVENT_FORMATS = (Json.media_type, streams.MEDIA_TYPE)


@router.post(
    "",
    **operation(
        (201, Shown("The job, queued.", "CreatedJobDocument", headers=idempotency.created_headers("job"))),
        (200, Shown("With `dry_run`: the job as it would be.", "DryRunDocument")),
        problems=(*bodies.PROBLEMS, *idempotency.PROBLEMS, QuotaExceeded, DatabaseUnavailable),
        query=CreateQuery,
        headers={idempotency.HEADER: idempotency.DESCRIPTION},
        body=Shown("A job spec.", "JobSpec", examples=examples.JOBS),
    ),
    summary="Create a job",
)
async def create(request: Request) -> Response:
    """Checks the spec as a whole and tells all its faults at once; a sound one is queued for a worker."""
    query = CreateQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    services = context.services
    text = await read_text(request, limit_bytes=context.settings.max_body_bytes)

    def check() -> tuple[Keyed[MadeJob] | None, Draft]:
        body = parse_json(text)
        keyed = idempotency.keyed(request, caller, body, job_answer)
        limits = services.limits
        return keyed, drafts.draft(body, facts_of=services.facts_of, max_memory_bytes=limits.max_memory_bytes)

    keyed, draft = await checked(request, check, text)
    if query.dry_run:
        return await checked(request, lambda: Json(dry_run_document(draft)), text)
    return idempotency.created(await create_job(services, caller, draft, keyed), job_answer)


@router.get(
    "",
    **operation(
        (200, Shown("A page of jobs.", "JobList")),
        problems=(DatabaseUnavailable,),
        query=ListQuery,
        is_conditional=True,
    ),
    summary="List jobs",
)
async def list_jobs(request: Request) -> Response:
    """Newest first."""
    jobs, next_after = await reading.list_page(context_of(request), caller_of(request), ListQuery.of(request))
    listed = [job_document(job.row, job.queue_position) for job in jobs]
    return conditional(request, Json(page(listed, next_after=next_after)))


@router.get(
    "/{job_id}",
    **operation((200, Shown("The job.", "JobDocument")), problems=_WAIT_PROBLEMS, query=WaitQuery, is_conditional=True),
    summary="Read a job",
)
async def read(request: Request, job_id: str) -> Response:
    """The job as it stands now.

    With `wait_seconds` the answer comes as soon as the job differs from what `If-None-Match` says, or else from what it
    is now; or when the time is up. A job that has ended is answered at once, unless `If-None-Match` names its very
    state.
    """
    query = WaitQuery.of(request)
    if query.wait_seconds > 0 or "if-none-match" in request.headers:
        tag = await waiting.until_changed(request, job_id, query.wait_seconds)
        if is_matched(request, tag):
            return not_modified(tag)
    job = await read_job(services_of(request), caller_of(request), job_id)
    return conditional(request, Json(job_document(job.row, job.queue_position)), tag_of(job))


@router.patch(
    "/{job_id}",
    **operation(
        (200, Shown("The job.", "JobDocument", headers={"ETag": "Of the job as it is now."})),
        problems=(*_READ_PROBLEMS, *bodies.PROBLEMS, JobChanged),
        headers={"If-Match": "An `ETag` of the job; 412 if it has changed since, but for its place in the queue."},
        body=Shown(
            "What is to be changed, as a JSON Merge Patch.",
            "JobChangesBody",
            media_types=MERGE_PATCHES,
            models=dict.fromkeys(MERGE_PATCHES, "JobChangesBody"),
            examples=examples.JOB_CHANGES,
        ),
    ),
    summary="Change a job",
)
async def change(request: Request, job_id: str) -> Response:
    """Its name and its metadata, in any state of the job, and nothing else. What is not said stays.

    Both change in the job's `spec` too, which jobs that are derived begin with.
    """
    NoQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    text = await read_text(request, limit_bytes=context.settings.max_body_bytes)
    wanted = await checked(request, lambda: changes.read_changes(parse_json(text)), text)
    revisions = revisions_of(expected_tags(request))
    job = await changes.change(context.services, caller, job_id, wanted, revisions)
    return Json(job_document(job.row, job.queue_position), headers={"ETag": tag_of(job)})


@router.delete(
    "/{job_id}",
    **operation((204, Shown("It is gone.", media_types=())), problems=(*_READ_PROBLEMS, JobNotEnded)),
    summary="Delete a job",
)
async def delete(request: Request, job_id: str) -> Response:
    """An ended job with all that it wrote; its files are removed in the seconds after. Jobs derived from it stay."""
    NoQuery.of(request)
    await control.delete(services_of(request), caller_of(request), job_id)
    return Response(status_code=204)


@router.get(
    "/{job_id}/results",
    **operation(
        (200, Shown("What came of the job: it has ended.", "ResultsDocument")),
        (202, Shown("The job: it has not ended.", "JobDocument", headers={"Retry-After": "Seconds to wait."})),
        problems=_WAIT_PROBLEMS,
        query=WaitQuery,
        is_conditional=True,
    ),
    summary="Read a job's results",
)
async def read_results(request: Request, job_id: str) -> Response:
    """What to poll. A failed or cancelled job has results too: what there was until then.

    With `wait_seconds` the answer comes as soon as the job has ended, or when the time is up.
    """
    query = WaitQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    if query.wait_seconds > 0:
        await waiting.until(request, job_id, query.wait_seconds, lambda standing: standing.has_ended)
    job, stored = await reading.read_results(context, caller, job_id)
    if not job.has_ended:
        answer = Json(job_document(job.row, job.queue_position), 202, {"Retry-After": str(RETRY_AFTER_SECONDS)})
        return conditional(request, answer, tag_of(job))
    return conditional(request, Json(results_document(job.row, stored)))


@router.get(
    "/{job_id}/metrics",
    **operation(
        (
            200,
            Shown(
                "The epochs, from the first on.",
                "MetricsList",
                media_types=metrics.FORMATS,
                headers={"Link": "The next page, as `rel=next`, where there is one."},
            ),
        ),
        problems=(*_WAIT_PROBLEMS, NotAcceptable),
        query=MetricsQuery,
        is_conditional=True,
    ),
    summary="Read a job's metrics",
)
async def read_metrics(request: Request, job_id: str) -> Response:
    """One row an epoch, as a list in JSON, as CSV or as NDJSON, by `Accept`.

    With `wait_seconds` the answer comes as soon as there is an epoch to show or the job has ended, or when the time is
    up.
    """
    query = MetricsQuery.of(request)
    media_type = negotiate(request, metrics.FORMATS)
    context, caller = context_of(request), caller_of(request)
    start = reading.start_of(query)
    if query.wait_seconds > 0:
        await waiting.until(request, job_id, query.wait_seconds, lambda standing: standing.epoch > start)
    rows, next_after = await reading.read_epochs(context, caller, job_id, query)
    headers = {"Vary": "Accept"}
    if next_after is not None:
        headers["Link"] = f'</v1/jobs/{job_id}/metrics?after_epoch={next_after}&limit={query.limit}>; rel="next"'
    if media_type == metrics.JSON:
        content = metrics.as_json(rows, next_after=next_after)
    else:
        content = metrics.as_csv(rows) if media_type == metrics.CSV else metrics.as_ndjson(rows)
    return conditional(request, Response(content, headers=headers, media_type=media_type))


@router.get(
    "/{job_id}/events",
    **operation(
        (
            200,
            Shown(
                "A page of events, or all of them and what comes.",
                "EventList",
                media_types=_EVENT_FORMATS,
                models={streams.MEDIA_TYPE: "StreamedEvent"},
                headers={"X-Accel-Buffering": "As a stream: `no`, so that no proxy holds it back."},
            ),
        ),
        (204, Shown("As a stream: the job has ended, and nothing follows. Do not come again.", media_types=())),
        problems=(*_WAIT_PROBLEMS, HeaderFaulty, NotAcceptable),
        query=PageQuery,
        headers={LAST_EVENT_ID: "As a stream: the `id` after which to go on."},
        is_conditional=True,
    ),
    summary="Read a job's history",
)
async def read_events(request: Request, job_id: str) -> Response:
    """From the first event on: a history is read forwards.

    With `Accept: text/event-stream` it is a stream of server-sent events: all that was, then what comes, until the
    job's end, every epoch among it as `epoch`. A stream that breaks off goes on after its last `id`.
    """
    query = PageQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    if negotiate(request, _EVENT_FORMATS) == streams.MEDIA_TYPE:
        place = _place(request, query)
        standing = await waiting.read_standing(context, caller, job_id)
        return streams.EventStream(context, caller, standing, place)
    events, next_after = await reading.read_events(context, caller, job_id, query)
    answer = Json(page([event_document(event) for event in events], next_after=next_after), headers={"Vary": "Accept"})
    return conditional(request, answer)


def _place(request: Request, query: PageQuery) -> Place:
    """Where a stream begins. What the client says it has counts for more than the address it first came to."""
    if "limit" in query.model_fields_set:
        fault = Fault(pointer="", message="a stream has no `limit`", code="contradicting_parameters")
        raise QueryFaulty([("limit", fault)])
    last_event_id = request.headers.get(LAST_EVENT_ID)
    return Place.parse(last_event_id) if last_event_id else Place(reading.last_event_of(query))


@router.get(
    "/{job_id}/attempts",
    **operation(
        (200, Shown("A page of attempts.", "AttemptList")),
        problems=_READ_PROBLEMS,
        query=PageQuery,
        is_conditional=True,
    ),
    summary="Read a job's attempts",
)
async def read_attempts(request: Request, job_id: str) -> Response:
    """Every claim of the job by a worker, the newest first, with what became of it and why."""
    attempts, next_after = await reading.read_attempts(
        context_of(request), caller_of(request), job_id, PageQuery.of(request)
    )
    answer = Json(page([attempt_document(attempt) for attempt in attempts], next_after=next_after))
    return conditional(request, answer)


@router.post(
    "/{job_id}/cancel",
    **operation((200, Shown("The job.", "JobDocument")), problems=(*_READ_PROBLEMS, JobAlreadyEnded)),
    summary="Cancel a job",
)
async def cancel(request: Request, job_id: str) -> Response:
    """A queued job is cancelled at once, a running one within an epoch; asking again changes nothing."""
    NoQuery.of(request)
    job = await control.cancel(services_of(request), caller_of(request), job_id)
    return Json(job_document(job.row, job.queue_position))


@router.post(
    "/{job_id}/pause",
    **operation((200, Shown("The job.", "JobDocument")), problems=(*_READ_PROBLEMS, JobAlreadyEnded, CancelPending)),
    summary="Pause a job",
)
async def pause(request: Request, job_id: str) -> Response:
    """A queued job is paused at once, a running one as soon as it has left a checkpoint; it holds no worker then."""
    NoQuery.of(request)
    job = await control.pause(services_of(request), caller_of(request), job_id)
    return Json(job_document(job.row, job.queue_position))


@router.post(
    "/{job_id}/resume",
    **operation(
        (200, Shown("The job.", "JobDocument")),
        problems=(*_READ_PROBLEMS, JobAlreadyEnded, CancelPending, QuotaExceeded),
    ),
    summary="Resume a job",
)
async def resume(request: Request, job_id: str) -> Response:
    """A paused job is queued again, if the queue has room for it, and goes on where it was.

    One that is still running is not paused any more.
    """
    NoQuery.of(request)
    job = await control.resume(services_of(request), caller_of(request), job_id)
    return Json(job_document(job.row, job.queue_position))
