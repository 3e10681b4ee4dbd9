"""Layers that add to the sides of what they read, cut from them, or repeat places."""

import math
from collections.abc import Sequence
from typing import Literal

from spec.layers.base import Geometry, Layer, Shape, ShapeFault
from spec.layers.convolution import OfImages, OfSequences
from spec.layers.fields import Along2, DataFormat, Ends, Sides2, both_ends
from spec.networks.sizes import Size, spread


def _geometry(output: Shape) -> Geometry:
    return Geometry(output, kept=math.prod(output))


class ZeroPadding1D(OfSequences, Layer):
    """Adds zeros before and after a sequence."""

    padding: Ends = 1
    data_format: DataFormat | None = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A longer sequence."""
        steps, channels = self.single(inputs)
        return _geometry((steps + sum(spread(self.padding, 2)), channels))


class ZeroPadding2D(OfImages, Layer):
    """Adds zeros around an image."""

    padding: Sides2 = (1, 1)
    data_format: DataFormat | None = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A larger image."""
        height, width, channels = self.single(inputs)
        rows, columns = both_ends(self.padding, 2)
        return _geometry((height + sum(rows), width + sum(columns), channels))


class Cropping1D(OfSequences, Layer):
    """Cuts steps off both ends of a sequence."""

    cropping: Ends = (1, 1)

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A shorter sequence."""
        steps, channels = self.single(inputs)
        left = steps - sum(spread(self.cropping, 2))
        if left < 1:
            raise ShapeFault(
                f"This would crop away all {steps} steps. Crop fewer.", field="cropping", code="cropped_away"
            )
        return _geometry((left, channels))


class Cropping2D(OfImages, Layer):
    """Cuts off the sides of an image."""

    cropping: Sides2 = ((0, 0), (0, 0))
    data_format: DataFormat | None = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A smaller image."""
        height, width, channels = self.single(inputs)
        rows, columns = both_ends(self.cropping, 2)
        output = (height - sum(rows), width - sum(columns), channels)
        if min(output) < 1:
            sentence = f"This would crop away the whole image of {height} x {width}. Crop less."
            raise ShapeFault(sentence, field="cropping", code="cropped_away")
        return _geometry(output)


class UpSampling1D(OfSequences, Layer):
    """Repeats every step of a sequence."""

    size: Size = 2

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A longer sequence."""
        steps, channels = self.single(inputs)
        return _geometry((steps * self.size, channels))


class UpSampling2D(OfImages, Layer):
    """Enlarges an image by whole factors."""

    size: Along2 = (2, 2)
    data_format: DataFormat | None = None
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] = "nearest"

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A larger image."""
        height, width, channels = self.single(inputs)
        rows, columns = spread(self.size, 2)
        return _geometry((height * rows, width * columns, channels))
