"""Pages that are bounded in bytes as well as in rows; at least one row always comes."""

from collections.abc import Iterable
from typing import TypeVar

Row = TypeVar("Row")


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
