"""What happened to a job, events and epochs together, as of one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts.epochs import EPOCH_COLUMNS, EpochRow
from db.jobs.events import EventRow
from db.tables.attempts import Epoch
from db.tables.jobs import Event


@dataclass(frozen=True, slots=True)
class StoredEpoch:
    """One epoch and the attempt that recorded it."""

    row: EpochRow
    attempt: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """A part of a job's history; each of the two sequences rises."""

    events: Sequence[EventRow]
    epochs: Sequence[StoredEpoch]


_EVENTS = (
    select(Event.at, Event.type, Event.number, Event.data_json)
    .where(Event.job_id == bindparam("job_id"), Event.number > bindparam("after_event"))
    .order_by(Event.number)
    .limit(bindparam("page_rows"))
    .subquery()
)
_EPOCHS = (
    select(Epoch.recorded_at, Epoch.attempt, *EPOCH_COLUMNS)
    .where(Epoch.job_id == bindparam("job_id"), Epoch.epoch > bindparam("after_epoch"))
    .order_by(Epoch.epoch)
    .limit(bindparam("page_rows"))
    .subquery()
)
# One statement, and so one snapshot: an epoch is never seen without the event of its attempt's start, nor the end of
# an attempt without all its epochs.
_BOTH = union_all(
    select(_EVENTS.c.at, _EVENTS.c.type, null(), _EVENTS.c.number, _EVENTS.c.data_json, null(), null(), null()),
    select(_EPOCHS.c.recorded_at, null(), _EPOCHS.c.attempt, *(_EPOCHS.c[name] for name in EpochRow._fields)),
)


async def page_after(connection: AsyncConnection, job_id: str, event_id: int, epoch: int, limit: int) -> History:
    """A job's events after ``event_id`` and its epochs after ``epoch``, at most ``limit`` of each."""
    rows = await connection.execute(
        _BOTH, {"job_id": job_id, "after_event": event_id, "after_epoch": epoch, "page_rows": limit}
    )
    events: list[EventRow] = []
    epochs: list[StoredEpoch] = []
    row: Any
    for row in rows:
        at, event_type, attempt, *rest = row
        if event_type is None:
            epochs.append(StoredEpoch(EpochRow(*rest), attempt, at))
        else:
            number, text, *_ = rest
            events.append(EventRow(number, job_id, at, event_type, text))
    return History(sorted(events, key=_event_id), sorted(epochs, key=_epoch_number))


def _event_id(event: EventRow) -> int:
    return event.id


def _epoch_number(epoch: StoredEpoch) -> int:
    return epoch.row.epoch
