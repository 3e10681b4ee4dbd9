"""What a running attempt writes. All of it is fenced: an attempt that no longer owns its job writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db import events
from db.columns import db_now
from db.errors import AttemptSuperseded
from db.models import IS_RUNNING, Attempt, Epoch, Job
from spec.numbers import encode_metrics


@dataclass(frozen=True, slots=True)
class Fence:
    """An attempt's right to write: it holds while the job runs and no later claim was made."""

    job_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Orders:
    """What was asked of a running job meanwhile."""

    is_cancel_requested: bool
    is_pause_requested: bool


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One epoch that ended; ``epoch`` counts from 1, ``metrics`` may be infinite or not a number."""

    epoch: int
    metrics: Mapping[str, float]
    duration_seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: ``fraction`` of all of it, 0..1, and how long it will take yet, if that is known."""

    fraction: float
    eta_seconds: float | None


def holds(fence: Fence) -> ColumnElement[bool]:
    """The condition that the fence's attempt still owns its job."""
    return and_(Job.id == fence.job_id, Job.attempt == fence.attempt, IS_RUNNING)


async def record_started(
    connection: AsyncConnection,
    fence: Fence,
    *,
    epochs: int,
    from_epoch: int = 0,
    details: Mapping[str, Any] | None = None,
) -> Orders:
    """The first step of training comes next; epochs after ``from_epoch`` of earlier attempts are forgotten.

    Args:
        connection: A write transaction.
        fence: The attempt.
        epochs: How many the job has.
        from_epoch: The last epoch that is kept; 0 trains from the start.
        details: What the event shall tell: device, rows, steps.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    latest = select(Epoch.metrics_json).where(Epoch.job_id == fence.job_id, Epoch.epoch == from_epoch).scalar_subquery()
    orders = await _touch(
        connection,
        fence,
        {
            "epoch": from_epoch,
            "epochs": epochs,
            "fraction": from_epoch / epochs if epochs else 0.0,
            "eta_seconds": None,
            "latest_metrics_json": latest,
        },
    )
    await connection.execute(delete(Epoch).where(Epoch.job_id == fence.job_id, Epoch.epoch > from_epoch))
    await connection.execute(
        update(Attempt)
        .where(Attempt.job_id == fence.job_id, Attempt.attempt == fence.attempt)
        .values(started_at=db_now())
    )
    data = {"attempt": fence.attempt, "epochs": epochs, "from_epoch": from_epoch, **(details or {})}
    await events.append(connection, fence.job_id, events.STARTED, data)
    return orders


async def record_epochs(
    connection: AsyncConnection, fence: Fence, epochs: Sequence[EpochRecord], progress: Progress
) -> Orders:
    """Store epochs that ended, in one go, and how far the job is now. Storing one again replaces it.

    Args:
        connection: A write transaction.
        fence: The attempt.
        epochs: At least one, rising.
        progress: After the last of them.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    rows = [
        {
            "job_id": fence.job_id,
            "epoch": record.epoch,
            "attempt": fence.attempt,
            "metrics_json": encode_metrics(record.metrics),
            "duration_seconds": record.duration_seconds,
        }
        for record in epochs
    ]
    orders = await _touch(
        connection,
        fence,
        {
            "epoch": rows[-1]["epoch"],
            "latest_metrics_json": rows[-1]["metrics_json"],
            "fraction": progress.fraction,
            "eta_seconds": progress.eta_seconds,
        },
    )
    is_sqlite = connection.dialect.name == "sqlite"
    statement: Any = (sqlite.insert if is_sqlite else postgresql.insert)(Epoch)
    # The connection may have been lost in the commit of the same epochs: then they come a second time.
    statement = statement.on_conflict_do_update(
        index_elements=[Epoch.job_id, Epoch.epoch],
        set_={
            name: statement.excluded[name] for name in ("attempt", "metrics_json", "duration_seconds", "recorded_at")
        },
    )
    await connection.execute(statement, rows)
    return orders


async def renew_lease(
    connection: AsyncConnection, fence: Fence, lease_seconds: float, progress: Progress | None = None
) -> Orders:
    """A sign of life: the lease ends ``lease_seconds`` from now, by the database's clock.

    Args:
        connection: A write transaction.
        fence: The attempt.
        lease_seconds: From now on.
        progress: How far the job is within its epoch, if that is to be shown.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    values: dict[str, Any] = {"lease_expires_at": db_now(lease_seconds)}
    if progress is not None:
        values |= {"fraction": progress.fraction, "eta_seconds": progress.eta_seconds, "revision": Job.revision + 1}
    return await _write(connection, fence, values)


async def orders_for(connection: AsyncConnection, worker_id: str) -> dict[Fence, Orders]:
    """The orders of every job this worker runs; an attempt that is missing here is no longer its own. Reads only."""
    rows = await connection.execute(
        select(Job.id, Job.attempt, Job.cancel_requested_at, Job.pause_requested_at).where(
            IS_RUNNING, Job.worker_id == worker_id
        )
    )
    return {
        Fence(job_id, attempt): Orders(cancel is not None, pause is not None) for job_id, attempt, cancel, pause in rows
    }


async def _touch(connection: AsyncConnection, fence: Fence, values: Mapping[str, Any]) -> Orders:
    return await _write(connection, fence, {"revision": Job.revision + 1, **values})


async def _write(connection: AsyncConnection, fence: Fence, values: Mapping[str, Any]) -> Orders:
    written = await connection.execute(
        update(Job).where(holds(fence)).values(**values).returning(Job.cancel_requested_at, Job.pause_requested_at)
    )
    row = written.one_or_none()
    if row is None:
        raise AttemptSuperseded(fence.job_id, fence.attempt)
    return Orders(is_cancel_requested=row[0] is not None, is_pause_requested=row[1] is not None)
