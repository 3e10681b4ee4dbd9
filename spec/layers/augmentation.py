"""Layers that vary pictures at random, in training alone: where what is on them stands.

As Keras has them, each draws random numbers of its own for every picture. In evaluation, and in `predict`, they give
back what they get. Those that change values are in `spec.layers.picture_values`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel

from spec.language.retired import Retired, called, superfluous
from spec.layers.base import FOREIGN, Geometry, Shape, ShapeFault, elementwise
from spec.layers.convolution import OfImages
from spec.layers.dropout import Disturbance
from spec.layers.fields import DataFormat
from spec.layers.ranges import Factor, NumberOrRange, Share, Signed
from spec.networks.sizes import Fraction

COLOURS = 3

FillMode = Literal["constant", "reflect", "wrap", "nearest"]
Interpolation = Literal["nearest", "bilinear"]

_BOXES = superfluous("Only pictures are augmented, and there are no boxes around what is on them.")


class Formatted(BaseModel):
    """Base of those that take the order of axes; it stands before the base of their family."""

    data_format: DataFormat | None = None


class PictureAugmentation(OfImages, Disturbance, is_base=True):
    """Base of those that vary pictures.

    Class attributes:
        COST: Operations for each number of a picture; an estimate.
        NEEDS_COLOURS: Whether pictures must have three channels.
        HAS_FLOAT16: Whether Keras 3.15 can compute it in float16.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **FOREIGN,
        "bounding_box_format": _BOXES,
    }
    COST: ClassVar[int] = 4
    NEEDS_COLOURS: ClassVar[bool] = False
    HAS_FLOAT16: ClassVar[bool] = True

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The picture's shape."""
        shape = self.single(inputs)
        if self.NEEDS_COLOURS and shape[-1] != COLOURS:
            sentence = f"`{self.type}` needs pictures with three channels (red, green and blue), not {shape[-1]}."
            raise ShapeFault(sentence, code="no_colours")
        return elementwise(shape, cost=self.COST)


PROBABLE: Mapping[str, Retired] = {
    **PictureAugmentation.RETIRED,
    "p": called("factor"),
    "probability": called("factor"),
}
"""What others call the probability that a picture is varied."""


class Moving(Formatted, PictureAugmentation, is_base=True):
    """Base of those that move what is on a picture, and fill what becomes empty."""

    fill_mode: FillMode = "reflect"
    interpolation: Interpolation = "bilinear"
    fill_value: float = 0.0

    COST: ClassVar[int] = 20


class RandomFlip(Formatted, PictureAugmentation):
    """Flips pictures, each way with a probability of one half."""

    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = "horizontal_and_vertical"

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **PictureAugmentation.RETIRED,
        "p": superfluous("Each way, pictures are flipped with a probability of one half."),
        "horizontal_flip": called("mode"),
        "vertical_flip": called("mode"),
    }
    COST: ClassVar[int] = 2


class RandomRotation(Moving):
    """Rotates pictures.

    Attributes:
        factor: The angle, as a share of a full turn. Positive is counterclockwise.
    """

    factor: Signed

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **PictureAugmentation.RETIRED,
        "degrees": Retired("An angle is a share of a full turn. 36 degrees are 0.1.", "factor"),
        "rotation_range": Retired("An angle is a share of a full turn. 36 degrees are 0.1.", "factor"),
    }


_Zoom = Annotated[Factor, NumberOrRange(-1, 1, is_minimum_excluded=True)]


class RandomZoom(Moving):
    """Zooms in and out of pictures.

    Attributes:
        height_factor: By what share of its height a picture grows (negative: zoomed in) or shrinks (positive).
        width_factor: The same of the width. By default, the picture keeps its proportions.
    """

    height_factor: _Zoom
    width_factor: _Zoom | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **PictureAugmentation.RETIRED,
        "factor": called("height_factor"),
        "zoom_range": called("height_factor"),
    }


class RandomTranslation(Moving):
    """Shifts pictures.

    Attributes:
        height_factor: How far down (positive) or up, as a share of the height.
        width_factor: How far right (positive) or left, as a share of the width.
    """

    height_factor: Signed
    width_factor: Signed

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **PictureAugmentation.RETIRED,
        "height_shift_range": called("height_factor"),
        "width_shift_range": called("width_factor"),
    }


class RandomShear(Moving):
    """Shears pictures.

    Attributes:
        x_factor: How much horizontally, in both directions.
        y_factor: How much vertically.
    """

    x_factor: Share = 0.0
    y_factor: Share = 0.0


class RandomPerspective(Formatted, PictureAugmentation):
    """Shows pictures as if from another place.

    Attributes:
        factor: The probability.
        scale: How much of it.
    """

    factor: Share = 1.0
    scale: Fraction = 1.0
    interpolation: Interpolation = "bilinear"
    fill_value: float = 0.0

    RETIRED: ClassVar[Mapping[str, Retired]] = PROBABLE
    COST: ClassVar[int] = 20

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """As of all of them, for pictures of some extent.

        Raises:
            ShapeFault: If the corners of a picture are on one line: Keras's equations have no solution then.
        """
        geometry = super().geometry(inputs)
        height, width, _ = self.single(inputs)
        if min(height, width) < 2:  # noqa: PLR2004 -- two corners
            sentence = (
                f"A picture of {height} x {width} has no perspective, and Keras cannot compute one. Leave this layer "
                "out."
            )
            raise ShapeFault(sentence, code="flat_picture")
        return geometry
