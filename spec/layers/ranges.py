"""Numbers, and ranges of them, from which layers draw at random."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from spec.language.faults import fault_error, raise_faults
from spec.language.float32 import LARGEST_FLOAT32
from spec.networks.sizes import is_whole

Range = tuple[float, float]
"""The least and the greatest."""

Factor = float | Range
"""A number, or the least and the greatest."""


@dataclass(frozen=True)
class NumberOrRange:
    """Annotation of a field that takes a number, or a list of two: the least and the greatest.

    Attributes:
        minimum: The least that either may be; None is no limit to either side.
        maximum: The greatest.
        is_minimum_excluded: Whether they must be greater than the minimum.
        is_whole: Whether they are whole numbers.
        is_single_allowed: Whether a number by itself is allowed.
    """

    minimum: float | None = None
    maximum: float | None = None
    is_minimum_excluded: bool = False
    is_whole: bool = False
    is_single_allowed: bool = True

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        number: CoreSchema = core_schema.float_schema(
            ge=None if self.is_minimum_excluded else self.minimum,
            gt=self.minimum if self.is_minimum_excluded else None,
            le=self.maximum,
            allow_inf_nan=False,
        )
        both = core_schema.tuple_variable_schema(number, min_length=2, max_length=2)
        schema = core_schema.union_schema([number, both]) if self.is_single_allowed else both
        return core_schema.no_info_wrap_validator_function(self._check, schema)

    def _check(self, value: object, _inner: Callable[[object], object]) -> object:
        if isinstance(value, list | tuple):
            ends = tuple(self._number(end) for end in cast("Sequence[object]", value))
            if len(ends) != 2 or None in ends:  # noqa: PLR2004 - the least and the greatest
                raise_faults([fault_error("range_type", f"This must be {self._wanted}.")])
            known = cast("tuple[float, float]", ends)
            raise_faults([fault for place, end in enumerate(known) for fault in self._outside(end, at=(place,))])
            return tuple(sorted(known))
        number = self._number(value)
        if number is None or not self.is_single_allowed:
            raise_faults([fault_error("range_type", f"This must be {self._wanted}.")])
        raise_faults(self._outside(cast("float", number), at=()))
        return number

    def _number(self, value: object) -> float | None:
        """A number as it is meant; None where it is none that is finite."""
        if is_whole(value) and abs(value) <= LARGEST_FLOAT32:
            return value
        if not isinstance(value, float) or not math.isfinite(value) or abs(value) > LARGEST_FLOAT32:
            return None
        if self.is_whole:
            return int(value) if value.is_integer() else None
        return value

    def _outside(self, value: float, *, at: tuple[int, ...]) -> list[InitErrorDetails]:
        low, high = self.minimum, self.maximum
        if low is None or high is None:
            return []
        if (low < value if self.is_minimum_excluded else low <= value) and value <= high:
            return []
        lower = f"greater than {low:g} and at most" if self.is_minimum_excluded else f"from {low:g} to"
        return [fault_error("out_of_range", f"This must be {lower} {high:g}.", at=at)]

    @property
    def _wanted(self) -> str:
        noun = "whole number" if self.is_whole else "number"
        many = f"a list of two {noun}s, the least and the greatest"
        return f"a {noun} or {many}" if self.is_single_allowed else many


Share = Annotated[Factor, NumberOrRange(0, 1)]
"""From 0 to 1; of a single number, Keras draws from 0 up to it."""

Signed = Annotated[Factor, NumberOrRange(-1, 1)]
"""From -1 to 1; of a single number, Keras draws from its negative up to it."""

ValueRange = Annotated[Range, NumberOrRange(is_single_allowed=False)]
"""The least and the greatest value of a pixel."""
