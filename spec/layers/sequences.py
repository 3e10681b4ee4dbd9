"""Layers that sequences begin with: vectors for whole numbers, and steps that are passed over."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from spec.language.retired import Retired, called, formerly, superfluous
from spec.layers.base import FOREIGN, Geometry, Layer, Shape, ShapeFault, Variable, elementwise
from spec.layers.masks import Masked, MaskShape
from spec.networks.constraints import ConstraintField
from spec.networks.initializers import InitializerField
from spec.networks.regularizers import RegularizerField
from spec.networks.sizes import Size


class Embedding(Layer):
    """Replaces each whole number of a row by a vector that is learned.

    Attributes:
        input_dim: How many different whole numbers there are: each must be less than this, and 0 or more.
        output_dim: The length of each vector.
        mask_zero: Whether 0 stands for nothing, so that the layers after this one pass over it.
    """

    input_dim: Size
    output_dim: Size
    embeddings_initializer: InitializerField = "uniform"
    embeddings_regularizer: RegularizerField | None = None
    embeddings_constraint: ConstraintField | None = None
    mask_zero: bool = False

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **{name: retired for name, retired in FOREIGN.items() if name != "input_dim"},
        "init": formerly("embeddings_initializer"),
        "W_regularizer": formerly("embeddings_regularizer"),
        "W_constraint": formerly("embeddings_constraint"),
        "dropout": superfluous("Add a `SpatialDropout1D` after this layer to drop whole vectors."),
        "num_embeddings": called("input_dim"),
        "vocabulary_size": called("input_dim"),
        "vocab_size": called("input_dim"),
        "embedding_dim": called("output_dim"),
        "padding_idx": Retired("Only the number 0 can be masked, and this says whether it is.", "mask_zero"),
    }

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A vector in the place of each number."""
        shape = self.single(inputs)
        output = (*shape, self.output_dim)
        embeddings = Variable("embeddings", (self.input_dim, self.output_dim), "embeddings")
        return Geometry(output, (embeddings,), kept=math.prod(output))

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """Made of what is 0, whatever mask comes to it."""
        if self.mask_zero:
            return Masked(inputs[0], "made")
        return super().masked(inputs, output, masks)


class Masking(Layer):
    """Masks the steps whose values are all `mask_value`, so that the layers after this one pass over them."""

    mask_value: float = 0.0

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The input's shape."""
        shape = self.single(inputs)
        if not shape:
            raise ShapeFault("`Masking` needs an input with at least one axis.", code="wrong_rank")
        return elementwise(shape, cost=2)

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """Made, whatever mask comes to it."""
        del output, masks
        return Masked(inputs[0][:-1], "made")
