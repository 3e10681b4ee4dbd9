"""Things that Keras has a name for and that it alone cannot say: they need an argument, or Keras takes no string."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spec.faults import fault_error, raise_faults


@dataclass(frozen=True)
class SpelledOut:
    """Annotation of a field that takes names: these names must be said as objects.

    Attributes:
        sentences: Name -> what to write in its place, and why.
    """

    sentences: Mapping[str, str]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._check, handler(source))

    def _check(self, value: object) -> object:
        if isinstance(value, str) and value in self.sentences:
            raise_faults([fault_error("needs_object", self.sentences[value])])
        return value
