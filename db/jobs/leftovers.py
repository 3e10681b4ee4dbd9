"""Jobs whose attempts may have left files behind: those interrupted, and those with checkpoints.

An attempt that dies can no longer remove what it stored, and what it stored last nobody may know of. So the job is
noted here by whoever ends such an attempt, and once the job has ended, its files but for the results' are removed.
"""

from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.attempts import Artifact, Checkpoint
from db.tables.jobs import HAS_ENDED, Job, Leftover


@dataclass(frozen=True, slots=True)
class EndedJob:
    """An ended job to clear up after.

    Attributes:
        attempts: How many it had; they count from 1.
        kept_attempt: The one whose artifacts are the job's, if it has any.
    """

    job_id: str
    attempts: int
    kept_attempt: int | None


async def note(connection: AsyncConnection, job_id: str) -> None:
    """An attempt of this job may leave files; noting it again changes nothing."""
    insert = (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(Leftover)
    await connection.execute(insert.values(job_id=job_id).on_conflict_do_nothing())


async def of_ended_jobs(connection: AsyncConnection, limit: int, behind: str = "") -> list[EndedJob]:
    """Noted jobs that have ended, at most ``limit`` with ids behind this one, by id."""
    kept = select(func.max(Artifact.attempt)).where(Artifact.job_id == Job.id).scalar_subquery()
    rows = await connection.execute(
        select(Job.id, Job.attempt, kept)
        .join(Leftover, Leftover.job_id == Job.id)
        .where(HAS_ENDED, Leftover.job_id > behind)
        .order_by(Job.id)
        .limit(limit)
    )
    return [EndedJob(*row) for row in rows]


async def forget(connection: AsyncConnection, job_id: str) -> None:
    """The files of an ended job are gone, its checkpoints among them. A job that is not noted is no error."""
    await connection.execute(delete(Checkpoint).where(Checkpoint.job_id == job_id))
    await connection.execute(delete(Leftover).where(Leftover.job_id == job_id))
