"""``/v1/jobs``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional, expected_tags, is_matched, not_modified
from api.answers.documents import Json
from api.answers.errors import HeaderFaulty, NotAcceptable, QueryFaulty, TooManyListeners, TooManyProjectListeners
from api.calls import creation, done, listed, listing, outcome, removal
from api.context import context_of, services_of
from api.jobs import epochs as metrics
from api.jobs import examples, reading, streams, waiting
from api.jobs.documents import (
    attempt_document,
    document_of_job,
    dry_run_document,
    event_document,
    job_answer,
    results_document,
)
from api.jobs.queries import CreateQuery, ListQuery, MetricsQuery, WaitQuery
from api.jobs.schemas import (
    AttemptList,
    CreatedJobDocument,
    DryRunDocument,
    EventList,
    JobDocument,
    JobList,
    MetricsList,
    ResultsDocument,
    StreamedEvent,
)
from api.jobs.tags import revisions_of, tag_of
from api.jobs.timeline import HEADER as LAST_EVENT_ID
from api.jobs.timeline import StreamPosition
from api.openapi.declarations import Shown, operation
from api.repairs.documents import repair_document
from api.requests import bodies, idempotency
from api.requests.bodies import parse_json, read_text
from api.requests.checking import COACHED, checked
from api.requests.negotiation import negotiate
from api.requests.queries import NoQuery, PageQuery
from api.serving.plain_routes import PlainRoute
from db.errors import (
    CancelPending,
    DatabaseUnavailable,
    JobAlreadyEnded,
    JobNotEnded,
    JobNotFound,
)
from services.creations import Keyed, first_answer_or_faults
from services.errors import BodyFaulty, DatasetNotReady, JobChanged, QuotaExceeded
from services.jobs import changes, control, drafts
from services.jobs.changes import JobChangesBody
from services.jobs.creation import create as create_job
from services.jobs.drafts import Draft
from services.jobs.intake import MadeJob
from services.jobs.jobs import read as read_job
from services.lookups import look_up
from spec.jobs import JobSpec
from spec.language.faults import Fault

MERGE_PATCHES = ("application/json", "application/merge-patch+json")
"""What changes of a job may be said to be."""
RETRY_AFTER_SECONDS = 1
"""What a client that polls for results is told to wait."""

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=PlainRoute)
_READ_PROBLEMS = (JobNotFound, DatabaseUnavailable)
_WAIT_PROBLEMS = (*_READ_PROBLEMS, TooManyListeners, TooManyProjectListeners)
_JOB = Shown("The job.", JobDocument)
_EVENT_FORMATS = (Json.media_type, streams.MEDIA_TYPE)


@router.post(
    "",
    **creation(
        (201, Shown("The job, queued.", CreatedJobDocument, headers=idempotency.created_headers("job"))),
        (200, Shown("With `dry_run`: the job as it would be created.", DryRunDocument)),
        problems=(DatasetNotReady, QuotaExceeded, DatabaseUnavailable),
        query=CreateQuery,
        body=Shown("A job spec.", JobSpec, examples=examples.JOBS),
    ),
    summary="Create a job",
)
async def create(request: Request) -> Response:
    """Checks the whole spec and reports all its errors at once. If it has none, the job is queued for a worker."""
    query = CreateQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    services = context.services
    text = await read_text(request, limit_bytes=context.settings.max_body_bytes)

    def read() -> tuple[object, Keyed[MadeJob] | None]:
        body = parse_json(text)
        return body, idempotency.keyed(request, caller, body, job_answer)

    body, keyed = await checked(request, read, text)
    found = await look_up(services, caller, body)
    most_bytes = services.limits.max_memory_bytes

    def check() -> Draft:
        return drafts.draft(body, facts_of=found.facts_of, max_memory_bytes=most_bytes, weights_of=found.weights_of)

    try:
        draft = await checked(request, check, text, *found.texts, growth=COACHED)
    except BodyFaulty as error:
        if query.dry_run:
            raise
        return idempotency.created(await first_answer_or_faults(services.database, keyed, error), job_answer)
    if query.dry_run:
        return await checked(request, lambda: Json(dry_run_document(draft)), text)
    return idempotency.created(await create_job(services, caller, draft, keyed), job_answer)


@router.get("", **listing("A page of jobs.", JobList, DatabaseUnavailable, query=ListQuery), summary="List jobs")
async def list_jobs(request: Request) -> Response:
    """Lists the project's jobs, newest first."""
    found = await reading.list_page(context_of(request), caller_of(request), ListQuery.of(request))
    return listed(request, found, document_of_job)


