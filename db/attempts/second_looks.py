"""Jobs that ended before it was known how good simple models are on their rows: each is looked at once more.

That is noted in the transaction of the end, and struck off in the one that writes what the second look found. So nobody
has to remember it, any number of workers may look, and the first of them counts.
"""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts.attempts import Fence
from db.tables.attempts import JobFindings, SecondLook
from db.tables.columns import db_now
from db.tables.jobs import Job
from db.tables.references import JobReference, ReferenceScore

WAIT_SECONDS = 60.0
"""After so long it is looked at without a reference, if a worker has tried to compute that and nothing came of it."""
LONGEST_WAIT_SECONDS = 300.0
"""After so long in any case: whoever computes it, or has others to compute before it, may be gone. Where the results of
a job wait, because it may be repaired, nobody waits for longer than the former."""


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job that is to be looked at once more.

    Attributes:
        job_id: Of the job.
        project: Whose.
        attempt: The last one.
        epoch: How many epochs it has had, with those of the training that it continued.
        first_epoch: How many that training had.
        spec_json: As it was sent.
        dataset_facts_json: What was known of its data set when it was made; None of a job that is older than that.
        error_code: Of its failure.
        results_json: What it left; None if it left nothing.
        findings_json: What was found so far.
        decides_repair: Whether it depends on the second look whether the job is repaired.
    """

    job_id: str
    project: str
    attempt: int
    epoch: int
    first_epoch: int
    spec_json: str
    dataset_facts_json: str | None
    error_code: str | None
    results_json: str | None
    findings_json: str
    decides_repair: bool


_READ = (
    select(
        Job.id,
        Job.project,
        Job.attempt,
        Job.epoch,
        Job.first_epoch,
        Job.spec_json,
        Job.dataset_facts_json,
        Job.error_code,
        Job.results_json,
        func.coalesce(JobFindings.findings_json, Job.findings_json),
        SecondLook.decides_repair,
    )
    .join(SecondLook, SecondLook.job_id == Job.id)
    .outerjoin(JobFindings, JobFindings.job_id == Job.id)
    .where(Job.id == bindparam("job_id"))
)
_HAS_REFERENCE = and_(JobReference.job_id == SecondLook.job_id, ReferenceScore.key == JobReference.key)
_IS_KNOWN = exists().where(_HAS_REFERENCE, ReferenceScore.document_json.is_not(None))
_IS_BEING_COMPUTED = exists().where(_HAS_REFERENCE, ReferenceScore.claimed_until > db_now())
# Workers compute one at a time, with what other programs leave them: it may take a while until one begins.
_IS_WAITING = and_(exists().where(JobReference.job_id == SecondLook.job_id), ~exists().where(_HAS_REFERENCE))
IS_DUE = or_(
    _IS_KNOWN,
    and_(SecondLook.noted_at <= db_now(-WAIT_SECONDS), ~_IS_BEING_COMPUTED, ~_IS_WAITING),
    and_(SecondLook.noted_at <= db_now(-WAIT_SECONDS), SecondLook.decides_repair),
    SecondLook.noted_at <= db_now(-LONGEST_WAIT_SECONDS),
)
"""Whether nothing is awaited any more: it is known how good simple models are, or it will not be."""
# The row of the job is locked first, as by all that writes of a job.
_LOCK = (
    update(Job)
    .where(Job.id == bindparam("of_job"), exists().where(SecondLook.job_id == Job.id))
    .values(revision=Job.revision + 1)
    .returning(Job.attempt)
)
_STRIKE_OFF = delete(SecondLook).where(SecondLook.job_id == bindparam("of_job")).returning(SecondLook.job_id)


async def note(connection: AsyncConnection, job_id: str, *, decides_repair: bool = False) -> None:
    """Have a job looked at once more that ends in this transaction.

    Args:
        connection: The transaction, which has written the job's row.
        job_id: Of the job.
        decides_repair: Whether it depends on that whether the job is repaired; until then its repair takes no step.
    """
    await connection.execute(insert(SecondLook).values(job_id=job_id, decides_repair=decides_repair))


async def due(connection: AsyncConnection, behind: str, limit: int) -> list[str]:
    """Jobs that are to be looked at now, by id."""
    rows = select(SecondLook.job_id).where(IS_DUE, SecondLook.job_id > behind).order_by(SecondLook.job_id).limit(limit)
    return list((await connection.execute(rows)).scalars())


async def find(connection: AsyncConnection, job_id: str) -> EndedJob | None:
    """A job that is to be looked at; None if it is gone, or somebody has looked."""
    row = (await connection.execute(_READ, {"job_id": job_id})).one_or_none()
    return None if row is None else EndedJob(*row)


async def take(connection: AsyncConnection, job_id: str) -> Fence | None:
    """Make a look at a job the one that counts: what was found by it follows in the same transaction, and is final.

    Returns:
        The last attempt; None if the job is gone, or somebody else has looked.
    """
    attempt = (await connection.execute(_LOCK, {"of_job": job_id})).scalar_one_or_none()
    if attempt is None:
        return None
    # Who waited for the lock may have seen what is gone by now.
    struck_off = (await connection.execute(_STRIKE_OFF, {"of_job": job_id})).one_or_none()
    return None if struck_off is None else Fence(job_id, attempt)
