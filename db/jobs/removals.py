"""Jobs deleted: their rows at once, their files afterwards.

The note of what files are to go is written in the transaction that deletes the row, so no crash and no outage of the
storage can lose it.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.errors import JobNotEnded
from db.jobs.rows import existing
from db.projects import deleted_use, idempotency
from db.tables.columns import db_now
from db.tables.jobs import Job, Removal
from spec.kinds import TRAIN
from spec.states import ENDED, JobStatus

LATE_SECONDS = 3600.0
"""A worker frozen while it stored a file may wake up and finish: files are looked for once more after this long."""

_LOCKED = select(Job.status).where(
    Job.id == bindparam("job_id"), Job.project == bindparam("of_project"), Job.kind == bindparam("of_kind")
)
IS_LATE = Removal.created_at <= db_now(-LATE_SECONDS)
"""Whether a deleted job's files are looked for once more."""

IS_NEEDED = exists().where(Job.initial_weights == Removal.job_id, Job.status.not_in(sorted(ENDED)))
"""Whether a job that has not ended begins with the weights of the deleted one."""


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
    await connection.execute(insert(Removal).values(job_id=job_id))
    await deleted_use.keep(connection, job_id)
    await idempotency.keep_spec_of(connection, job_id)
    await connection.execute(delete(Job).where(Job.id == job_id))


async def pending(connection: AsyncConnection, limit: int, behind: str = "") -> list[Removed]:
    """Deleted jobs whose files are to be removed now, at most ``limit`` with ids behind this one, by id.

    Those whose weights a job begins with that has not ended keep their files: each of its attempts needs them.
    """
    rows = await connection.execute(
        select(Removal.job_id, IS_LATE)
        .where(or_(Removal.swept_at.is_(None), IS_LATE), Removal.job_id > behind, ~IS_NEEDED)
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
