"""What is read of a job's signals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.answers.pages import METRICS_PAGE_BYTES, check_start, numbers_of, page
from api.context import Context
from api.jobs.reading import LARGE_BYTES
from api.signals.schemas import SignalsQuery
from db.attempts import signals, starts
from db.attempts.signals import LayerRow, Position, Sample, Wanted
from db.errors import JobNotFound
from db.jobs import jobs
from services.actors import Actor
from services.ids import checked_id
from spec.signals import SIGNALS

_NOTHING = dict.fromkeys(SIGNALS)
_START = ("train_rows", "inputs", "class_rows", "target_mean", "target_deviation", "loss")


def document(row: LayerRow) -> dict[str, Any]:
    """A row, all fields always present."""
    return {"epoch": row.epoch, "layer": row.layer, **_NOTHING, **row.values}


@dataclass(frozen=True, slots=True)
class Signals:
    """A page of what was measured.

    Attributes:
        rows: By epoch and layer.
        following: What the next page begins with; None where this is the last.
        start: What was seen once, as it is stored; None on pages that do not begin with the first row.
    """

    rows: Sequence[LayerRow]
    following: str | None
    start: Mapping[str, Any] | None

    def document(self) -> dict[str, Any]:
        """The list's document, all fields always present."""
        return {
            **page([document(row) for row in self.rows], next_after=self.following),
            "start": None if self.start is None else _start_document(self.start),
        }


def _start_document(start: Mapping[str, Any]) -> dict[str, Any]:
    layers: Mapping[str, Mapping[str, Any]] = start["signals"]
    signals = [{"layer": name, **_NOTHING, **values} for name, values in layers.items()]
    return {name: start.get(name) for name in _START} | {"signals": signals}


async def read_signals(context: Context, caller: Actor, job_id: str, query: SignalsQuery) -> Signals:
    """A page of rows, what the next one begins with, and what was seen once.

    Raises:
        QueryFaulty: If the cursor is none, or said beside ``after_epoch``.
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    wanted = Wanted(_start_of(query), query.limit, query.layer, METRICS_PAGE_BYTES)
    checked_id(job_id, "job", JobNotFound)
    start = None
    async with context.database.read() as connection:
        await jobs.require(connection, job_id, caller.project)
        if wanted.start == Position(1):
            start = await starts.read(connection, job_id)
        like = await signals.sample(connection, job_id, wanted.start)
        if like is None or wanted.estimated_bytes(like) <= LARGE_BYTES:
            return Signals(*await _page(connection, caller, job_id, wanted, like), start)
    # Who waits for a turn holds no connection, as with epochs.
    async with context.large_reads, context.database.read() as connection:
        return Signals(*await _page(connection, caller, job_id, wanted, like), start)


async def _page(
    connection: Any,  # noqa: ANN401 -- the database's connection, which only it knows
    caller: Actor,
    job_id: str,
    wanted: Wanted,
    like: Sample | None,
) -> tuple[Sequence[LayerRow], str | None]:
    rows, following = ((), None) if like is None else await signals.page(connection, job_id, wanted, like)
    await jobs.require_still(connection, job_id, caller.project, rows)
    return rows, None if following is None else f"{following.epoch}-{following.layer}"


def _start_of(query: SignalsQuery) -> Position:
    check_start(query.cursor, query.after_epoch)
    if query.cursor is None:
        return Position((query.after_epoch or 0) + 1)
    return Position(*numbers_of(query.cursor, 2))
