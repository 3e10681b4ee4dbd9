"""The history of jobs: one event for each change of state and each thing asked of a job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.pages import RowPage, page_of
from db.tables.jobs import Event
from spec.language.numbers import encode_json
from spec.states import JobStatus

CREATED = "job.created"
CLAIMED = "job.claimed"
STARTED = "job.started"
CANCEL_REQUESTED = "job.cancel_requested"
PAUSE_REQUESTED = "job.pause_requested"
PAUSED = "job.paused"
RESUMED = "job.resumed"
REQUEUED = "job.requeued"
FINDING = "finding.new"
REPAIR_STARTED = "repair.started"
REPAIR_ENDED = "repair.ended"
ENDED = {
    JobStatus.SUCCEEDED: "job.succeeded",
    JobStatus.FAILED: "job.failed",
    JobStatus.CANCELLED: "job.cancelled",
}
"""The event of each final state."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event; its id counts its job's events from 1, and ``data_json`` is a JSON object as text."""

    id: int
    job_id: str
    at: datetime
    type: str
    data_json: str


# Statements of the ways most used are built once: building one costs as much as running it.
_INSERT = insert(Event)
_LAST = select(func.coalesce(func.max(Event.number), 0)).where(Event.job_id == bindparam("of_job")).scalar_subquery()
_APPEND = insert(Event).values(
    job_id=bindparam("of_job"), number=_LAST + 1, type=bindparam("of_type"), data_json=bindparam("with_data")
)
_COLUMNS = (Event.number, Event.job_id, Event.at, Event.type, Event.data_json)


async def append(
    connection: AsyncConnection, job_id: str, event_type: str, data: Mapping[str, Any] | None = None
) -> None:
    """Write an event.

    The job's row must have been written, or locked, earlier in the same transaction: its lock is what makes the
    numbers of a job's events rise in the order of their commits, without a gap, so that a reader who has seen one has
    seen all before it.
    """
    told = {"of_job": job_id, "of_type": event_type, "with_data": encode_json(data or {})}
    await connection.execute(_APPEND, told)


async def append_created(connection: AsyncConnection, made: Sequence[tuple[str, str | None]]) -> None:
    """Write the first event of each of these jobs, whose rows the same transaction made.

    Args:
        connection: The transaction.
        made: Of each job its id, and the id of the request that it was made by.
    """
    told = [(job_id, encode_json({} if by is None else {"request_id": by})) for job_id, by in made]
    rows = [{"job_id": job_id, "number": 1, "type": CREATED, "data_json": data} for job_id, data in told]
    await connection.execute(_INSERT, rows)


async def list_page(
    connection: AsyncConnection, job_id: str, after_id: int, limit: int, *, most_bytes: int | None = None
) -> RowPage[EventRow]:
    """A job's events after the one with id ``after_id`` (0 for all), oldest first, at most ``limit``."""
    rows = await connection.execute(
        select(*_COLUMNS).where(Event.job_id == job_id, Event.number > after_id).order_by(Event.number).limit(limit + 1)
    )
    return page_of([EventRow(*row) for row in rows], limit, most_bytes)
