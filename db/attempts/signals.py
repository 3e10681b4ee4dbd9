"""What was measured of a job's layers after each epoch: a row an epoch, which comes, is replaced and goes with it."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.pages import RowPage, fitting
from db.tables import row_sizes
from db.tables.attempts import EpochSignals

ROW_BYTES = 400
"""What one layer of one epoch comes to as JSON beside its name: all fields are shown, most of them perhaps null."""


class Position(NamedTuple):
    """Where a page begins: with this layer, counted from 0, of this epoch."""

    epoch: int
    layer: int = 0


class LayerRow(NamedTuple):
    """What was measured of one layer after one epoch: a number, or one of the strings that stand for no finite one."""

    epoch: int
    layer: str
    values: dict[str, float | str]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the rows of a job are like, by the first of a page: they all have the same layers.

    Attributes:
        layers: The names of those that have signals.
        size_bytes: What is stored of an epoch.
    """

    layers: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page is to hold.

    Attributes:
        start: What it begins with.
        limit: How many rows at most.
        layer: Of which layer; None is all of them.
        most_bytes: What it may come to as JSON, about, and what may be read for it; one row comes in any case.
    """

    start: Position
    limit: int
    layer: str | None
    most_bytes: int

    def epochs(self, sample: Sample) -> int:
        """How many epochs are worth reading; the last of them tells whether there are more."""
        rows_each = len(sample.layers) if self.layer is None else 1
        begun = 1 if self.start.layer else 0
        by_bytes = self.most_bytes // max(sample.size_bytes, rows_each * ROW_BYTES)
        return 1 + begun + max(1, min(-(-self.limit // max(rows_each, 1)), by_bytes))

    def estimated_bytes(self, sample: Sample) -> int:
        """What is held of it in memory, about: what is read, or what is answered."""
        rows_each = len(sample.layers) if self.layer is None else 1
        return self.epochs(sample) * max(sample.size_bytes, rows_each * ROW_BYTES)


STORE = insert(EpochSignals)
FORGET = delete(EpochSignals).where(
    EpochSignals.job_id == bindparam("job_id"),
    EpochSignals.epoch.between(bindparam("first_epoch"), bindparam("last_epoch")),
)
FORGET_AFTER = delete(EpochSignals).where(
    EpochSignals.job_id == bindparam("job_id"), EpochSignals.epoch > bindparam("from_epoch")
)
_FIRST = (
    select(EpochSignals.signals_json)
    .where(EpochSignals.job_id == bindparam("job_id"), EpochSignals.epoch >= bindparam("first_epoch"))
    .order_by(EpochSignals.epoch)
    .limit(1)
)
_PAGE = (
    select(EpochSignals.epoch, EpochSignals.signals_json)
    .where(EpochSignals.job_id == bindparam("job_id"), EpochSignals.epoch >= bindparam("first_epoch"))
    .order_by(EpochSignals.epoch)
    .limit(bindparam("page_rows"))
)


def stored_bytes(job_id: Any, which: ColumnElement[bool]) -> ColumnElement[int]:  # noqa: ANN401 -- a bound parameter
    """What a job's rows take that are to be replaced or forgotten."""
    stored = select(row_sizes.of_all_signals(EpochSignals.signals_json.expression))
    return stored.where(EpochSignals.job_id == job_id, which).scalar_subquery()


async def sample(connection: AsyncConnection, job_id: str, start: Position) -> Sample | None:
    """What the job's rows from here on are like; None where there are none."""
    text = await connection.scalar(_FIRST, {"job_id": job_id, "first_epoch": start.epoch})
    return None if text is None else Sample(tuple(json.loads(text)), len(text))


async def page(
    connection: AsyncConnection, job_id: str, wanted: Wanted, like: Sample
) -> tuple[RowPage[LayerRow], Position | None]:
    """A job's rows, by epoch and within it by the order of the layers, and what the next page begins with.

    Args:
        connection: To read with.
        job_id: Whose.
        wanted: Which rows, and how many.
        like: As `sample` gave it.
    """
    if wanted.layer is not None and wanted.layer not in like.layers:
        return RowPage([], has_more=False), None
    count = wanted.epochs(like)
    said = {"job_id": job_id, "first_epoch": wanted.start.epoch, "page_rows": count}
    read = (await connection.execute(_PAGE, said)).all()
    # The last one read tells that there are more.
    behind = Position(read[-1].epoch) if len(read) == count else None
    found: list[tuple[Position, LayerRow]] = []
    for epoch, text in read[: count - 1]:
        layers: dict[str, dict[str, float | str]] = json.loads(text)
        for place, (name, values) in enumerate(layers.items()):
            position = Position(epoch, place)
            if position >= wanted.start and wanted.layer in (None, name):
                found.append((position, LayerRow(epoch, name, values)))
    shown = fitting((ROW_BYTES + len(row.layer) for _, row in found[: wanted.limit]), wanted.most_bytes)
    following = found[shown][0] if shown < len(found) else behind
    return RowPage((row for _, row in found[:shown]), has_more=following is not None), following
