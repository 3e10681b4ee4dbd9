"""Layers that vary the values of pictures at random, in training alone: brightness, colours, blur."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from spec.language.declared import rule
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, called
from spec.layers.augmentation import COLOURS, PROBABLE, Formatted, PictureAugmentation
from spec.layers.base import Geometry, Shape, ShapeFault, elementwise
from spec.layers.fields import NumberArray, Numbers
from spec.layers.ranges import Factor, NumberOrRange, Range, Share, Signed, ValueRange
from spec.networks.sizes import Fraction, Whole, WholeOrList, spread

BYTES: Range = (0, 255)
"""What Keras takes for the range of values unless it is said."""


class Valued(PictureAugmentation, is_base=True):
    """Base of those that depend on what values pixels can have.

    Attributes:
        value_range: The least and the greatest value of a pixel. In `augment` of a data set, by default that of its
            scaling.
    """

    value_range: ValueRange = BYTES

    @rule
    def _check_range(self) -> None:
        if self.value_range[0] == self.value_range[1]:
            raise_faults([fault_error("empty_range", "The two numbers must differ.", at=("value_range",))])


class RandomContrast(Valued):
    """Changes the contrast of pictures, channel by channel.

    Attributes:
        factor: By what share contrast may fall and rise. Of a single number, it only rises.
    """

    factor: Share


class RandomBrightness(Valued):
    """Makes pictures brighter and darker.

    Attributes:
        factor: By what share of the range of values.
    """

    factor: Signed

    RETIRED: ClassVar[Mapping[str, Retired]] = {**PictureAugmentation.RETIRED, "brightness_range": called("factor")}


class RandomHue(Formatted, Valued):
    """Changes the hue of pictures.

    Attributes:
        factor: How much; 1 is half a turn of the circle of colours.
    """

    factor: Share

    COST: ClassVar[int] = 40
    NEEDS_COLOURS: ClassVar[bool] = True


class RandomSaturation(Formatted, Valued):
    """Changes the saturation of pictures.

    Attributes:
        factor: 0 is grey, 0.5 changes nothing, and 1 is the greatest saturation.
    """

    factor: Share

    COST: ClassVar[int] = 40
    NEEDS_COLOURS: ClassVar[bool] = True


class RandomColorJitter(Formatted, Valued):
    """Changes brightness, contrast, saturation and hue of pictures, in this order.

    Attributes:
        brightness_factor: As the `factor` of `RandomBrightness`. With null, it stays.
        contrast_factor: As that of `RandomContrast`.
        saturation_factor: As that of `RandomSaturation`.
        hue_factor: As that of `RandomHue`.
    """

    brightness_factor: Signed | None = None
    contrast_factor: Share | None = None
    saturation_factor: Share | None = None
    hue_factor: Share | None = None

    COST: ClassVar[int] = 90

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The picture's shape; saturation and hue are those of colours."""
        shape = self.single(inputs)
        for field in ("saturation_factor", "hue_factor"):
            if getattr(self, field) is not None and shape[-1] != COLOURS:
                sentence = f"This needs pictures with three channels (red, green and blue), not {shape[-1]}."
                raise ShapeFault(sentence, field=field, code="no_colours")
        return super().geometry(inputs)


class RandomColorDegeneration(Formatted, Valued):
    """Takes away colour.

    Attributes:
        factor: How much; 1 leaves grey.
    """

    factor: Share

    NEEDS_COLOURS: ClassVar[bool] = True


class RandomGrayscale(Formatted, PictureAugmentation):
    """Makes pictures grey.

    Attributes:
        factor: The probability.
    """

    factor: Fraction = 0.5

    RETIRED: ClassVar[Mapping[str, Retired]] = PROBABLE
    NEEDS_COLOURS: ClassVar[bool] = True


class RandomInvert(Formatted, Valued):
    """Inverts pictures.

    Attributes:
        factor: The probability.
    """

    factor: Share = 1.0

    RETIRED: ClassVar[Mapping[str, Retired]] = PROBABLE


class RandomPosterization(Formatted, Valued):
    """Leaves fewer different values.

    Attributes:
        factor: How many bits of each value stay.
    """

    factor: Annotated[Factor, NumberOrRange(1, 8, is_whole=True)]


class Solarization(Valued):
    """Adds to values, and inverts those above a threshold.

    Attributes:
        addition_factor: The most that is added, as a share of the range of values.
        threshold_factor: The greatest threshold, likewise.
    """

    addition_factor: Share = 0.0
    threshold_factor: Share = 0.0


class RandomSharpness(Formatted, Valued):
    """Blurs and sharpens pictures.

    Attributes:
        factor: 0 is blurred, 0.5 changes nothing, and 1 is sharp.
    """

    factor: Share

    COST: ClassVar[int] = 24


class RandomGaussianBlur(Formatted, Valued):
    """Blurs pictures.

    Attributes:
        factor: The probability.
        kernel_size: The side of the kernel in pixels, an odd number, or its height and width.
        sigma: The standard deviation of the kernel.
    """

    factor: Share = 1.0
    kernel_size: Annotated[Whole, WholeOrList(1, 255, length=2)] = 3
    sigma: Share = 1.0

    RETIRED: ClassVar[Mapping[str, Retired]] = PROBABLE
    HAS_FLOAT16: ClassVar[bool] = False

    @rule
    def _check_kernel(self) -> None:
        if any(side % 2 == 0 for side in spread(self.kernel_size, 2)):
            raise_faults([fault_error("not_odd", "This must be an odd number.", at=("kernel_size",))])

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The picture's shape."""
        return elementwise(self.single(inputs), cost=2 * math.prod(spread(self.kernel_size, 2)))


class RandomErasing(Formatted, Valued):
    """Erases a rectangle.

    Attributes:
        factor: The probability.
        scale: The share of the picture that is erased.
        fill_value: What comes in its place: a number, or one for each of three channels. By default, noise.
    """

    factor: Share = 1.0
    scale: Share = (0.02, 0.33)
    fill_value: Annotated[Numbers, NumberArray(deepest=1)] | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = PROBABLE
    HAS_FLOAT16: ClassVar[bool] = False

    @rule
    def _check_fill(self) -> None:
        if isinstance(self.fill_value, tuple) and len(self.fill_value) != COLOURS:
            sentence = "This must be a number, or a list of three numbers."
            raise_faults([fault_error("list_length", sentence, at=("fill_value",))])

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The picture's shape."""
        shape = self.single(inputs)
        if isinstance(self.fill_value, tuple) and shape[-1] != COLOURS:
            sentence = f"Three numbers are those of three channels, and the input has {shape[-1]}. Use a single number."
            raise ShapeFault(sentence, field="fill_value")
        return super().geometry(inputs)
