"""Lists of things: bounded before anything in them is looked at, so that a huge one costs nothing."""

from collections.abc import Sized
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spec.faults import fault_error, raise_faults


@dataclass(frozen=True)
class AtMost:
    """Annotation of a list or an object that holds at most so many things.

    Attributes:
        count: How many.
        noun: What they are called in the message.
    """

    count: int
    noun: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described: dict[str, Any] = handler(schema)
        return described | {"maxProperties" if described.get("type") == "object" else "maxItems": self.count}

    def _check(self, value: object) -> object:
        if isinstance(value, Sized) and not isinstance(value, str):
            held = len(value)
            if held > self.count:
                raise_faults([fault_error("too_many", f"at most {self.count:,} {self.noun}, not {held:,}")])
        return value
