"""Layers that tell each step of a sequence where it stands, which attention alone does not know.

Keras has none of its own. The trainer puts them together from Keras's layers, so that Keras alone loads what they are
part of.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from spec.language.retired import Retired, called, superfluous
from spec.layers.attention import STEPS
from spec.layers.base import FOREIGN, Geometry, Layer, Shape, ShapeFault, Variable
from spec.networks.constraints import ConstraintField
from spec.networks.initializers import InitializerField
from spec.networks.regularizers import RegularizerField
from spec.networks.sizes import LARGEST_SIZE, Positive

_LENGTH = superfluous("The number of steps comes from the input.")


class Positions(Layer, is_base=True):
    """Base of those that add something to each step that depends on where it stands."""

    AXES: ClassVar[tuple[str, ...] | None] = STEPS
    IS_OWN: ClassVar[bool] = True
    CARRIES_MASK: ClassVar[bool] = True
    NEEDS_GRAPH: ClassVar[bool] = True

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **FOREIGN,
        "sequence_length": _LENGTH,
        "max_length": _LENGTH,
        "maxlen": _LENGTH,
        "input_dim": _LENGTH,
        "output_dim": superfluous("The number of features comes from the input."),
    }


class PositionEmbedding(Positions):
    """Adds a vector to each step of a sequence, one for each position, all of which are learned.

    Source: Gehring et al. (2017), "Convolutional Sequence to Sequence Learning".
    """

    embeddings_initializer: InitializerField = "uniform"
    embeddings_regularizer: RegularizerField | None = None
    embeddings_constraint: ConstraintField | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **Positions.RETIRED,
        "initializer": called("embeddings_initializer"),
    }

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The input's shape, and a variable of that shape."""
        shape = self.single(inputs)
        size = math.prod(shape)
        return Geometry(shape, (Variable("beta", shape, "embeddings", folder="embeddings"),), flops=size, kept=2 * size)


class SinePositionEncoding(Positions):
    """Adds sines and cosines of the position to each step of a sequence. Source: Vaswani et al. (2017).

    Attributes:
        max_wavelength: The length of the longest wave, in steps, divided by two times pi.
    """

    max_wavelength: Positive = 10000.0

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The input's shape."""
        shape = self.single(inputs)
        size = math.prod(shape)
        if size > LARGEST_SIZE:
            sentence = (
                f"The sines for an input of shape {list(shape)} are {size:,} numbers, and there can be at most "
                f"{LARGEST_SIZE:,} of them. Use `PositionEmbedding`."
            )
            raise ShapeFault(sentence, code="too_many_numbers")
        return Geometry(shape, flops=2 * size, kept=size)
