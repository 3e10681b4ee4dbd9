"""The epochs of a job, as they are read."""

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.pages import RowPage, fitting
from db.tables.attempts import Epoch

ROW_BYTES = 150
"""What a row comes to beside its metrics, as JSON."""


class EpochRow(NamedTuple):
    """One epoch; ``metrics_json`` is a JSON object as text, to be spliced into an answer or decoded.

    A tuple and no more columns than are shown: a page may hold 10,000 of them.
    """

    epoch: int
    metrics_json: str
    duration_seconds: float
    fraction: float
    eta_seconds: float | None


EPOCH_COLUMNS: tuple[Any, ...] = tuple(getattr(Epoch, name) for name in EpochRow._fields)
_PAGE = (
    select(*EPOCH_COLUMNS)
    .where(Epoch.job_id == bindparam("job_id"), Epoch.epoch > bindparam("after_epoch"))
    .order_by(Epoch.epoch)
    .limit(bindparam("page_rows"))
)


_METRICS = itemgetter(EpochRow._fields.index("metrics_json"))


@dataclass(frozen=True)
class Bound:
    """What a page of epochs may come to.

    Attributes:
        most_bytes: As JSON; one row comes in any case.
        metrics_bytes: What one epoch's metrics come to, about: those of a job are all alike.
    """

    most_bytes: int
    metrics_bytes: int

    @property
    def rows(self) -> int:
        """So many are worth reading."""
        return self.most_bytes // (self.metrics_bytes + ROW_BYTES) + 1

    def estimated_bytes(self, limit: int) -> int:
        """What a page of so many rows at most will come to, about."""
        return min(limit, self.rows) * (self.metrics_bytes + ROW_BYTES)


async def page(
    connection: AsyncConnection, job_id: str, after_epoch: int, limit: int, bound: Bound | None = None
) -> RowPage[EpochRow]:
    """A job's epochs after ``after_epoch`` (0 for all), rising, at most ``limit`` and not more than the bound."""
    wanted = 1 + (limit if bound is None else min(limit, bound.rows))
    found = await connection.execute(_PAGE, {"job_id": job_id, "after_epoch": after_epoch, "page_rows": wanted})
    # SQLAlchemy's rows have the fields' names and are tuples but for their class: making others costs a fifth more.
    rows = cast("list[EpochRow]", found.all())
    # The last one read tells that there are more.
    shown = rows[: wanted - 1]
    if bound is not None and len(rows) * ROW_BYTES + sum(map(len, map(_METRICS, rows))) > bound.most_bytes:
        shown = shown[: fitting((len(row.metrics_json) + ROW_BYTES for row in shown), bound.most_bytes)]
    return RowPage(shown, has_more=len(rows) > len(shown))
