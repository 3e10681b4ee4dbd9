"""A few rows of a long course: of each of some spans of epochs the first ones, and the last of all."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from db.tables.attempts import Epoch, EpochSignals


@dataclass(frozen=True)
class Extract:
    """Which rows to read.

    Attributes:
        spans: The first and the last epoch of each span, both included; rising, and apart.
        rows_each: How many rows of a span to read at most.
    """

    spans: Sequence[tuple[int, int]]
    rows_each: int


class _Course:
    """A table with a row an epoch, of which one text is read."""

    def __init__(self, table: type[Epoch | EpochSignals], text: InstrumentedAttribute[str]) -> None:
        chosen = select(table.epoch, text).where(
            table.job_id == bindparam("job_id"), table.epoch.between(bindparam("first"), bindparam("last"))
        )
        self._first = chosen.order_by(table.epoch).limit(bindparam("most_rows"))
        self._last = chosen.order_by(table.epoch.desc()).limit(1)

    async def __call__(self, connection: AsyncConnection, job_id: str, wanted: Extract) -> list[tuple[int, str]]:
        """Epochs and the JSON of each, rising."""
        found: list[tuple[int, str]] = []
        for first, last in wanted.spans:
            asked = {"job_id": job_id, "first": first, "last": last, "most_rows": wanted.rows_each}
            found += [(epoch, text) for epoch, text in await connection.execute(self._first, asked)]
        if wanted.spans:
            asked = {
                "job_id": job_id,
                "first": found[-1][0] + 1 if found else wanted.spans[0][0],
                "last": wanted.spans[-1][1],
            }
            found += [(epoch, text) for epoch, text in await connection.execute(self._last, asked)]
        return found


metrics = _Course(Epoch, Epoch.metrics_json)
"""Of the metrics, as `spec.language.numbers` writes them."""
signals = _Course(EpochSignals, EpochSignals.signals_json)
"""Of the signals: an object by layer, of an object by signal."""
