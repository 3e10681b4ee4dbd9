"""Leases that ran out: their workers are dead, frozen or cut off, and others take their jobs."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts.attempts import Fence
from db.attempts.endings import fail_or_requeue
from db.tables.columns import db_now
from db.tables.jobs import IS_RUNNING, Job
from spec.kinds import TRAIN
from spec.states import FailureCode, JobStatus

MESSAGE = "The worker that ran the job was lost."


@dataclass(frozen=True, slots=True)
class ExpiredLease:
    """What became of a job whose lease ran out: QUEUED, FAILED (no attempt left) or CANCELLED."""

    job_id: str
    attempt: int
    worker_id: str | None
    status: JobStatus
    kind: str = TRAIN


async def expire(
    connection: AsyncConnection, limit: int = 100, among: Collection[str] | None = None
) -> list[ExpiredLease]:
    """End every attempt whose lease has run out by the database's clock, at most ``limit``; of these jobs, if told.

    Any number of reconcilers may do so at once: each takes rows no other has.
    """
    wanted = () if among is None else (Job.id.in_(sorted(among)),)
    rows = await connection.execute(
        select(Job.id, Job.attempt, Job.worker_id, Job.kind)
        .where(IS_RUNNING, Job.lease_expires_at < db_now(), *wanted)
        .order_by(Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    expired: list[ExpiredLease] = []
    for job_id, attempt, worker_id, kind in rows.all():
        status = await fail_or_requeue(connection, Fence(job_id, attempt), FailureCode.WORKER_LOST, MESSAGE)
        expired.append(ExpiredLease(job_id, attempt, worker_id, status, kind))
    return expired
