"""How a job is made: at most once, and told of only if it was."""

import asyncio
from dataclasses import dataclass

import orjson

from api.callers import Caller
from api.context import Context
from api.hints import Hint
from api.jobs.documents import created_document
from api.jobs.drafts import Draft
from api.origins import NOWHERE, Origin
from db import idempotency, jobs, queue
from db.errors import CommitUncertain, DatabaseUnavailable
from db.idempotency import Answer, Request
from db.jobs import NewJob
from settings.traces import start_span
from spec.ids import new_id

CREATED = 201
READ_BACK_SECONDS = 5.0
"""How long a job is looked for whose commit may have taken place."""
_PAUSE_SECONDS = 0.25


@dataclass(frozen=True)
class Creation:
    """What is answered; ``is_replayed`` if it was answered before, and nothing was made now."""

    answer: Answer
    is_replayed: bool


async def create(
    context: Context, caller: Caller, draft: Draft, request: Request | None, origin: Origin = NOWHERE
) -> Creation:
    """Makes the job with its first event, its outbox row and its key in one transaction; the broker hears of it later.

    Args:
        context: What routes work with.
        caller: Whose job it will be.
        draft: The job.
        request: If it came with a key.
        origin: Of the request, to be found again in logs and traces.

    Raises:
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        QuotaExceeded: If the project has no more jobs to make now.
        DatabaseUnavailable: If the database does not answer; no job was made, as far as can be known.
    """
    with start_span("create job", parent=origin.traceparent) as span:
        new = draft.new_job(new_id("job"), caller.project, Origin(origin.request_id, span.traceparent))
        span.tell({"netcoach.job_id": new.id})
        return await _create(context, new, draft, request)


async def _create(context: Context, new: NewJob, draft: Draft, request: Request | None) -> Creation:
    answer: Answer | None = None
    await context.quotas.look(new.project)
    try:
        async with context.database.write() as connection:
            if request is not None and (first := await idempotency.begin(connection, request)) is not None:
                return Creation(first, is_replayed=True)
            context.quotas.take(new.project, new.train_rows * new.epochs)
            row = await jobs.create(connection, new)
            position = await queue.queue_position(connection, row.id, context.settings.quota_jobs_running)
            document = created_document(row, position, draft.warnings())
            answer = Answer(CREATED, f"/v1/jobs/{row.id}", orjson.dumps(document).decode())
            if request is not None:
                await idempotency.store(connection, request, answer)
    except CommitUncertain:
        if answer is None or not await _is_there(context, new.id, new.project):
            raise
    context.hints.offer(Hint(new.id, new.accelerator, new.request_id, new.traceparent))
    return Creation(answer, is_replayed=False)


async def _is_there(context: Context, job_id: str, project: str) -> bool:
    """Whether a commit of unknown outcome took place.

    A job that is not there may still come: the server may not have got to the commit. So it is looked for until the
    time is up.
    """
    try:
        async with asyncio.timeout(READ_BACK_SECONDS):
            while True:
                try:
                    async with context.database.read() as connection:
                        if await jobs.is_there(connection, job_id, project):
                            return True
                except DatabaseUnavailable:
                    pass  # it may come back while there is time
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError:
        return False
