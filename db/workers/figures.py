"""What the metrics tell of the queue and the workers: one statement each, over indexes, however long the history."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.columns import db_now
from db.tables.jobs import HAS_ACCELERATOR, IS_QUEUED, IS_TRAINING, Job, OutboxEntry
from db.tables.workers import Worker
from spec.states import ENDED, JobStatus

LIVE = tuple(status for status in JobStatus if status not in ENDED)
"""Ended jobs are not counted here: there may be millions."""

_LIVE_JOBS = select(Job.status, func.count()).where(Job.status.in_(LIVE), HAS_ACCELERATOR).group_by(Job.status)
_OLDEST_QUEUED = select(Job.created_at, db_now()).where(IS_QUEUED, IS_TRAINING).order_by(Job.id).limit(1)
_OUTBOX = select(func.count()).select_from(OutboxEntry)
_WORKERS = select(Worker.state, Worker.slots, Worker.busy, Worker.heartbeat_at, db_now())


@dataclass(frozen=True)
class QueueFigures:
    """Of the jobs that have not ended.

    Attributes:
        jobs: How many are in each state.
        oldest_queued_seconds: Age of the job that was made first of those that are queued; 0 if none is.
        outbox: Jobs that the broker is still to be told of.
    """

    jobs: dict[JobStatus, int]
    oldest_queued_seconds: float
    outbox: int


@dataclass(frozen=True)
class WorkerFigures:
    """Of a worker; ``silent_seconds`` since its last heartbeat."""

    state: str
    slots: int
    busy: int
    silent_seconds: float


async def queue_figures(connection: AsyncConnection) -> QueueFigures:
    """How the queue stands."""
    counts = {status: int(count) for status, count in await connection.execute(_LIVE_JOBS)}
    oldest = (await connection.execute(_OLDEST_QUEUED)).first()
    outbox = (await connection.execute(_OUTBOX)).scalar_one()
    return QueueFigures(
        {status: counts.get(status, 0) for status in LIVE}, 0.0 if oldest is None else _seconds(*oldest), outbox
    )


async def worker_figures(connection: AsyncConnection) -> list[WorkerFigures]:
    """How each worker stands that is not forgotten."""
    rows = await connection.execute(_WORKERS)
    return [WorkerFigures(state, slots, busy, _seconds(at, now)) for state, slots, busy, at, now in rows]


def _seconds(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
