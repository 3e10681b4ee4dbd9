"""How a job is made: at most once, and told of only if it was."""

from api.context import Context
from api.idempotency import Creation
from api.jobs.drafts import Draft
from api.jobs.intake import Wanted
from db import idempotency
from db.idempotency import Answer, Request
from services.actors import Actor
from settings.traces import Trace, start_span
from spec.ids import new_id


async def create(context: Context, caller: Actor, draft: Draft, request: Request | None) -> Creation:
    """Makes the job, with others that are asked for at the same time.

    Args:
        context: What routes work with.
        caller: Whose job it will be.
        draft: The job.
        request: If it came with a key.

    Raises:
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        QuotaExceeded: If the project has no more jobs to make now.
        DatabaseUnavailable: If the database does not answer; no job was made, as far as can be known.
    """
    with start_span("create job", parent=caller.trace.traceparent) as span:
        new = draft.new_job(new_id("job"), caller.project, Trace(caller.trace.request_id, span.traceparent))
        span.tell({"netcoach.job_id": new.id})
        act = caller.act("job.create" if new.parent is None else "job.derive", new.id)
        return await context.intake.take(Wanted(new, draft.warnings(), act, request))


async def first_answer(context: Context, request: Request | None) -> Answer | None:
    """What the same request was answered before, if it was; for a request that cannot be carried out a second time.

    Raises:
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        DatabaseUnavailable: If the database does not answer.
    """
    if request is None:
        return None
    async with context.database.write() as connection:
        return await idempotency.begin_or_raise(connection, request)
