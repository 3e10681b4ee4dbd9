"""Jobs deleted: their rows at once, their files afterwards.

The note of what files are to go is written in the transaction that deletes the row, so no crash and no outage of the
storage can lose it.
"""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.errors import JobAlreadyEnded, JobNotEnded, JobNotFound
from db.jobs.controls import request_cancel
from db.jobs.rows import existing
from db.jobs.weights import HAS_NOT_ENDED
from db.projects import deleted_use, idempotency
from db.repairs import repairs
from db.tables.columns import db_now
from db.tables.jobs import Job, Removal
from spec.kinds import TRAIN
from spec.states import ENDED, JobStatus

LATE_SECONDS = 3600.0
"""A worker frozen while it stored a file may wake up and finish: files are looked for once more after this long."""

_LOCKED = select(Job.status).where(
    Job.id == bindparam("job_id"), Job.project == bindparam("of_project"), Job.kind == bindparam("of_kind")
)
_IS_NEEDED = exists().where(Job.initial_weights == Removal.job_id, HAS_NOT_ENDED)
IS_LAST = and_(Removal.created_at <= db_now(-LATE_SECONDS), ~_IS_NEEDED)
"""Whether a deleted job's files are looked for once more: no job that has not ended begins with its weights."""
IS_FREED = and_(
    Removal.swept_at.is_not(None),
    exists().where(Job.initial_weights == Removal.job_id, Job.ended_at >= Removal.swept_at),
    ~_IS_NEEDED,
)
"""Whether the last job that begins with its weights has ended since its files were looked for."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A deleted job's files to remove; ``is_last`` if they are looked for the last time."""

    job_id: str
    is_last: bool


async def delete_job(connection: AsyncConnection, job_id: str, project: str, *, kind: str = TRAIN) -> None:
    """Delete an ended job with all its rows, and note that its files are to go.

    What it used of the day's quota stays counted, and a first answer that shows it stays whole.

    Args:
        connection: A write transaction.
        job_id: Which job.
        project: Whose it must be.
        kind: Of what kind it must be.

    Raises:
        JobNotFound: If the project has no such job.
        JobNotEnded: If it has not ended.
    """
    place = {"job_id": job_id, "of_project": project, "of_kind": kind}
    found = await connection.execute(_LOCKED.with_for_update(), place)
    status: JobStatus = existing(found.scalar_one_or_none(), job_id)
    if status not in ENDED:
        raise JobNotEnded(job_id, status)
    # The jobs of its repair have nobody left to tell.
    for child in await repairs.children_under_way(connection, job_id):
        with suppress(JobAlreadyEnded, JobNotFound):
            await request_cancel(connection, child, project)
    await connection.execute(insert(Removal).values(job_id=job_id))
    await deleted_use.keep(connection, job_id)
    await idempotency.keep_spec_of(connection, job_id)
    await connection.execute(delete(Job).where(Job.id == job_id))


async def pending(connection: AsyncConnection, limit: int, behind: str = "") -> list[Removed]:
    """Deleted jobs whose files are to be removed now, at most ``limit`` with ids behind this one, by id.

    The last time waits for all jobs that begin with their weights: until these have ended, each of their attempts needs
    the files that they name (`db.jobs.weights.needed_files`).
    """
    rows = await connection.execute(
        select(Removal.job_id, IS_LAST)
        .where(or_(Removal.swept_at.is_(None), IS_LAST, IS_FREED), Removal.job_id > behind)
        .order_by(Removal.job_id)
        .limit(limit)
    )
    return [Removed(job_id, bool(is_last)) for job_id, is_last in rows]


async def mark_swept(connection: AsyncConnection, removed: Removed) -> None:
    """Its files are gone; after the last time it is forgotten."""
    mine = Removal.job_id == removed.job_id
    if removed.is_last:
        await connection.execute(delete(Removal).where(mine))
    else:
        await connection.execute(update(Removal).where(mine).values(swept_at=db_now()))
