"""Field types for the whole numbers of a network: sizes, axes, seeds, and the pairs that Keras takes for both sides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeGuard, cast

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from spec.language.faults import fault_error, raise_faults

LARGEST_SIZE = 1_048_576
"""The most units, filters, or elements along one axis that one layer may ask for."""

LARGEST_RANK = 32
"""The most axes a shape may have; NumPy's own limit was the same for long."""

MATRIX_RANK = 2
"""A matrix has two axes."""


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a JSON value is a whole number; ``true`` is none, and neither is ``2.0``."""
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class WholeOrList:
    """Annotation of a field that takes a whole number, or a list of them.

    The value stays what was sent: an ``int``, or a ``tuple[int, ...]``.

    Attributes:
        minimum: The least number allowed.
        maximum: The greatest.
        length: How long a list must be; None takes 1 to `LARGEST_RANK` of them.
        is_single_allowed: Whether a bare number may stand for the list.
    """

    minimum: int
    maximum: int
    length: int | None = None
    is_single_allowed: bool = True

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        one = core_schema.int_schema(ge=self.minimum, le=self.maximum)
        many = core_schema.tuple_variable_schema(
            one, min_length=self.length or 1, max_length=self.length or LARGEST_RANK
        )
        inner = core_schema.union_schema([one, many]) if self.is_single_allowed else many
        return core_schema.no_info_wrap_validator_function(self._check, inner)

    def _check(self, value: object, _inner: Callable[[object], object]) -> object:
        if self.is_single_allowed and is_whole(value):
            raise_faults(self._out_of_range(value, at=()))
            return value
        if not isinstance(value, list | tuple):
            raise_faults([fault_error("whole_number_type", f"This must be {self._wanted}.")])
            return None
        items = cast("Sequence[object]", value)
        if len(items) != self.length if self.length is not None else not 1 <= len(items) <= LARGEST_RANK:
            sentence = f"This must be {self._wanted}, not a list of {len(items)}."
            raise_faults([fault_error("list_length", sentence)])
        lines: list[InitErrorDetails] = []
        for index, item in enumerate(items):
            if is_whole(item):
                lines += self._out_of_range(item, at=(index,))
            else:
                lines.append(fault_error("whole_number_type", "This must be a whole number.", at=(index,)))
        raise_faults(lines)
        return tuple(items)

    def _out_of_range(self, value: int, *, at: tuple[int, ...]) -> list[InitErrorDetails]:
        if self.minimum <= value <= self.maximum:
            return []
        return [fault_error("out_of_range", f"This must be from {self.minimum:,} to {self.maximum:,}.", at=at)]

    @property
    def _wanted(self) -> str:
        many = f"a list of {self.length} whole numbers" if self.length else "a list of whole numbers"
        return f"a whole number or {many}" if self.is_single_allowed else many


Whole = int | tuple[int, ...]
"""A whole number, or one an axis."""

Size = Annotated[int, Field(ge=1, le=LARGEST_SIZE)]
"""Units, filters, repetitions."""

Axis = Annotated[int, Field(ge=-LARGEST_RANK, le=LARGEST_RANK)]
"""An axis as Keras counts: the batch is axis 0, the last is -1."""

Axes = Annotated[Whole, WholeOrList(-LARGEST_RANK, LARGEST_RANK)]
"""An axis or several, counted like `Axis`."""

Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
"""A random seed of one layer's or initializer's own, as NumPy and Keras both take it."""

Positive = Annotated[float, Field(gt=0)]
"""A finite number above 0."""

NotNegative = Annotated[float, Field(ge=0)]
"""A finite number, 0 or above."""

Fraction = Annotated[float, Field(ge=0, le=1)]
"""From 0 to 1, both included."""


def listed(value: Whole) -> tuple[int, ...]:
    """A number or a list of them, as a tuple."""
    return value if isinstance(value, tuple) else (value,)


def spread(value: Whole, length: int) -> tuple[int, ...]:
    """A number or a list of them, as one an axis: 3 over two axes is ``(3, 3)``."""
    return value if isinstance(value, tuple) else (value,) * length
