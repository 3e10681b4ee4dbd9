"""Answers in JSON, and times as the contract spells them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast

import orjson
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

Number = float | Literal["NaN", "Infinity", "-Infinity"]
"""A number that may not be finite: then a string, since JSON knows no such number."""


class Json(Response):
    """A JSON answer; text that is already JSON goes in as `fragment`, and is not parsed."""

    media_type = "application/json"

    def __init__(self, content: object, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(_text(content), status_code, headers)


class Document(BaseModel):
    """An answer's document, or a part of one: it has the fields that are declared, and no others."""

    model_config = ConfigDict(extra="forbid")


def _text(content: object) -> bytes:
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        # It refuses integers of more than 64 bits, such as the parameters of an absurd network.
        return orjson.dumps(_spelled_out(content))


def _spelled_out(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return orjson.Fragment(str(value))
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name: _spelled_out(member) for name, member in members.items()}
    if isinstance(value, list | tuple):
        items = cast("list[Any]", value)
        return [_spelled_out(item) for item in items]
    return value


def fragment(text: str | None) -> orjson.Fragment | None:
    """JSON text as a part of an answer, as it stands."""
    return None if text is None else orjson.Fragment(text)


def time(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the microsecond, ending in Z.

    Args:
        moment: An aware time in UTC, as every time in the database is.
    """
    # Twice as fast as `strftime`; what is cut off is "+00:00".
    return None if moment is None else moment.isoformat(timespec="microseconds")[:-6] + "Z"
