"""Layers that sum up places: by windows, over everything, or to a given size."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from spec.language.retired import Retired, formerly, superfluous
from spec.layers.base import FOREIGN, Geometry, Layer, Shape, ShapeFault
from spec.layers.convolution import IMAGE, SEQUENCE
from spec.layers.fields import Along1, Along2, DataFormat, Padding
from spec.layers.windows import Windows
from spec.networks.sizes import Whole, spread


class WindowPooling(Layer):
    """Base of those that pool by windows; unless said, windows do not overlap."""

    pool_size: Whole
    strides: Whole | None = None
    padding: Padding = "valid"
    data_format: DataFormat | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **FOREIGN,
        "pool_length": formerly("pool_size"),
        "stride": formerly("strides"),
        "border_mode": formerly("padding"),
        "dim_ordering": superfluous("The channels are always the last axis."),
    }
    AXES: ClassVar[tuple[str, ...]] = SEQUENCE

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Fewer places, the same channels."""
        shape = self.single(inputs)
        strides = self.pool_size if self.strides is None else self.strides
        windows = Windows.over(len(shape) - 1, self.pool_size, strides, 1, self.padding)
        outputs = windows.slide(shape[:-1], field="pool_size")
        size = math.prod(outputs) * shape[-1]
        return Geometry((*outputs, shape[-1]), flops=size * math.prod(windows.sizes), kept=size)


class MaxPooling1D(WindowPooling):
    """Maximum of each window of a sequence."""

    type: Literal["MaxPooling1D"] = "MaxPooling1D"
    pool_size: Along1 = 2
    strides: Along1 | None = None

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE


class MaxPooling2D(WindowPooling):
    """Maximum of each window of an image."""

    type: Literal["MaxPooling2D"] = "MaxPooling2D"
    pool_size: Along2 = (2, 2)
    strides: Along2 | None = None

    AXES: ClassVar[tuple[str, ...]] = IMAGE


class AveragePooling1D(WindowPooling):
    """Mean of each window of a sequence."""

    type: Literal["AveragePooling1D"] = "AveragePooling1D"
    pool_size: Along1
    strides: Along1 | None = None

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE


class AveragePooling2D(WindowPooling):
    """Mean of each window of an image."""

    type: Literal["AveragePooling2D"] = "AveragePooling2D"
    pool_size: Along2
    strides: Along2 | None = None

    AXES: ClassVar[tuple[str, ...]] = IMAGE


class GlobalPooling(Layer):
    """Base of those that pool over every place."""

    data_format: DataFormat | None = None
    keepdims: bool = False

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The channels; with ``keepdims`` the other axes stay, as 1."""
        shape = self.single(inputs)
        places = (1,) * (len(shape) - 1) if self.keepdims else ()
        return Geometry((*places, shape[-1]), flops=math.prod(shape), kept=shape[-1])


class GlobalMaxPooling1D(GlobalPooling):
    """Maximum of each channel of a sequence."""

    type: Literal["GlobalMaxPooling1D"] = "GlobalMaxPooling1D"

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE


class GlobalMaxPooling2D(GlobalPooling):
    """Maximum of each channel of an image."""

    type: Literal["GlobalMaxPooling2D"] = "GlobalMaxPooling2D"

    AXES: ClassVar[tuple[str, ...]] = IMAGE


class GlobalAveragePooling1D(GlobalPooling):
    """Mean of each channel of a sequence."""

    type: Literal["GlobalAveragePooling1D"] = "GlobalAveragePooling1D"

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE


class GlobalAveragePooling2D(GlobalPooling):
    """Mean of each channel of an image."""

    type: Literal["GlobalAveragePooling2D"] = "GlobalAveragePooling2D"

    AXES: ClassVar[tuple[str, ...]] = IMAGE


class AdaptivePooling(Layer):
    """Base of those whose windows follow from the output's size."""

    output_size: Whole
    data_format: DataFormat | None = None

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """So many places, the same channels; at least two windows must fit every axis.

        Keras pools by windows of ``ceil(length / output)`` and of one more. Where that one more does not fit,
        TensorFlow refuses the mean, and its kernel for the greatest ends the whole process by dividing by zero.
        """
        shape = self.single(inputs)
        sizes = spread(self.output_size, len(shape) - 1)
        if any(-(-length // size) >= length for length, size in zip(shape[:-1], sizes, strict=True)):
            sentence = (
                f"TensorFlow cannot pool {list(shape[:-1])} to {list(sizes)}. "
                "To pool whole axes to 1, use a global pooling layer with `keepdims`."
            )
            raise ShapeFault(sentence, field="output_size", code="window_too_large")
        output = (*sizes, shape[-1])
        return Geometry(output, flops=math.prod(shape) + math.prod(output), kept=math.prod(output))


class AdaptiveMaxPooling1D(AdaptivePooling):
    """Maximum of each of `output_size` windows of a sequence."""

    type: Literal["AdaptiveMaxPooling1D"] = "AdaptiveMaxPooling1D"
    output_size: Along1

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE


class AdaptiveMaxPooling2D(AdaptivePooling):
    """Maximum of each of `output_size` windows of an image."""

    type: Literal["AdaptiveMaxPooling2D"] = "AdaptiveMaxPooling2D"
    output_size: Along2

    AXES: ClassVar[tuple[str, ...]] = IMAGE


class AdaptiveAveragePooling1D(AdaptivePooling):
    """Mean of each of `output_size` windows of a sequence."""

    type: Literal["AdaptiveAveragePooling1D"] = "AdaptiveAveragePooling1D"
    output_size: Along1

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE


class AdaptiveAveragePooling2D(AdaptivePooling):
    """Mean of each of `output_size` windows of an image."""

    type: Literal["AdaptiveAveragePooling2D"] = "AdaptiveAveragePooling2D"
    output_size: Along2

    AXES: ClassVar[tuple[str, ...]] = IMAGE
