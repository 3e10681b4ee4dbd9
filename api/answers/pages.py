"""Lists as every call answers them, and the cursors that lead from one page to the next."""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from api.answers.errors import QueryFaulty
from db.connections.engine import Database
from db.pages import RowPage
from spec.ids import Prefix, is_id
from spec.language.faults import Fault

Item = TypeVar("Item")
Position = TypeVar("Position")


_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
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


async def read_page(
    database: Database, read: Callable[[Any], Awaitable[RowPage[Item]]]
) -> tuple[RowPage[Item], str | None]:
    """A page of a list that is ordered by ids, newest first, and the id that the next page starts behind.

    Args:
        database: Where the list is.
        read: Reads the page with a connection.

    Raises:
        DatabaseUnavailable: If the database does not answer.
    """
    async with database.read() as connection:
        rows = await read(connection)
    return rows, next_behind(rows, lambda row: row.id)


def next_behind(rows: RowPage[Item], place_of: Callable[[Any], Position]) -> Position | None:
    """What the next page starts behind, which is None where this one is the last.

    Args:
        rows: This page's.
        place_of: What a row has that a page can start behind.
    """
    return place_of(rows[-1]) if rows.has_more else None


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


def id_of(cursor: str | None, prefix: Prefix) -> str | None:
    """The id that a cursor stands for; None where there is no cursor.

    Raises:
        QueryFaulty: If it is none of a list with such ids.
    """
    if cursor is None:
        return None
    position = _decoded(cursor)
    if not is_id(position, prefix):
        raise _foreign_cursor()
    return position


def numbers_of(cursor: str, count: int = 1, *, mark: str = "") -> list[int]:
    """The numbers that a cursor stands for, of a list that is ordered by them.

    Args:
        cursor: Of the request.
        count: How many numbers a position of the list has.
        mark: What positions of this list begin with, so that no other list's are taken for them.

    Raises:
        QueryFaulty: If it is none of such a list.
    """
    position = _decoded(cursor)
    numbers = position.removeprefix(mark).split("-")
    if not position.startswith(mark) or len(numbers) != count or not all(map(_NUMBER.fullmatch, numbers)):
        raise _foreign_cursor()
    return [int(number) for number in numbers]


def _decoded(cursor: str) -> str:
    """The position that a cursor stands for; empty if it is no cursor at all."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""


def _foreign_cursor() -> QueryFaulty:
    fault = Fault(
        pointer="",
        message="This is not a cursor of this list. Use the `next_cursor` of the previous page.",
        code="unknown_cursor",
    )
    return QueryFaulty([("cursor", fault)])
