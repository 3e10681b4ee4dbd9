"""Convolutions that treat every channel alone, and those that mix the channels afterwards."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from spec.language.retired import Retired, called, formerly, superfluous
from spec.layers.base import Geometry, Shape, ShapeFault, Variable
from spec.layers.convolution import CONVOLUTION_FORMERLY, SEQUENCE, ConvolvesImages, ConvolvesSequences
from spec.layers.fields import DataFormat, Padding
from spec.layers.kernels import Activated
from spec.layers.windows import Windows
from spec.networks.constraints import ConstraintField
from spec.networks.initializers import InitializerField
from spec.networks.regularizers import RegularizerField
from spec.networks.sizes import Size, Whole, spread


class DepthwiseBase(Activated, is_base=True):
    """Base of both: ``depth_multiplier`` windows for each channel."""

    kernel_size: Whole
    strides: Whole = 1
    padding: Padding = "valid"
    data_format: DataFormat | None = None
    dilation_rate: Whole = 1
    depth_multiplier: Size = 1
    depthwise_initializer: InitializerField = "glorot_uniform"
    depthwise_regularizer: RegularizerField | None = None
    depthwise_constraint: ConstraintField | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **Activated.RETIRED,
        **CONVOLUTION_FORMERLY,
        "nb_filter": superfluous("The number of filters follows from the channels and `depth_multiplier`."),
        "init": formerly("depthwise_initializer"),
        "W_regularizer": formerly("depthwise_regularizer"),
        "W_constraint": formerly("depthwise_constraint"),
        "kernel_initializer": called("depthwise_initializer"),
        "kernel_regularizer": called("depthwise_regularizer"),
        "kernel_constraint": called("depthwise_constraint"),
    }
    AXES: ClassVar[tuple[str, ...]] = SEQUENCE

    def windows(self, shape: Shape) -> Windows:
        """The windows along each axis before the channels."""
        return Windows.over(len(shape) - 1, self.kernel_size, self.strides, self.dilation_rate, self.padding)

    def outputs(self, shape: Shape) -> Shape:
        """How far the windows get along each axis before the channels."""
        return self.windows(shape).slide(shape[:-1], field="kernel_size")

    def window(self, shape: Shape) -> Shape:
        """The depthwise kernel: (*window, channels, multiplier).

        Raises:
            ShapeFault: If it is a single number. TensorFlow (oneDNN) then confuses it with the kernel of a plain
                convolution of the same size, in this network or an earlier one of the process, and fails.
        """
        kernel = (*spread(self.kernel_size, len(shape) - 1), shape[-1], self.depth_multiplier)
        if math.prod(kernel) == 1:
            sentence = (
                "The kernel of this layer is a single number, which TensorFlow confuses with the kernel of a plain "
                "convolution. Use a larger `kernel_size` or `depth_multiplier`."
            )
            raise ShapeFault(sentence, code="single_number")
        return kernel

    def assembled(self, shape: Shape, outputs: Shape, variables: list[Variable], products: int) -> Geometry:
        """The geometry for an input of this shape, with the bias and the activation added."""
        if self.use_bias:
            variables.append(Variable("bias", outputs[-1:], "bias"))
        size = math.prod(outputs)
        extra = int(self.use_bias) + int(self.is_activated)
        apart = self.windows(shape).spread_out(shape[:-1], shape[-1], shape[-1] * self.depth_multiplier)
        return Geometry(
            outputs,
            tuple(variables),
            flops=2 * products + size * extra,
            kept=size * (1 + int(self.is_activated)) + apart,
        )


class Depthwise(DepthwiseBase, is_base=True):
    """Base of the depthwise convolutions."""

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Output channels are ``channels * depth_multiplier``."""
        shape = self.single(inputs)
        outputs, kernel = self.outputs(shape), self.window(shape)
        variables = [Variable("kernel", kernel, "depthwise")]
        channels = shape[-1] * self.depth_multiplier
        return self.assembled(shape, (*outputs, channels), variables, math.prod(outputs) * math.prod(kernel))


class DepthwiseConv1D(ConvolvesSequences, Depthwise):
    """Convolution over a sequence, for each channel separately."""


class DepthwiseConv2D(ConvolvesImages, Depthwise):
    """Convolution over an image, for each channel separately."""


class Separable(DepthwiseBase, is_base=True):
    """Base of the separable convolutions: depthwise, then a mix of the channels at every place."""

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **DepthwiseBase.RETIRED,
        "nb_filter": formerly("filters"),
        **{
            word: Retired(
                f"This layer has two kernels. Use `depthwise_{part}` for the first and `pointwise_{part}` for the "
                "second."
            )
            for part, words in {
                "initializer": ("init", "kernel_initializer"),
                "regularizer": ("W_regularizer", "kernel_regularizer"),
                "constraint": ("W_constraint", "kernel_constraint"),
            }.items()
            for word in words
        },
    }

    filters: Size
    pointwise_initializer: InitializerField = "glorot_uniform"
    pointwise_regularizer: RegularizerField | None = None
    pointwise_constraint: ConstraintField | None = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Kernels (*window, channels, multiplier) and (1, …, channels * multiplier, filters)."""
        shape = self.single(inputs)
        outputs, depthwise = self.outputs(shape), self.window(shape)
        pointwise = (*(1,) * len(outputs), shape[-1] * self.depth_multiplier, self.filters)
        variables = [
            Variable("depthwise_kernel", depthwise, "depthwise"),
            Variable("pointwise_kernel", pointwise, "pointwise"),
        ]
        products = math.prod(outputs) * (math.prod(depthwise) + math.prod(pointwise))
        return self.assembled(shape, (*outputs, self.filters), variables, products)


class SeparableConv1D(ConvolvesSequences, Separable):
    """Separable convolution over a sequence: depthwise, then pointwise."""


class SeparableConv2D(ConvolvesImages, Separable):
    """Separable convolution over an image: depthwise, then pointwise."""
