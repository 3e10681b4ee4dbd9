"""Layers that read several inputs."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from spec.language.retired import Retired, formerly
from spec.language.sentences import enumeration
from spec.layers.base import FOREIGN, Geometry, Layer, Shape, ShapeFault, axis_index
from spec.layers.masks import UNMASKED, Masked, MaskShape, is_along
from spec.networks.sizes import LARGEST_RANK, Axis, Whole, WholeOrList

PAIR = 2


def broadcast(left: Shape, right: Shape) -> Shape:
    """The shape of an operation on every element of two, axes of size 1 or missing ones being repeated.

    Raises:
        ShapeFault: If they do not fit.
    """
    rank = max(len(left), len(right))
    axes: list[int] = []
    for one, other in zip((1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right, strict=True):
        if 1 not in {one, other} and one != other:
            raise ShapeFault(
                (
                    f"Inputs of the shapes {list(left)} and {list(right)} cannot be merged, because their axes "
                    "differ in size."
                ),
                field="inputs",
            )
        axes.append(max(one, other) if 0 not in {one, other} else 0)
    return tuple(axes)


class Merging(Layer, is_base=True):
    """Base of the layers that merge inputs."""

    FEWEST_INPUTS: ClassVar[int] = 2
    MOST_INPUTS: ClassVar[int | None] = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Element by element, smaller inputs repeated along axes of size 1."""
        output = inputs[0]
        for shape in dict.fromkeys(inputs):  # most layers read inputs of one shape
            output = broadcast(output, shape)
        size = math.prod(output)
        return Geometry(output, flops=size * len(inputs), kept=size)

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """A place is masked where it is in all inputs; where an input has no mask, the output has none."""
        del inputs
        found = [mask for mask in masks if mask is not None]
        if not found:
            return UNMASKED
        if len(found) < len(masks):
            return Masked(None, "lost")
        if any(len(mask) != len(output) - 1 for mask in found):
            raise _unlike_masks(found)
        return Masked(tuple(max(sizes) for sizes in zip(*found, strict=True)), "carried")


def _unlike_masks(masks: Sequence[MaskShape]) -> ShapeFault:
    shapes = enumeration([str(list(mask)) for mask in dict.fromkeys(masks)])
    sentence = (
        f"The masks of its inputs have the shapes {shapes}, and Keras cannot merge them. Put a layer that drops the "
        "mask, such as `Reshape`, behind one of the inputs."
    )
    return ShapeFault(sentence, field="inputs", code="mask_shape")


class Add(Merging):
    """Sum of the inputs."""


class Subtract(Merging):
    """First input minus the second."""

    MOST_INPUTS: ClassVar[int | None] = PAIR


class Multiply(Merging):
    """Product of the inputs, element by element."""


class Average(Merging):
    """Mean of the inputs."""


class Maximum(Merging):
    """Largest of the inputs, element by element."""


class Minimum(Merging):
    """Smallest of the inputs, element by element."""


class Concatenate(Merging):
    """Joins the inputs along an axis; their other axes must have the same size."""

    axis: Axis = -1

    RETIRED: ClassVar[Mapping[str, Retired]] = {**FOREIGN, "concat_axis": formerly("axis")}

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The sum along the axis."""
        first = inputs[0]
        index = axis_index(self.axis, first, field="axis")
        for shape in dict.fromkeys(inputs):
            if len(shape) != len(first) or any(
                one != other for place, (one, other) in enumerate(zip(first, shape, strict=True)) if place != index
            ):
                sentence = (
                    f"Inputs of the shapes {list(first)} and {list(shape)} cannot be concatenated, because they "
                    "differ in "
                    f"other axes than axis {self.axis}."
                )
                raise ShapeFault(sentence, field="inputs")
        total = sum(shape[index] for shape in inputs)
        output = (*first[:index], total, *first[index + 1 :])
        return Geometry(output, kept=math.prod(output))

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """A place is masked where it is in all inputs that have it; an input without a mask has none."""
        if all(mask is None for mask in masks):
            return UNMASKED
        if any(mask is not None and not is_along(mask, shape) for mask, shape in zip(masks, inputs, strict=True)):
            raise _unlike_masks([mask for mask in masks if mask is not None])
        return Masked(output[:-1], "carried")


class Dot(Merging):
    """Dot product of two inputs, along an axis of each."""

    axes: Annotated[Whole, WholeOrList(-LARGEST_RANK, LARGEST_RANK, length=PAIR)]
    normalize: bool = False

    RETIRED: ClassVar[Mapping[str, Retired]] = {**FOREIGN, "dot_axes": formerly("axes")}
    MOST_INPUTS: ClassVar[int | None] = PAIR

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The axes that are left of both; one of size 1 where none is."""
        left, right = inputs
        one, other = self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)
        first, second = axis_index(one, left, field="axes"), axis_index(other, right, field="axes")
        if left[first] != right[second]:
            sentence = f"Axis {one} of {list(left)} and axis {other} of {list(right)} must have the same length."
            raise ShapeFault(sentence, field="axes")
        rest = (*left[:first], *left[first + 1 :], *right[:second], *right[second + 1 :])
        size = math.prod(rest)
        return Geometry(rest or (1,), flops=2 * size * left[first], kept=size)

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """The product has no mask."""
        del inputs, output
        return UNMASKED if all(mask is None for mask in masks) else Masked(None, "lost")
