"""Lists of things: bounded before anything in them is looked at, and read no further than a hundred faults."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, TypeVar, cast

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict, ValidationError
from pydantic_core import CoreSchema, core_schema

from spec.language.faults import MOST_FAULTS, fault_error, raise_faults

Member = TypeVar("Member")

Several = Annotated[tuple[Member, ...], Strict(False)]  # noqa: FBT003 - JSON has lists, not tuples
"""A list of things of one type."""

OneOrMore = Annotated[tuple[Member, ...], Strict(False), Field(min_length=1)]  # noqa: FBT003 - likewise
"""A list of things of one type that is not empty."""

Members = list[object] | tuple[object, ...] | dict[object, object]


@dataclass(frozen=True)
class AtMost:
    """Annotation of a list or an object that holds at most so many things.

    After `MOST_FAULTS` faults the rest of it is not read.

    Attributes:
        count: How many.
        noun: What they are called in the message.
    """

    count: int
    noun: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described: dict[str, Any] = handler(schema)
        return described | {"maxProperties" if described.get("type") == "object" else "maxItems": self.count}

    def _read(self, value: object, inner: Callable[[object], object]) -> object:
        if not isinstance(value, list | tuple | dict):
            return inner(value)
        members = cast("Members", value)
        if len(members) > self.count:
            raise_faults(
                [fault_error("too_many", f"This can have at most {self.count:,} {self.noun}, not {len(members):,}.")]
            )
        try:
            return inner(members)
        except ValidationError as error:
            if error.error_count() <= MOST_FAULTS:
                raise
        # To look through the faults of all members is slow, to count them is not. One more than are told: where all
        # members are faulty, the list seems to be empty, too, which is not told.
        count = bisect_left(range(len(members)), MOST_FAULTS + 1, key=lambda count: _faults(inner, members, count))
        return inner(_first(members, count))


def _faults(inner: Callable[[object], object], members: Members, count: int) -> int:
    """How many faults the first so many members have."""
    try:
        inner(_first(members, count))
    except ValidationError as error:
        return error.error_count()
    return 0


def _first(members: Members, count: int) -> Members:
    return dict(islice(members.items(), count)) if isinstance(members, dict) else members[:count]
