"""Which checkpoints of a job lie in the storage. What an attempt records is fenced, as all it writes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts.attempts import Fence, holds
from db.errors import AttemptSuperseded
from db.jobs import leftovers
from db.tables.attempts import Checkpoint
from db.tables.jobs import Job


@dataclass(frozen=True, slots=True)
class NewCheckpoint:
    """A file that lies in the storage under ``key``.

    Attributes:
        epoch: Epochs that had ended.
        step: Steps that had been taken of the next one.
    """

    epoch: int
    step: int
    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A checkpoint and whose attempt made it."""

    job_id: str
    attempt: int
    epoch: int
    step: int
    key: str
    size_bytes: int
    sha256: str
    created_at: datetime


_COLUMNS = (
    Checkpoint.job_id,
    Checkpoint.attempt,
    Checkpoint.epoch,
    Checkpoint.step,
    Checkpoint.key,
    Checkpoint.size_bytes,
    Checkpoint.sha256,
    Checkpoint.created_at,
)
_PLACE = (Checkpoint.attempt, Checkpoint.epoch, Checkpoint.step)
_NEWEST_FIRST = tuple(column.desc() for column in _PLACE)


async def record(connection: AsyncConnection, fence: Fence, checkpoint: NewCheckpoint, *, keep: int) -> list[str]:
    """Note a checkpoint, and forget the job's oldest. Noting the same one again replaces it.

    Args:
        connection: A write transaction.
        fence: The attempt that made it.
        checkpoint: Whole, and in the storage.
        keep: How many of the job's stay noted: the newest by attempt, epoch and step.

    Returns:
        The keys of those forgotten: once this is committed, their files can go. A key that still stands for a
        checkpoint that stays is not among them.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    # The lock keeps the job from passing on to a later attempt until this is committed.
    held = await connection.execute(select(Job.id).where(holds(fence)).with_for_update())
    if held.one_or_none() is None:
        raise AttemptSuperseded(fence.job_id, fence.attempt)
    insert = (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(Checkpoint)
    values = {
        "key": checkpoint.key,
        "size_bytes": checkpoint.size_bytes,
        "sha256": checkpoint.sha256,
    }
    await connection.execute(
        insert.values(
            job_id=fence.job_id, attempt=fence.attempt, epoch=checkpoint.epoch, step=checkpoint.step, **values
        ).on_conflict_do_update(
            index_elements=[Checkpoint.job_id, Checkpoint.attempt, Checkpoint.epoch, Checkpoint.step], set_=values
        )
    )
    await leftovers.note(connection, fence.job_id)
    rows = await list_for(connection, fence.job_id)
    kept, old = rows[:keep], rows[keep:]
    if not old:
        return []
    places = [(row.attempt, row.epoch, row.step) for row in old]
    await connection.execute(delete(Checkpoint).where(Checkpoint.job_id == fence.job_id, tuple_(*_PLACE).in_(places)))
    return sorted({row.key for row in old} - {row.key for row in kept})


async def list_for(connection: AsyncConnection, job_id: str) -> list[CheckpointRow]:
    """A job's checkpoints, the newest first: by attempt, then epoch, then step."""
    rows = await connection.execute(select(*_COLUMNS).where(Checkpoint.job_id == job_id).order_by(*_NEWEST_FIRST))
    return [CheckpointRow(*row) for row in rows]
