"""Answers in JSON, and times as the contract spells them."""

from collections.abc import Mapping
from datetime import datetime

import orjson
from starlette.responses import Response


class Json(Response):
    """A JSON answer; text that is already JSON goes in as `fragment`, and is not parsed."""

    media_type = "application/json"

    def __init__(self, content: object, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(orjson.dumps(content), status_code, headers)


def fragment(text: str | None) -> orjson.Fragment | None:
    """JSON text as a part of an answer, as it stands."""
    return None if text is None else orjson.Fragment(text)


def time(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the microsecond, ending in Z.

    Args:
        moment: An aware time in UTC, as every time in the database is.
    """
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
