"""Activations as layers of their own."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from spec.language.retired import Retired, formerly
from spec.layers.base import (
    FOREIGN,
    Geometry,
    Layer,
    Shape,
    ShapeFault,
    Variable,
    along_axes,
    axis_indices,
    elementwise,
)
from spec.layers.masks import UNMASKED, Masked, MaskShape
from spec.networks.activations import ActivationField
from spec.networks.constraints import ConstraintField
from spec.networks.initializers import InitializerField
from spec.networks.regularizers import RegularizerField
from spec.networks.sizes import LARGEST_RANK, Axes, NotNegative, Whole, WholeOrList, listed


class Elementwise(Layer, is_base=True):
    """Base of those that look at each element alone."""

    CARRIES_MASK: ClassVar[bool] = True

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Every element becomes one."""
        return elementwise(self.single(inputs))


class Activation(Elementwise):
    """Applies an activation function, given by its name."""

    activation: ActivationField


class ReLU(Elementwise):
    """Rectified linear unit, with an optional slope below `threshold` and an optional `max_value`."""

    max_value: NotNegative | None = None
    negative_slope: NotNegative = 0.0
    threshold: NotNegative = 0.0

    RETIRED: ClassVar[Mapping[str, Retired]] = {**FOREIGN, "alpha": formerly("negative_slope")}


class LeakyReLU(Elementwise):
    """`x`, or below 0 `negative_slope * x`."""

    negative_slope: NotNegative = 0.3

    RETIRED: ClassVar[Mapping[str, Retired]] = {**FOREIGN, "alpha": formerly("negative_slope")}


class PReLU(Elementwise):
    """`x`, or below 0 a learned slope times `x`: one slope per element, or one along `shared_axes`."""

    alpha_initializer: InitializerField = "Zeros"
    alpha_regularizer: RegularizerField | None = None
    alpha_constraint: ConstraintField | None = None
    shared_axes: Annotated[Whole, WholeOrList(1, LARGEST_RANK)] | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = {**FOREIGN, "init": formerly("alpha_initializer")}

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Slopes in the input's shape, 1 along the shared axes."""
        shape = self.single(inputs)
        shared = () if self.shared_axes is None else axis_indices(listed(self.shared_axes), shape, field="shared_axes")
        slopes = tuple(1 if index in shared else size for index, size in enumerate(shape))
        return elementwise(shape, cost=2, variables=(Variable("alpha", slopes, "alpha"),))


class ELU(Elementwise):
    """`x`, or below 0 `alpha * (exp(x) - 1)`."""

    alpha: float = 1.0


class Softmax(Layer):
    """Softmax along one or more axes."""

    axis: Axes = -1

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Every element becomes one."""
        return along_axes(listed(self.axis), self.single(inputs), cost=3)

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """Keras lays the mask upon the last axes, where it does not fit."""
        del inputs, output
        if masks[0] is None:
            return UNMASKED
        sentence = (
            "Keras cannot compute this layer on a masked input. Use "
            '{"type": "Activation", "activation": "softmax"}, or add a layer that drops the mask, such as `Reshape`, '
            "before it."
        )
        raise ShapeFault(sentence, code="mask_shape")
