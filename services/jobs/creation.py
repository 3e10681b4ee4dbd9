"""How a job is made: at most once, and told of only if it was."""

from services.actors import Actor
from services.context import ServiceContext
from services.creations import Creation, Keyed
from services.errors import DatasetLost, InitialWeightsLost
from services.jobs.drafts import Draft
from services.jobs.intake import MadeJob, Wanted
from settings.traces import Trace, start_span
from spec.ids import new_id


async def create(
    context: ServiceContext, actor: Actor, draft: Draft, keyed: Keyed[MadeJob] | None = None
) -> Creation[MadeJob]:
    """Makes the job, with others that are asked for at the same time.

    Args:
        context: What services work with.
        actor: Whose job it will be.
        draft: The job.
        keyed: If it came with a key.

    Raises:
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        BodyFaulty: If the job whose weights it begins with, or a data set that it uses, was deleted meanwhile.
        QuotaExceeded: If the project has no more jobs to make now.
        DatabaseUnavailable: If the database does not answer; no job was made, as far as can be known.
    """
    with start_span("create job", parent=actor.trace.traceparent) as span:
        new = draft.new_job(new_id("job"), actor.project, Trace(actor.trace.request_id, span.traceparent))
        span.tell({"netcoach.job_id": new.id})
        act = actor.act("job.create" if new.parent is None else "job.derive", new.id)
        try:
            return await context.intake.take(Wanted(new, draft.warnings(), act, keyed))
        except InitialWeightsLost:
            raise draft.source_lost() from None
        except DatasetLost as error:
            raise draft.dataset_lost(error.dataset_id) from None
