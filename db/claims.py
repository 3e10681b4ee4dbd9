"""How a job gets to a worker."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db import events
from db.columns import db_now
from db.models import IS_QUEUED, Attempt, Job
from db.transitions import enter
from spec.states import JobStatus

ANY = "any"
"""The accelerator of a job that runs on each."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is now a worker's; ``attempt`` is the number its writes are fenced by."""

    job_id: str
    attempt: int
    spec_json: str
    seed: int
    max_attempts: int
    max_runtime_seconds: float | None


async def claim_next(
    connection: AsyncConnection, worker_id: str, slot: int, accelerators: Collection[str], lease_seconds: float
) -> Claim | None:
    """Take the best queued job this slot may run: of the highest priority the oldest.

    One conditional UPDATE picks the job, raises its attempt and sets its lease, so no two claims get one job.
    Claimers that run at once skip each other's rows on PostgreSQL, and follow one another on SQLite.

    Args:
        connection: A write transaction.
        worker_id: Who claims.
        slot: Which of the worker's slots.
        accelerators: What it has (``cpu``, ``gpu``); jobs for ``any`` fit each.
        lease_seconds: How long the job is the worker's without a sign of life.
    """
    best = (
        select(Job.id)
        .where(IS_QUEUED, Job.accelerator.in_([ANY, *sorted(accelerators)]), Job.cancel_requested_at.is_(None))
        .order_by(Job.priority.desc(), Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = await enter(
        connection,
        JobStatus.RUNNING,
        Job.id == best,
        {
            "attempt": Job.attempt + 1,
            "attempts_counted": Job.attempts_counted + 1,
            "worker_id": worker_id,
            "slot": slot,
            "lease_expires_at": db_now(lease_seconds),
            "started_at": func.coalesce(Job.started_at, db_now()),
        },
    )
    if row is None:
        return None
    await connection.execute(insert(Attempt).values(job_id=row.id, attempt=row.attempt, worker_id=worker_id, slot=slot))
    await events.append(
        connection, row.id, events.CLAIMED, {"attempt": row.attempt, "worker_id": worker_id, "slot": slot}
    )
    return Claim(row.id, row.attempt, row.spec_json, row.seed, row.max_attempts, row.max_runtime_seconds)
