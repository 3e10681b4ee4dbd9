"""The history of jobs: one event for each change of state and each thing asked of a job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Event
from spec.numbers import encode_json
from spec.states import JobStatus

CREATED = "job.created"
CLAIMED = "job.claimed"
STARTED = "job.started"
CANCEL_REQUESTED = "job.cancel_requested"
PAUSE_REQUESTED = "job.pause_requested"
PAUSED = "job.paused"
RESUMED = "job.resumed"
REQUEUED = "job.requeued"
ENDED = {
    JobStatus.SUCCEEDED: "job.succeeded",
    JobStatus.FAILED: "job.failed",
    JobStatus.CANCELLED: "job.cancelled",
}
"""The event of each final state."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event; ``data_json`` is a JSON object as text."""

    id: int
    job_id: str
    at: datetime
    type: str
    data_json: str


# Statements of the ways most used are built once: building one costs as much as running it.
_INSERT = insert(Event)
_COLUMNS = (Event.id, Event.job_id, Event.at, Event.type, Event.data_json)


async def append(
    connection: AsyncConnection, job_id: str, event_type: str, data: Mapping[str, Any] | None = None
) -> None:
    """Write an event.

    The job's row must have been written earlier in the same transaction: its lock is what makes the ids of a job's
    events rise in the order of their commits, so that a reader who has seen one has seen all before it.
    """
    await connection.execute(_INSERT, {"job_id": job_id, "type": event_type, "data_json": encode_json(data or {})})


async def append_created(connection: AsyncConnection, made: Sequence[tuple[str, str | None]]) -> None:
    """Write the first event of each of these jobs, whose rows the same transaction made.

    Args:
        connection: The transaction.
        made: Of each job its id, and the id of the request that it was made by.
    """
    told = [
        {"job_id": job_id, "type": CREATED, "data_json": encode_json({} if by is None else {"request_id": by})}
        for job_id, by in made
    ]
    await connection.execute(_INSERT, told)


async def list_page(connection: AsyncConnection, job_id: str, after_id: int, limit: int) -> list[EventRow]:
    """A job's events after the one with id ``after_id`` (0 for all), oldest first, at most ``limit``."""
    rows = await connection.execute(
        select(*_COLUMNS).where(Event.job_id == job_id, Event.id > after_id).order_by(Event.id).limit(limit)
    )
    return [EventRow(*row) for row in rows]
