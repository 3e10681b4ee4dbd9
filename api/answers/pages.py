"""Lists as every call answers them, and the cursors that lead from one page to the next."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from api.answers.errors import QueryFaulty
from db.pages import fitting
from spec.language.faults import Fault

Item = TypeVar("Item")
Position = TypeVar("Position")


PAGE_BYTES = 2**20
"""Of a page's rows, about; one row comes in any case."""
METRICS_PAGE_BYTES = 2**22
"""Of a page of metrics: 10,000 rows of some 250 bytes of metrics each."""


class Page(BaseModel, Generic[Item]):
    """A page of a list; ``next_cursor`` leads to the next page."""

    object: Literal["list"] = "list"
    data: list[Item]
    has_more: bool
    next_cursor: str | None


def page(data: Sequence[Any], *, next_after: str | None = None) -> dict[str, Any]:
    """A list's document.

    Args:
        data: The items of this page, each ready for JSON.
        next_after: What the next page starts behind, or None where this page is the last.
    """
    cursor = None if next_after is None else encode_cursor(next_after)
    return {"object": "list", "data": data, "has_more": cursor is not None, "next_cursor": cursor}


def cut(
    rows: Sequence[Item], limit: int, place_of: Callable[[Item], Position]
) -> tuple[Sequence[Item], Position | None]:
    """The rows of this page, and what the next one starts behind, which is None where this one is the last.

    The page ends early where its rows come to more than `PAGE_BYTES`, but not before the first.

    Args:
        rows: One more than the page may hold, if there are so many.
        limit: What it may hold.
        place_of: What a row has that a page can start behind.
    """
    shown = rows[: fitting(map(_bytes_of, rows[:limit]), PAGE_BYTES)]
    return shown, place_of(shown[-1]) if len(rows) > len(shown) else None


def _bytes_of(row: object) -> int:
    """What a row's texts come to, about; all else in it is short."""
    return sum(len(value) for value in _values_of(row) if isinstance(value, str))


def _values_of(row: Any) -> Iterable[object]:  # noqa: ANN401 -- a dataclass of any kind
    return (getattr(row, field.name) for field in fields(row))


def check_start(cursor: str | None, after_epoch: int | None) -> None:
    """Goes on unless a page of epochs is to start in two places at once.

    Raises:
        QueryFaulty: If it is.
    """
    if cursor is not None and after_epoch is not None:
        message = "Use either `cursor` or `after_epoch`, not both."
        raise QueryFaulty([("cursor", Fault(pointer="", message=message, code="contradicting_parameters"))])


def encode_cursor(position: str) -> str:
    """An opaque cursor that stands for a position."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *, shape: re.Pattern[str]) -> str:
    """The position a cursor stands for.

    Raises:
        QueryFaulty: If it is none of this list's.
    """
    try:
        position = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        position = ""
    if not shape.fullmatch(position):
        fault = Fault(
            pointer="",
            message="This is not a cursor of this list. Use the `next_cursor` of the previous page.",
            code="unknown_cursor",
        )
        raise QueryFaulty([("cursor", fault)])
    return position
