"""Layers that only move or repeat what they read."""

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from spec.language.declared import rule
from spec.language.faults import fault_error, raise_faults
from spec.language.sentences import counted
from spec.layers.base import Geometry, Layer, Shape, ShapeFault
from spec.layers.fields import DataFormat
from spec.networks.sizes import LARGEST_RANK, Size, WholeOrList

LARGEST_DIMENSION = 2**31 - 1


class Identity(Layer):
    """Returns its input unchanged."""

    type: Literal["Identity"] = "Identity"

    CARRIES_MASK: ClassVar[bool] = True

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The input's shape."""
        return Geometry(self.single(inputs))


class Flatten(Layer):
    """Flattens a row to a vector."""

    data_format: DataFormat | None = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The product of the input's axes."""
        return Geometry((math.prod(self.single(inputs)),))


class Reshape(Layer):
    """Changes the shape of a row; one axis can be -1, which is computed from the others."""

    target_shape: Annotated[tuple[int, ...], WholeOrList(-1, LARGEST_DIMENSION, is_single_allowed=False)]

    @rule
    def _check_axes(self) -> None:
        if 0 in self.target_shape:
            raise_faults([fault_error("out_of_range", "No axis can be 0.", at=("target_shape",))])
        if self.target_shape.count(-1) > 1:
            raise_faults([fault_error("out_of_range", "Only one axis can be -1.", at=("target_shape",))])

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The target's shape, which must hold as many numbers as the input's."""
        shape = self.single(inputs)
        size, said = math.prod(shape), math.prod(axis for axis in self.target_shape if axis != -1)
        if size % said if -1 in self.target_shape else size != said:
            sentence = (
                f"An input of shape {list(shape)} has {size:,} numbers, which do not fit the shape "
                f"{list(self.target_shape)}."
            )
            raise ShapeFault(sentence, field="target_shape")
        return Geometry(tuple(size // said if axis == -1 else axis for axis in self.target_shape))


class Permute(Layer):
    """Changes the order of the axes of a row; the first axis is 1."""

    dims: Annotated[tuple[int, ...], WholeOrList(1, LARGEST_RANK, is_single_allowed=False)]

    @rule
    def _check_order(self) -> None:
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            sentence = f"This must contain each number from 1 to {len(self.dims)} once."
            raise_faults([fault_error("bad_permutation", sentence, at=("dims",))])

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The input's axes in the new order."""
        shape = self.single(inputs)
        if len(shape) != len(self.dims):
            sentence = (
                f"This orders {counted(len(self.dims), 'axis', 'axes')}, but the input has the shape {list(shape)}."
            )
            raise ShapeFault(sentence, field="dims", code="wrong_rank")
        return Geometry(tuple(shape[axis - 1] for axis in self.dims), kept=math.prod(shape))


class RepeatVector(Layer):
    """Repeats a vector `n` times."""

    n: Size

    AXES = ("features",)

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """``(n, features)``."""
        (features,) = self.single(inputs)
        return Geometry((self.n, features), kept=self.n * features)
