"""A job's events and epochs as one row of server-sent events, and the places in it where a reader can go on.

A place is the pair of the last event and the last epoch that were sent. Each of the two sequences rises, but for one
thing: an attempt that starts behind its job's last epoch records the epochs after that anew. So the event of its start
takes the place's epoch back to where it starts, and what was recorded since follows again. Nothing of this is kept in
a process: any of them goes on from any place.
"""

import re
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import orjson

from api.answers.errors import HeaderFaulty
from api.jobs.documents import event_document
from api.jobs.epochs import epoch_document
from db.attempts.attempts import fraction_of
from db.attempts.epochs import EpochRow
from db.attempts.histories import History, StoredEpoch
from db.jobs import events
from db.jobs.events import EventRow
from spec.language.faults import Fault

HEADER = "Last-Event-ID"
_PLACE = re.compile(r"e(\d{1,9})-(\d{1,9})", re.ASCII)
_FORMER_PLACE = re.compile(r"\d{1,18}-\d{1,9}", re.ASCII)
"""Of releases that counted events over all jobs: nobody knows any more where that was."""
_SMALL = 1e-4
"""From here on `orjson` and Python spell a number alike."""
_STARTS = frozenset({events.CLAIMED, events.STARTED})
_ENDS = frozenset(events.ENDED.values())


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """Where a reader is: the number of the last event it has, and the number of the last epoch that stands."""

    event_id: int = 0
    epoch: int = 0

    @classmethod
    def parse(cls, text: str) -> "StreamPosition":
        """The place that an ``id:`` of the stream stands for; one of a former release is the beginning.

        Raises:
            HeaderFaulty: If it is none.
        """
        if _FORMER_PLACE.fullmatch(text):
            return cls()
        match = _PLACE.fullmatch(text)
        if match is None:
            fault = Fault(
                pointer="",
                message="This is not an `id` of this stream. Send that of the last event received.",
                code="unknown_event_id",
            )
            raise HeaderFaulty(HEADER, fault)
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"e{self.event_id}-{self.epoch}"


@dataclass(frozen=True, slots=True)
class Batch:
    """A part of the stream.

    Attributes:
        text: To be sent as it stands; empty if there was nothing.
        place: Where its reader is then.
        is_last: Whether there was nothing behind it when it was read.
        has_ended: Whether the job's end is in it.
        fraction: How far the job is by it, 0..1, if it tells.
    """

    text: bytes
    place: StreamPosition
    is_last: bool
    has_ended: bool = False
    fraction: float | None = None


def batch(history: History, place: StreamPosition, page_rows: int) -> Batch:
    """What follows a place, in its order.

    Args:
        history: All that stands behind the place, or of events and epochs the first ``page_rows`` each.
        place: Where the reader is.
        page_rows: The bound.
    """
    pieces: list[bytes] = []
    waiting = deque(history.epochs)
    fraction: float | None = None

    def send_epochs(before: EventRow | None) -> None:
        nonlocal place, fraction
        while waiting and (before is None or _precedes(waiting[0], before)):
            epoch = waiting.popleft()
            place, fraction = StreamPosition(place.event_id, epoch.row.epoch), epoch.row.fraction
            pieces.append(_epoch_text(epoch, place))

    def so_far(*, is_last: bool, has_ended: bool = False) -> Batch:
        return Batch(b"".join(pieces), place, is_last, has_ended, fraction)

    for event in history.events:
        send_epochs(event)
        if not waiting and len(history.epochs) == page_rows:
            return so_far(is_last=False)  # epochs that were not read may come before this event
        is_started_behind = False
        if event.type == events.STARTED:
            told = orjson.loads(event.data_json)
            is_started_behind = told["from_epoch"] < place.epoch
            place, fraction = (
                replace(place, epoch=min(place.epoch, told["from_epoch"])),
                fraction_of(told["from_epoch"], told["epochs"], told.get("first_epoch", 0)),
            )
        place = replace(place, event_id=event.id)
        pieces.append(_text(event.type, orjson.dumps(event_document(event)), place))
        if _is_end(event):
            return so_far(is_last=True, has_ended=True)
        if is_started_behind:
            return so_far(is_last=False)  # epochs up to the one where the reader was are recorded anew
    if len(history.events) == page_rows:
        return so_far(is_last=False)
    send_epochs(None)
    return so_far(is_last=len(history.epochs) < page_rows)


def progress_text(document: dict[str, Any]) -> bytes:
    """How far a job is within its epoch. Without an ``id``: nothing goes on from there."""
    return f"event: progress\ndata: {orjson.dumps(document).decode()}\n\n".encode()


def _is_end(event: EventRow) -> bool:
    """Whether nothing follows: a job that is being repaired ends with its repair."""
    if event.type == events.REPAIR_ENDED:
        return True
    return event.type in _ENDS and not orjson.loads(event.data_json).get("is_repairing", False)


def _precedes(epoch: StoredEpoch, event: EventRow) -> bool:
    told = orjson.loads(event.data_json)
    attempt: int | None = told.get("attempt")
    if attempt is not None and event.type == events.FINDING:
        return (epoch.attempt, epoch.row.epoch) <= (attempt, told["after_epoch"])
    if attempt is not None:
        return epoch.attempt < attempt if event.type in _STARTS else epoch.attempt <= attempt
    return event.type in _ENDS or epoch.recorded_at <= event.at


def _epoch_text(epoch: StoredEpoch, place: StreamPosition) -> bytes:
    shown = {"object": "epoch", "attempt": epoch.attempt, **epoch_document(_spelled(epoch.row))}
    return _text("epoch", orjson.dumps(shown), place)


def _spelled(row: EpochRow) -> EpochRow:
    """The row with its small numbers as streams spell them: as Python does, 5e-05 where `orjson` has 0.00005."""
    number, metrics, duration_seconds, fraction, eta_seconds = row
    if duration_seconds >= _SMALL and fraction >= _SMALL and (eta_seconds is None or eta_seconds >= _SMALL):
        return row
    others = (duration_seconds, fraction, eta_seconds)
    told: list[Any] = [None if other is None else orjson.Fragment(repr(other)) for other in others]
    return EpochRow(number, metrics, *told)


def _text(event_type: str, data: bytes, place: StreamPosition) -> bytes:
    # JSON as it is stored has no line breaks.
    return b"".join((f"id: {place}\nevent: {event_type}\ndata: ".encode(), data, b"\n\n"))
