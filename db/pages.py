"""Pages that are bounded in bytes as well as in rows; at least one row always comes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar, TypeVarTuple

from sqlalchemy import Select, SQLColumnExpression, select
from sqlalchemy.ext.asyncio import AsyncConnection

Row = TypeVar("Row")
Columns = TypeVarTuple("Columns")


class RowPage(list[Row]):
    """The rows of a page.

    Attributes:
        has_more: Whether there are others behind them.
    """

    def __init__(self, rows: Iterable[Row], *, has_more: bool) -> None:
        super().__init__(rows)
        self.has_more = has_more


def fitting(sizes: Iterable[int], most_bytes: int | None) -> int:
    """How many rows of these sizes, from the first on, a page of at most so many bytes has; at least one."""
    count = total = 0
    for size in sizes:
        total += size
        if count and most_bytes is not None and total > most_bytes:
            break
        count += 1
    return count


def page_of(rows: Sequence[Row], limit: int, most_bytes: int | None = None) -> RowPage[Row]:
    """The page that begins with these rows.

    It ends early where its rows come to more than ``most_bytes``, but not before the first.

    Args:
        rows: Dataclasses; one more than the page may hold, if there are so many.
        limit: What it may hold.
        most_bytes: What the texts of its rows may come to, about.
    """
    shown = rows[:limit] if most_bytes is None else rows[: fitting(map(_bytes_of, rows[:limit]), most_bytes)]
    return RowPage(shown, has_more=len(rows) > len(shown))


def newest_first(
    statement: Select[*Columns],
    made_id: SQLColumnExpression[str],
    limit: int,
    before_id: str | None,
) -> Select[*Columns]:
    """The rows of a page, and one more: ids rise with time, so the newest are those with the greatest.

    Args:
        statement: What to read, of whom.
        made_id: The id that tells when a row was made.
        limit: How many rows the page may hold.
        before_id: Only those made before this one.
    """
    if before_id is not None:
        statement = statement.where(made_id < before_id)
    return statement.order_by(made_id.desc()).limit(limit + 1)


@dataclass(frozen=True)
class PageReader(Generic[Row]):
    """Reads pages of what an owner has, newest first.

    Attributes:
        columns: What is read of each.
        owner: The column that tells whose one is.
        made_id: The id that tells when one was made.
        row_of: Makes a row of its columns.
    """

    columns: Sequence[Any]
    owner: SQLColumnExpression[str]
    made_id: SQLColumnExpression[str]
    row_of: Callable[..., Row]

    async def __call__(
        self,
        connection: AsyncConnection,
        owner: str,
        limit: int,
        before_id: str | None = None,
        *,
        most_bytes: int | None = None,
    ) -> RowPage[Row]:
        """A page.

        Args:
            connection: To read with.
            owner: Whose they are.
            limit: How many at most.
            before_id: Only those made before this one.
            most_bytes: What they may come to; one comes in any case.
        """
        statement = select(*self.columns).where(self.owner == owner)
        found = await connection.execute(newest_first(statement, self.made_id, limit, before_id))
        return page_of([self.row_of(*row) for row in found], limit, most_bytes)


def _bytes_of(row: object) -> int:
    """What a row's texts come to, about; all else in it is short."""
    return sum(len(value) for value in _values_of(row) if isinstance(value, str))


def _values_of(row: Any) -> Iterable[object]:  # noqa: ANN401 -- a dataclass of any kind
    return (getattr(row, field.name) for field in fields(row))
