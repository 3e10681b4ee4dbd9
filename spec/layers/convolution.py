"""Convolutions and their transposes."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel

from spec.language.declared import rule
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, formerly, superfluous
from spec.layers.base import Geometry, Layer, Shape, ShapeFault, Variable
from spec.layers.fields import Along1, Along2, DataFormat, Padding
from spec.layers.kernels import Activated, KernelLayer
from spec.layers.windows import Windows
from spec.networks.sizes import LARGEST_SIZE, Size, Whole, WholeOrList, spread

SEQUENCE = ("steps", "channels")
IMAGE = ("height", "width", "channels")

_BOTH_SIDES = Retired("The height and the width are set together, as in [3, 3].", "kernel_size")

CONVOLUTION_FORMERLY: Mapping[str, Retired] = {
    "nb_filter": formerly("filters"),
    "nb_row": _BOTH_SIDES,
    "nb_col": _BOTH_SIDES,
    "filter_length": formerly("kernel_size"),
    "subsample": formerly("strides"),
    "subsample_length": formerly("strides"),
    "border_mode": formerly("padding"),
    "atrous_rate": formerly("dilation_rate"),
    "dim_ordering": superfluous("The channels are always the last axis."),
}
"""What older Kerases called the arguments of convolutions."""


class OfSequences(BaseModel):
    """Base of the layers whose input is a sequence; it stands before the base of their family."""

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE


class OfImages(BaseModel):
    """Base of the layers whose input is an image, likewise."""

    AXES: ClassVar[tuple[str, ...]] = IMAGE


class ConvolvesSequences(OfSequences):
    """Base of the convolutions over a sequence."""

    kernel_size: Along1
    strides: Along1 = 1
    dilation_rate: Along1 = 1


class ConvolvesImages(OfImages):
    """Base of the convolutions over an image."""

    kernel_size: Along2
    strides: Along2 = (1, 1)
    dilation_rate: Along2 = (1, 1)


class Sliding(Layer, is_base=True):
    """Base of the layers whose ``filters`` windows slide over the axes before the channels."""

    filters: Size
    kernel_size: Whole
    strides: Whole = 1
    padding: str = "valid"
    data_format: DataFormat | None = None
    dilation_rate: Whole = 1

    AXES: ClassVar[tuple[str, ...]] = SEQUENCE

    @property
    def sides(self) -> int:
        """How many axes the windows slide over."""
        return len(self.AXES) - 1

    @property
    def windows(self) -> Windows:
        """The windows along each."""
        return Windows.over(self.sides, self.kernel_size, self.strides, self.dilation_rate, self.padding)

    @rule
    def _check_dilation(self) -> None:
        if max(self.windows.strides) > 1 and max(self.windows.dilations) > 1:
            sentence = (
                "`strides` and `dilation_rate` cannot both be greater than 1, because TensorFlow has no kernel for "
                "that."
            )
            raise_faults([fault_error("strided_dilation", sentence, at=("dilation_rate",))])


class Convolution(Sliding, KernelLayer, is_base=True):
    """Base of the convolutions."""

    RETIRED: ClassVar[Mapping[str, Retired]] = {**Activated.RETIRED, **CONVOLUTION_FORMERLY}

    def with_bias(self, output: Shape, kernel: Shape, products: int, kept: int = 0) -> Geometry:
        """The geometry, where every output element takes so many products, and so much is kept beside it."""
        variables = [Variable("kernel", kernel, "kernel")]
        if self.use_bias:
            variables.append(Variable("bias", (self.filters,), "bias"))
        size = math.prod(output)
        extra = int(self.use_bias) + int(self.is_activated)
        return Geometry(
            output,
            tuple(variables),
            flops=size * (2 * products + extra),
            kept=size * (1 + int(self.is_activated)) + kept,
        )


class GroupedConvolution(Convolution, is_base=True):
    """Base of those that may split the channels in groups, each with filters of its own."""

    groups: Size = 1

    @rule
    def _check_groups(self) -> None:
        if self.filters % self.groups:
            sentence = f"{self.filters} filters cannot be divided into {self.groups} groups of equal size."
            raise_faults([fault_error("uneven_groups", sentence, at=("groups",))])

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Kernel (*window, channels / groups, filters)."""
        shape = self.single(inputs)
        *lengths, channels = shape
        if channels % self.groups:
            sentence = f"{channels} channels cannot be divided into {self.groups} groups of equal size."
            raise ShapeFault(sentence, field="groups", code="uneven_groups")
        windows = self.windows
        outputs = windows.slide(tuple(lengths), field="kernel_size")
        kernel = (*windows.sizes, channels // self.groups, self.filters)
        apart = windows.spread_out(tuple(lengths), channels, self.filters)
        return self.with_bias((*outputs, self.filters), kernel, math.prod(kernel[:-1]), apart)


class Conv1D(ConvolvesSequences, GroupedConvolution):
    """Convolution over a sequence."""

    padding: Literal["valid", "same", "causal"] = "valid"


class Conv2D(ConvolvesImages, GroupedConvolution):
    """Convolution over an image."""

    padding: Padding = "valid"


class TransposedConvolution(Convolution, is_base=True):
    """Base of the transposed convolutions, which widen what convolutions narrow."""

    output_padding: Whole | None = None

    @rule
    def _check_output_padding(self) -> None:
        if self.output_padding is not None:
            extras, strides = spread(self.output_padding, self.sides), spread(self.strides, self.sides)
            if any(extra >= stride for extra, stride in zip(extras, strides, strict=True)):
                sentence = "This must be less than the stride along every axis."
                raise_faults([fault_error("out_of_range", sentence, at=("output_padding",))])
            # The output would be too short for as many windows as the input is long. TensorFlow's kernels fail on that,
            # or read and write past the end of their memory.
            reaches = self.windows.reach
            if self.padding == "same" and any(
                reach % 2 + extra == 0 for reach, extra in zip(reaches, extras, strict=True)
            ):
                sentence = (
                    'With `padding` "same" and a kernel of even length, this must be at least 1. Or leave it out.'
                )
                raise_faults([fault_error("out_of_range", sentence, at=("output_padding",))])

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Kernel (*window, filters, channels)."""
        shape = self.single(inputs)
        *lengths, channels = shape
        windows = self.windows
        extras = (None,) * self.sides if self.output_padding is None else spread(self.output_padding, self.sides)
        outputs = windows.widen(tuple(lengths), extras)
        kernel = (*windows.sizes, self.filters, channels)
        # Every input element is multiplied with the whole kernel; the outputs share that work among them.
        products = math.prod(kernel) * math.prod(lengths) // (math.prod(outputs) * self.filters)
        return self.with_bias((*outputs, self.filters), kernel, products)


class Conv1DTranspose(ConvolvesSequences, TransposedConvolution):
    """Transposed convolution over a sequence."""

    padding: Padding = "valid"
    output_padding: Annotated[Whole, WholeOrList(0, LARGEST_SIZE, length=1)] | None = None


class Conv2DTranspose(ConvolvesImages, TransposedConvolution):
    """Transposed convolution over an image."""

    padding: Padding = "valid"
    output_padding: Annotated[Whole, WholeOrList(0, LARGEST_SIZE, length=2)] | None = None
