"""Layers that center and scale what flows through them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, formerly, superfluous
from spec.layers.base import (
    FOREIGN,
    Geometry,
    Layer,
    Shape,
    ShapeFault,
    Variable,
    along_axes,
    axis_index,
    axis_indices,
    elementwise,
    using_mask,
)
from spec.layers.masks import Masked, MaskShape
from spec.networks.constraints import ConstraintField
from spec.networks.initializers import InitializerField
from spec.networks.left_out import LEFT_OUT_LAYER_ARGUMENTS
from spec.networks.regularizers import RegularizerField
from spec.networks.sizes import LARGEST_SIZE, Axes, Axis, Fraction, NotNegative, listed

SCALE_AND_SHIFT = 2
MOMENTS_SCALE_AND_SHIFT = 8
"""Operations an element: its share of mean and variance, then centering, scaling and shifting. An estimate."""


class ScaledAndShifted(Layer, is_base=True):
    """Base of those that learn a scale (``gamma``) and a shift (``beta``)."""

    epsilon: NotNegative = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: InitializerField = "zeros"
    gamma_initializer: InitializerField = "ones"
    beta_regularizer: RegularizerField | None = None
    gamma_regularizer: RegularizerField | None = None
    beta_constraint: ConstraintField | None = None
    gamma_constraint: ConstraintField | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **FOREIGN,
        "gamma_init": formerly("gamma_initializer"),
        "beta_init": formerly("beta_initializer"),
        "rms_scaling": Retired("RMS scaling is a layer of its own. Use `RMSNormalization`."),
        "mode": superfluous("Keras now has only one mode."),
        "synchronized": superfluous(LEFT_OUT_LAYER_ARGUMENTS["synchronized"]),
    }
    CARRIES_MASK: ClassVar[bool] = True

    def learned(self, shape: Shape) -> list[Variable]:
        """Scale and shift, where they are wanted."""
        variables: list[Variable] = []
        if self.scale:
            variables.append(Variable("gamma", shape, "gamma"))
        if self.center:
            variables.append(Variable("beta", shape, "beta"))
        return variables


class RenormClipping(Section):
    """Bounds of batch renormalization's corrections. Source: Ioffe (2017)."""

    IS_IN_FLOAT32: ClassVar[bool] = True

    rmax: float | None = None
    rmin: float | None = None
    dmax: NotNegative | None = None

    @rule
    def _check_order(self) -> None:
        if self.rmax is not None and self.rmin is not None and self.rmax < self.rmin:
            raise_faults([fault_error("out_of_range", "`rmax` must not be less than `rmin`.", at=("rmax",))])


class BatchNormalization(ScaledAndShifted):
    """Normalizes by the mean and variance of the batch in training, and by their moving averages otherwise.

    Source: Ioffe and Szegedy (2015).
    """

    axis: Axis = -1
    momentum: Fraction = 0.99
    moving_mean_initializer: InitializerField = "zeros"
    moving_variance_initializer: InitializerField = "ones"
    renorm: bool = False
    renorm_clipping: RenormClipping | None = None
    renorm_momentum: Fraction = 0.99

    def arguments(self) -> dict[str, Any]:
        """As `Layer.arguments`; Keras takes the clipping as a dictionary."""
        said = super().arguments()
        if self.renorm_clipping is not None:
            said["renorm_clipping"] = self.renorm_clipping.model_dump(exclude_unset=True)
        return said

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Scale, shift, and the moving averages, which are not trained."""
        shape = self.single(inputs)
        size = (shape[axis_index(self.axis, shape, field="axis")],)
        moving = [
            Variable("moving_mean", size, "moving_mean", is_trainable=False),
            Variable("moving_variance", size, "moving_variance", is_trainable=False),
        ]
        if self.renorm:
            moving += [
                Variable("moving_stddev", size, "moving_variance", is_trainable=False),
                Variable("renorm_mean", size, "moving_mean", is_trainable=False),
                Variable("renorm_stddev", size, "moving_variance", is_trainable=False),
            ]
        return elementwise(shape, cost=MOMENTS_SCALE_AND_SHIFT, variables=(*self.learned(size), *moving))

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """Mean and variance are those of the places that are not masked."""
        del output
        return using_mask(self.type, masks, inputs[0], is_carried=True)


class LayerNormalization(ScaledAndShifted):
    """Normalizes each row by its mean and variance along one or more axes. Source: Ba et al. (2016)."""

    axis: Axes = -1

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Scale and shift in the shape of the axes."""
        shape = self.single(inputs)
        axis_indices(listed(self.axis), shape, field="axis")
        size = tuple(shape[axis_index(axis, shape, field="axis")] for axis in sorted(listed(self.axis)))
        return elementwise(shape, cost=MOMENTS_SCALE_AND_SHIFT, variables=tuple(self.learned(size)))


class GroupNormalization(ScaledAndShifted):
    """Normalizes each row by the mean and variance of groups of channels. Source: Wu and He (2018).

    Attributes:
        groups: The number of groups. -1 is one group per channel.
    """

    groups: Annotated[int, Field(ge=-1, le=LARGEST_SIZE)] = 32
    axis: Axis = -1

    @rule
    def _check_groups(self) -> None:
        if self.groups == 0:
            raise_faults(
                [
                    fault_error(
                        "out_of_range", "This must be at least 1, or -1 for one group per channel.", at=("groups",)
                    )
                ]
            )

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Scale and shift for each channel, whose number the groups must divide."""
        shape = self.single(inputs)
        channels = shape[axis_index(self.axis, shape, field="axis")]
        if self.groups != -1 and channels % self.groups:
            sentence = f"{channels} channels cannot be divided into {self.groups} groups of equal size."
            raise ShapeFault(sentence, field="groups", code="uneven_groups")
        return elementwise(shape, cost=MOMENTS_SCALE_AND_SHIFT, variables=tuple(self.learned((channels,))))


class RMSNormalization(Layer):
    """Normalizes by the root mean square along one or more axes. Source: Zhang and Sennrich (2019)."""

    axis: Axes = -1
    epsilon: NotNegative = 1e-6

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """A scale in the shape of the axes, which must be the last ones: Keras multiplies by it as it is."""
        shape = self.single(inputs)
        indices = axis_indices(sorted(listed(self.axis)), shape, field="axis")
        if indices != list(range(len(shape) - len(indices), len(shape))):
            sentence = (
                "Keras normalizes only along the last axes. Use -1 or [-2, -1], and a `Permute` before this layer for "
                "other axes."
            )
            raise ShapeFault(sentence, field="axis", code="no_axis")
        size = tuple(shape[index] for index in indices)
        return elementwise(shape, cost=MOMENTS_SCALE_AND_SHIFT, variables=(Variable("scale", size, "scale"),))


class UnitNormalization(Layer):
    """Scales to the length 1 along one or more axes."""

    axis: Axes = -1

    CARRIES_MASK: ClassVar[bool] = True

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Every element becomes one."""
        return along_axes(listed(self.axis), self.single(inputs), cost=MOMENTS_SCALE_AND_SHIFT)
