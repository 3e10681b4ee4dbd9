"""Field types that several layers share: windows over an image, paddings, the order of axes, arrays of numbers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spec.language.faults import fault_error, raise_faults
from spec.networks.sizes import LARGEST_SIZE, Whole, WholeOrList, is_whole

Along1 = Annotated[Whole, WholeOrList(1, LARGEST_SIZE, length=1)]
"""A size along the steps of a sequence."""

Along2 = Annotated[Whole, WholeOrList(1, LARGEST_SIZE, length=2)]
"""Sizes along an image's height and width; one number is both."""

Along3 = Annotated[Whole, WholeOrList(1, LARGEST_SIZE, length=3)]
"""Sizes along a volume's depth, height and width; one number is all three."""

Ends = Annotated[Whole, WholeOrList(0, LARGEST_SIZE, length=2)]
"""Elements at the beginning and at the end; one number is both."""

Padding = Literal["valid", "same"]
"""Whether windows stay inside (``valid``) or the input is padded so that strides alone shorten it (``same``)."""


def _refuse_channels_first(value: object) -> object:
    if value == "channels_first":
        sentence = (
            '"channels_first" is not supported, because TensorFlow has no CPU kernels for it. '
            "Leave `data_format` out, and put the channels last."
        )
        raise_faults([fault_error("channels_first", sentence, suggestion="channels_last")])
    return value


DataFormat = Annotated[Literal["channels_last"], BeforeValidator(_refuse_channels_first)]
"""Channels come last; the other order is refused."""

Sides = int | tuple[int | tuple[int, int], ...]
"""Elements at the sides of an image or a volume, in Keras's three spellings."""


@dataclass(frozen=True)
class BothEnds:
    """Annotation of a field like ZeroPadding2D's ``padding``.

    Takes a number, one for each axis, or two for each.

    Attributes:
        axes: How many axes there are.
        wanted: The two longer spellings, as they are told.
    """

    axes: int
    wanted: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        one = core_schema.int_schema(ge=0, le=LARGEST_SIZE)
        two = core_schema.tuple_variable_schema(one, min_length=2, max_length=2)
        axis = core_schema.union_schema([one, two])
        each = core_schema.tuple_variable_schema(axis, min_length=self.axes, max_length=self.axes)
        return core_schema.no_info_wrap_validator_function(self._check, core_schema.union_schema([one, each]))

    def _check(self, value: object, _inner: Callable[[object], object]) -> object:
        if is_whole(value):
            return self._number(value, at=())
        return tuple(
            self._number(side, at=(index,))
            if is_whole(side)
            else tuple(self._number(end, at=(index, place)) for place, end in enumerate(self._list(side, 2, (index,))))
            for index, side in enumerate(self._list(value, self.axes, ()))
        )

    def _list(self, value: object, length: int, at: tuple[int, ...]) -> Sequence[object]:
        if not isinstance(value, list | tuple) or len(cast("Sequence[object]", value)) != length:
            raise_faults([fault_error("sides_type", f"This must be a whole number, {self.wanted}.", at=at)])
        return cast("Sequence[object]", value)

    @staticmethod
    def _number(value: object, *, at: tuple[int, ...]) -> int:
        if not is_whole(value) or not 0 <= value <= LARGEST_SIZE:
            sentence = f"This must be a whole number from 0 to {LARGEST_SIZE:,}."
            raise_faults([fault_error("out_of_range", sentence, at=at)])
        return cast("int", value)


Sides2 = Annotated[Sides, BothEnds(2, "[height, width] or [[top, bottom], [left, right]]")]
"""At the four sides of an image."""

Sides3 = Annotated[Sides, BothEnds(3, "[depth, height, width] or [[front, back], [top, bottom], [left, right]]")]
"""At the six sides of a volume."""


def both_ends(sides: Sides, axes: int) -> tuple[tuple[int, int], ...]:
    """The one long spelling: two numbers for each axis, as in ``((top, bottom), (left, right))``."""
    each = (sides,) * axes if isinstance(sides, int) else sides
    return tuple((side, side) if isinstance(side, int) else side for side in each)


Numbers = float | tuple[Any, ...]
"""A number, or an array of numbers as nested tuples."""


@dataclass(frozen=True)
class NumberArray:
    """Annotation of a field that takes a number or an array of numbers, as nested lists all of one length.

    Attributes:
        minimum: The least number allowed, or None.
        largest_size: How many numbers there may be.
        deepest: How many levels of lists.
    """

    minimum: float | None = None
    largest_size: int = 100_000
    deepest: int = 3

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner: CoreSchema = core_schema.float_schema(ge=self.minimum)
        shapes: list[CoreSchema | tuple[CoreSchema, str]] = [inner]
        for _ in range(self.deepest):
            inner = core_schema.tuple_variable_schema(inner)
            shapes.append(inner)
        return core_schema.no_info_wrap_validator_function(self._check, core_schema.union_schema(shapes))

    def _check(self, value: object, _inner: Callable[[object], object]) -> object:
        if _length(value, self.deepest) > self.largest_size:
            raise_faults([fault_error("array_size", f"This can have at most {self.largest_size:,} numbers.")])
        return self._array(value, at=())

    def _array(self, value: object, *, at: tuple[int, ...]) -> Any:  # noqa: ANN401 - as deep as it comes
        if isinstance(value, list | tuple):
            items = cast("Sequence[object]", value)
            if len(at) >= self.deepest or not items:
                sentence = (
                    f"This must be a number, or lists of numbers that are nested at most {self.deepest} deep and "
                    "not empty."
                )
                raise_faults([fault_error("array_type", sentence, at=at)])
            array = tuple(self._array(item, at=(*at, index)) for index, item in enumerate(items))
            if len({shape_of(item) for item in array}) > 1:
                raise_faults([fault_error("array_type", "All lists at this level must have the same length.", at=at)])
            return array
        number = None if isinstance(value, bool) or not isinstance(value, int | float) else _as_float(value)
        if number is None:
            raise_faults([fault_error("array_type", "This must be a finite number.", at=at)])
        elif self.minimum is not None and number < self.minimum:
            raise_faults([fault_error("out_of_range", f"This must be at least {self.minimum:g}.", at=at)])
        return number


def _length(value: object, depth: int) -> int:
    """How many items nested lists hold, down to a depth."""
    if not isinstance(value, list | tuple):
        return 0
    items = cast("Sequence[object]", value)
    return len(items) + sum(_length(item, depth - 1) for item in items if depth > 1)


def _as_float(value: float) -> float | None:
    """The number as a finite float; None where it is none."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def shape_of(array: Numbers) -> tuple[int, ...]:
    """The shape of an array of nested tuples; ``()`` of a number."""
    return (len(array), *shape_of(array[0])) if isinstance(array, tuple) else ()
