"""Layers of volumes: rows of four axes, such as scans, or pictures that follow one another."""

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import BaseModel

from spec.layers.base import Geometry, Layer, Shape, ShapeFault
from spec.layers.convolution import GroupedConvolution, TransposedConvolution
from spec.layers.dropout import SpatialDropout
from spec.layers.fields import Along3, DataFormat, Padding, Sides3, both_ends
from spec.layers.pooling import AdaptivePooling, GlobalPooling, WindowPooling
from spec.networks.sizes import LARGEST_SIZE, Whole, WholeOrList, spread

VOLUME = ("depth", "height", "width", "channels")
_SIDES = len(VOLUME) - 1


class OfVolumes(BaseModel):
    """Base of the layers whose input is a volume; it stands before the base of their family."""

    AXES: ClassVar[tuple[str, ...]] = VOLUME


class ConvolvesVolumes(OfVolumes):
    """Base of the convolutions over a volume."""

    kernel_size: Along3
    strides: Along3 = (1, 1, 1)
    dilation_rate: Along3 = (1, 1, 1)


class Conv3D(ConvolvesVolumes, GroupedConvolution):
    """Convolution over a volume."""

    padding: Padding = "valid"


class Conv3DTranspose(ConvolvesVolumes, TransposedConvolution):
    """Transposed convolution over a volume."""

    padding: Padding = "valid"
    output_padding: Annotated[Whole, WholeOrList(0, LARGEST_SIZE, length=3)] | None = None


class PoolsVolumes(OfVolumes):
    """Base of those that pool the windows of a volume."""

    pool_size: Along3
    strides: Along3 | None = None


class MaxPooling3D(PoolsVolumes, WindowPooling):
    """Maximum of each window of a volume."""

    pool_size: Along3 = (2, 2, 2)


class AveragePooling3D(PoolsVolumes, WindowPooling):
    """Mean of each window of a volume."""


class GlobalMaxPooling3D(OfVolumes, GlobalPooling):
    """Maximum of each channel of a volume."""


class GlobalAveragePooling3D(OfVolumes, GlobalPooling):
    """Mean of each channel of a volume."""


class AdaptsVolumes(OfVolumes):
    """Base of those that pool a volume to a size."""

    output_size: Along3


class AdaptiveMaxPooling3D(AdaptsVolumes, AdaptivePooling):
    """Maximum of each of `output_size` windows of a volume."""


class AdaptiveAveragePooling3D(AdaptsVolumes, AdaptivePooling):
    """Mean of each of `output_size` windows of a volume."""


class ZeroPadding3D(OfVolumes, Layer):
    """Adds zeros around a volume."""

    padding: Sides3 = ((1, 1), (1, 1), (1, 1))
    data_format: DataFormat | None = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A larger volume."""
        *lengths, channels = self.single(inputs)
        added = map(sum, both_ends(self.padding, _SIDES))
        output = (*(length + more for length, more in zip(lengths, added, strict=True)), channels)
        return Geometry(output, kept=math.prod(output))


class Cropping3D(OfVolumes, Layer):
    """Cuts off the sides of a volume."""

    cropping: Sides3 = ((1, 1), (1, 1), (1, 1))
    data_format: DataFormat | None = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A smaller volume."""
        *lengths, channels = self.single(inputs)
        cut = map(sum, both_ends(self.cropping, _SIDES))
        output = (*(length - less for length, less in zip(lengths, cut, strict=True)), channels)
        if min(output) < 1:
            sentence = (
                f"This would crop away the whole volume of {' x '.join(str(length) for length in lengths)}. Crop less."
            )
            raise ShapeFault(sentence, field="cropping", code="cropped_away")
        return Geometry(output, kept=math.prod(output))


class UpSampling3D(OfVolumes, Layer):
    """Repeats the places of a volume along each axis."""

    size: Along3 = (2, 2, 2)
    data_format: DataFormat | None = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A larger volume."""
        *lengths, channels = self.single(inputs)
        times = spread(self.size, _SIDES)
        output = (*(length * factor for length, factor in zip(lengths, times, strict=True)), channels)
        return Geometry(output, kept=math.prod(output))


class SpatialDropout3D(OfVolumes, SpatialDropout):
    """Drops whole channels of a volume."""

    data_format: DataFormat | None = None
