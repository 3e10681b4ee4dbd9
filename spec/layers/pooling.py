"""Layers that sum up places: by windows, over everything, or to a given size."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from spec.language.retired import Retired, formerly, superfluous
from spec.layers.base import FOREIGN, Geometry, Layer, Shape, ShapeFault, using_mask
from spec.layers.convolution import SEQUENCE, OfImages, OfSequences
from spec.layers.fields import Along1, Along2, DataFormat, Padding
from spec.layers.masks import Masked, MaskShape
from spec.layers.windows import Windows
from spec.networks.sizes import Whole, spread


class WindowPooling(Layer, is_base=True):
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


class PoolsSequences(OfSequences):
    """Base of those that pool the windows of a sequence."""

    pool_size: Along1
    strides: Along1 | None = None


class PoolsImages(OfImages):
    """Base of those that pool the windows of an image."""

    pool_size: Along2
    strides: Along2 | None = None


class MaxPooling1D(PoolsSequences, WindowPooling):
    """Maximum of each window of a sequence."""

    pool_size: Along1 = 2


class MaxPooling2D(PoolsImages, WindowPooling):
    """Maximum of each window of an image."""

    pool_size: Along2 = (2, 2)


class AveragePooling1D(PoolsSequences, WindowPooling):
    """Mean of each window of a sequence."""


class AveragePooling2D(PoolsImages, WindowPooling):
    """Mean of each window of an image."""


class GlobalPooling(Layer, is_base=True):
    """Base of those that pool over every place."""

    data_format: DataFormat | None = None
    keepdims: bool = False

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The channels; with ``keepdims`` the other axes stay, as 1."""
        shape = self.single(inputs)
        places = (1,) * (len(shape) - 1) if self.keepdims else ()
        return Geometry((*places, shape[-1]), flops=math.prod(shape), kept=shape[-1])


class GlobalMaxPooling1D(OfSequences, GlobalPooling):
    """Maximum of each channel of a sequence."""


class GlobalMaxPooling2D(OfImages, GlobalPooling):
    """Maximum of each channel of an image."""


class GlobalAveragePooling1D(OfSequences, GlobalPooling):
    """Mean of each channel of a sequence; of a masked one, of the steps that are not masked."""

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """The mean is that of the steps that are not masked."""
        del output
        return using_mask(self.type, masks, inputs[0], is_carried=False)


class GlobalAveragePooling2D(OfImages, GlobalPooling):
    """Mean of each channel of an image."""


class AdaptivePooling(Layer, is_base=True):
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


class AdaptsSequences(OfSequences):
    """Base of those that pool a sequence to a size."""

    output_size: Along1


class AdaptsImages(OfImages):
    """Base of those that pool an image to a size."""

    output_size: Along2


class AdaptiveMaxPooling1D(AdaptsSequences, AdaptivePooling):
    """Maximum of each of `output_size` windows of a sequence."""


class AdaptiveMaxPooling2D(AdaptsImages, AdaptivePooling):
    """Maximum of each of `output_size` windows of an image."""


class AdaptiveAveragePooling1D(AdaptsSequences, AdaptivePooling):
    """Mean of each of `output_size` windows of a sequence."""


class AdaptiveAveragePooling2D(AdaptsImages, AdaptivePooling):
    """Mean of each of `output_size` windows of an image."""