@router.get(
    "/{job_id}",
    **operation((200, _JOB), problems=_WAIT_PROBLEMS, query=WaitQuery, is_conditional=True),
    summary="Read a job",
)
async def read(request: Request, job_id: str) -> Response:
    """Returns the job in its present state.

    With `wait_seconds`, the answer is sent as soon as the job differs from the state that `If-None-Match` names (or,
    without that header, from its present state), or when the time is up. A job that has ended is returned at once,
    unless `If-None-Match` names exactly its state.
    """
    query = WaitQuery.of(request)
    if query.wait_seconds > 0 or "if-none-match" in request.headers:
        tag = await waiting.until_changed(request, job_id, query.wait_seconds)
        if is_matched(request, tag):
            return not_modified(tag)
    job = await read_job(services_of(request), caller_of(request), job_id)
    return conditional(request, Json(document_of_job(job)), tag_of(job))


@router.patch(
    "/{job_id}",
    **operation(
        (200, Shown("The job.", JobDocument, headers={"ETag": "Identifies the new state of the job."})),
        problems=(*_READ_PROBLEMS, *bodies.PROBLEMS, JobChanged),
        headers={
            "If-Match": "An `ETag` of the job. If the job has changed since, other than in its place in the queue, the "
            "answer is 412."
        },
        body=Shown(
            "What to change, as a JSON Merge Patch.",
            JobChangesBody,
            media_types=MERGE_PATCHES,
            models=dict.fromkeys(MERGE_PATCHES, JobChangesBody),
            examples=examples.JOB_CHANGES,
        ),
    ),
    summary="Change a job",
)
async def change(request: Request, job_id: str) -> Response:
    """Changes the name or the metadata of a job, whatever its status. Whatever is left out stays as it is.

    The job's `spec` changes with them, and so do the specs of jobs that are derived from it later.
    """
    NoQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    text = await read_text(request, limit_bytes=context.settings.max_body_bytes)
    wanted = await checked(request, lambda: changes.read_changes(parse_json(text)), text)
    revisions = revisions_of(expected_tags(request))
    job = await changes.change(context.services, caller, job_id, wanted, revisions)
    return Json(document_of_job(job), headers={"ETag": tag_of(job)})


@router.delete(
    "/{job_id}",
    **removal("The job was deleted.", *_READ_PROBLEMS, JobNotEnded),
    summary="Delete a job",
)
async def delete(request: Request, job_id: str) -> Response:
    """Deletes a job that has ended, and within seconds all its files. Jobs that were derived from it remain."""
    return await done(request, control.delete, job_id)


@router.get(
    "/{job_id}/results",
    **operation(
        (200, Shown("The results: the job has ended.", ResultsDocument)),
        (
            202,
            Shown(
                "The job: it has not ended yet, or is being repaired.",
                JobDocument,
                headers={"Retry-After": "Seconds to wait before asking again."},
            ),
        ),
        problems=_WAIT_PROBLEMS,
        query=WaitQuery,
        is_conditional=True,
    ),
    summary="Read a job's results",
)
async def read_results(request: Request, job_id: str) -> Response:
    """Poll this for the results of a job. A failed or cancelled job has those it reached before it ended.

    With `wait_seconds`, the answer is sent as soon as the job has ended, or when the time is up.
    """
    query = WaitQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    if query.wait_seconds > 0:
        await waiting.until(request, job_id, query.wait_seconds, lambda standing: standing.has_ended)
    outcome = await reading.read_results(context, caller, job_id)
    job = outcome.job
    if not job.has_ended:
        answer = Json(document_of_job(job), 202, {"Retry-After": str(RETRY_AFTER_SECONDS)})
        return conditional(request, answer, tag_of(job))
    repair = None if outcome.repair is None else repair_document(outcome.repair)
    return conditional(request, Json(results_document(job.row, outcome.results_json, outcome.reference, repair)))


