"""Layers that bring data to a scale, by numbers the spec says."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from spec.language.declared import rule
from spec.language.faults import fault_error, raise_faults
from spec.layers.base import Geometry, Layer, Shape, ShapeFault, axis_indices, elementwise
from spec.layers.fields import NumberArray, Numbers, shape_of
from spec.networks.sizes import Axes, listed


class Rescaling(Layer):
    """`x * scale + offset`; arrays are broadcast along the last axes of a row."""

    scale: Annotated[Numbers, NumberArray()]
    offset: Annotated[Numbers, NumberArray()] = 0.0

    CARRIES_MASK: ClassVar[bool] = True

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Every element becomes one."""
        shape = self.single(inputs)
        for field, array in (("scale", self.scale), ("offset", self.offset)):
            sizes = shape_of(array)
            if len(sizes) > len(shape) or any(
                size not in {1, axis} for size, axis in zip(sizes, shape[len(shape) - len(sizes) :], strict=True)
            ):
                sentence = f"An array of shape {list(sizes)} does not fit an input of shape {list(shape)}."
                raise ShapeFault(sentence, field=field)
        return elementwise(shape, cost=2)


class Normalization(Layer):
    """`(x - mean) / sqrt(variance)`, or the inverse of it with `invert`.

    Attributes:
        axis: The axes along which mean and variance differ. With null, there is one of each.
        mean: The mean to subtract. To compute it from the data instead, use the ``scaling`` of the data set.
        variance: The variance, by the square root of which the input is divided.
    """

    axis: Axes | None = -1
    mean: Annotated[Numbers, NumberArray()] | None = None
    variance: Annotated[Numbers, NumberArray(minimum=0)] | None = None
    invert: bool = False

    CARRIES_MASK: ClassVar[bool] = True

    @rule
    def _check_moments(self) -> None:
        if self.mean is None or self.variance is None:
            missing = "mean" if self.mean is None else "variance"
            sentence = (
                "`mean` and `variance` are required. To compute them from the data, use `scaling` of the data set."
            )
            raise_faults([fault_error("missing", sentence, at=(missing,))])
        elif shape_of(self.mean) != shape_of(self.variance):
            raise_faults(
                [fault_error("array_shape", "`mean` and `variance` must have the same shape.", at=("variance",))]
            )
        elif len(shape_of(self.mean)) > len(() if self.axis is None else listed(self.axis)):
            sentence = "`mean` must not have more axes than `axis` lists."
            raise_faults([fault_error("array_shape", sentence, at=("mean",))])

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Every element becomes one."""
        shape = self.single(inputs)
        kept = sorted(axis_indices(() if self.axis is None else listed(self.axis), shape, field="axis"))
        sizes = () if self.mean is None else shape_of(self.mean)
        for size, index in zip(reversed(sizes), reversed(kept), strict=False):
            if size not in {1, shape[index]}:
                sentence = f"An array of shape {list(sizes)} does not fit an input of shape {list(shape)}."
                raise ShapeFault(sentence, field="mean")
        return elementwise(shape, cost=2)