@router.get(
    "/{job_id}/metrics",
    **operation(
        (
            200,
            Shown(
                "The epochs, starting with the first.",
                MetricsList,
                media_types=metrics.FORMATS,
                headers={"Link": "The next page, as `rel=next`, if there is one."},
            ),
        ),
        problems=(*_WAIT_PROBLEMS, NotAcceptable),
        query=MetricsQuery,
        is_conditional=True,
    ),
    summary="Read a job's metrics",
)
async def read_metrics(request: Request, job_id: str) -> Response:
    """Returns one row per epoch, as a JSON list, as CSV or as NDJSON, depending on `Accept`.

    With `wait_seconds`, the answer is sent as soon as there is an epoch to show or the job has ended, or when the time
    is up.
    """
    query = MetricsQuery.of(request)
    media_type = negotiate(request, metrics.FORMATS)
    context, caller = context_of(request), caller_of(request)
    start = reading.start_of(query)
    if query.wait_seconds > 0:
        await waiting.until(
            request, job_id, query.wait_seconds, lambda standing: standing.epoch > max(start, standing.first_epoch)
        )
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
                "A page of events or, as a stream, all past and future events.",
                EventList,
                media_types=_EVENT_FORMATS,
                models={streams.MEDIA_TYPE: StreamedEvent},
                headers={"X-Accel-Buffering": "For a stream: `no`, so that proxies do not buffer it."},
            ),
        ),
        (
            204,
            Shown("For a stream: the job has ended and no more events will follow. Do not reconnect.", media_types=()),
        ),
        problems=(*_WAIT_PROBLEMS, HeaderFaulty, NotAcceptable),
        query=PageQuery,
        headers={LAST_EVENT_ID: "For a stream: the `id` of the event to resume after."},
        is_conditional=True,
    ),
    summary="Read a job's history",
)
async def read_events(request: Request, job_id: str) -> Response:
    """Returns the events of a job, oldest first.

    With `Accept: text/event-stream`, the answer is a stream of server-sent events: all past events, then new ones until
    the job ends, including every epoch as `epoch`. A stream that is interrupted can be resumed after its last `id`.
    """
    query = PageQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    if negotiate(request, _EVENT_FORMATS) == streams.MEDIA_TYPE:
        place = _place(request, query)
        standing = await waiting.read_standing(context, caller, job_id)
        return streams.EventStream(context, caller, standing, place)
    found = await reading.read_events(context, caller, job_id, query)
    return listed(request, found, event_document, {"Vary": "Accept"})


def _place(request: Request, query: PageQuery) -> StreamPosition:
    """Where a stream begins. What the client says it has counts for more than the address it first came to."""
    if "limit" in query.model_fields_set:
        fault = Fault(pointer="", message="A stream does not take `limit`.", code="contradicting_parameters")
        raise QueryFaulty([("limit", fault)])
    last_event_id = request.headers.get(LAST_EVENT_ID)
    return StreamPosition.parse(last_event_id) if last_event_id else StreamPosition(reading.last_event_of(query))


@router.get(
    "/{job_id}/attempts",
    **listing("A page of attempts.", AttemptList, *_READ_PROBLEMS),
    summary="Read a job's attempts",
)
async def read_attempts(request: Request, job_id: str) -> Response:
    """Lists the attempts of workers at the job, newest first, with what became of each and why."""
    found = await reading.read_attempts(context_of(request), caller_of(request), job_id, PageQuery.of(request))
    return listed(request, found, attempt_document)


@router.post(
    "/{job_id}/cancel",
    **operation((200, _JOB), problems=(*_READ_PROBLEMS, JobAlreadyEnded)),
    summary="Cancel a job",
)
async def cancel(request: Request, job_id: str) -> Response:
    """Cancels a queued job at once, and a running one within an epoch. Asking again changes nothing."""
    return await outcome(request, control.cancel, job_id, document_of=document_of_job)


@router.post(
    "/{job_id}/pause",
    **operation((200, _JOB), problems=(*_READ_PROBLEMS, JobAlreadyEnded, CancelPending)),
    summary="Pause a job",
)
async def pause(request: Request, job_id: str) -> Response:
    """Pauses a queued job at once, and a running one once it has a checkpoint. A paused job occupies no worker."""
    return await outcome(request, control.pause, job_id, document_of=document_of_job)


@router.post(
    "/{job_id}/resume",
    **operation((200, _JOB), problems=(*_READ_PROBLEMS, JobAlreadyEnded, CancelPending, QuotaExceeded)),
    summary="Resume a job",
)
async def resume(request: Request, job_id: str) -> Response:
    """Queues a paused job again, if the quota allows; it continues where it stopped.

    If the job is still running, the request to pause it is withdrawn.
    """
    return await outcome(request, control.resume, job_id, document_of=document_of_job)
