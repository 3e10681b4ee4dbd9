"""Recurrent layers of pictures that follow one another: their gates are convolutions."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from spec.language.retired import Retired, formerly
from spec.layers.base import Geometry, Shape, ShapeFault
from spec.layers.convolution import CONVOLUTION_FORMERLY, ConvolvesImages, ConvolvesSequences, Sliding
from spec.layers.fields import Along2, Along3, Padding
from spec.layers.masks import UNMASKED, Masked, MaskShape
from spec.layers.recurrent import RECURRENT_FORMERLY, StepReader
from spec.layers.volumes import ConvolvesVolumes
from spec.networks.activations import ActivationField

_FORMERLY: Mapping[str, Retired] = {
    **{name: said for name, said in RECURRENT_FORMERLY.items() if name not in {"output_dim", "hidden_size"}},
    **CONVOLUTION_FORMERLY,
    "inner_activation": formerly("recurrent_activation"),
    "forget_bias_init": Retired("It can only begin with 1, or like the other biases.", "unit_forget_bias"),
    "hidden_dim": Retired("The output has a channel for each filter.", "filters"),
}


class RecurrentConvolution(StepReader, Sliding, is_base=True):
    """Base of the recurrent convolutions: at each step a convolution of the input, and one of the output before.

    Source: Shi et al. (2015), "Convolutional LSTM Network".

    Attributes:
        strides: Of the windows over the input. Those over the output before always move by one, and keep its size.
        padding: At the sides of the input.
        dilation_rate: Of the windows over the input.
        unit_forget_bias: Whether the bias of the forget gate begins with 1.
    """

    padding: Padding = "valid"
    recurrent_activation: ActivationField | None = "sigmoid"
    unit_forget_bias: bool = True

    RETIRED: ClassVar[Mapping[str, Retired]] = _FORMERLY
    WIDTH: ClassVar[str] = "filters"
    CELL: ClassVar[str] = "conv_lstm_cell"
    GATES: ClassVar[int] = 4

    @property
    def sides(self) -> int:
        """How many axes of a step the windows slide over."""
        return len(self.AXES) - 2

    def _places(self, shape: Shape) -> Shape:
        """The axes of a step of the output, but for its channels."""
        return self.windows.slide(shape[1:-1], field="kernel_size")

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Kernels (*window, channels, 4 x filters) and (*window, filters, 4 x filters), and a bias."""
        shape = self.single(inputs)
        steps, *lengths, channels = shape
        self.check_steps(steps)
        windows, places = self.windows, self._places(shape)
        columns = self.GATES * self.filters
        variables = self.variables(
            (*windows.sizes, channels, columns), (*windows.sizes, self.filters, columns), (columns,)
        )
        size, window = math.prod(places), math.prod(windows.sizes)
        # As those of an LSTM at each place, whose products are taken over the window.
        flops = steps * size * columns * (2 * window * (channels + self.filters) + 3)
        read = math.prod(lengths) * channels
        kept = size * (columns + 2 * self.filters) + read
        kept += self.GATES * windows.spread_out(tuple(lengths), channels, self.filters)
        # Each gate drops other elements.
        kept += self.GATES * (bool(self.dropout) * read + bool(self.recurrent_dropout) * size * self.filters)
        output = (*places, self.filters)
        return Geometry((steps, *output) if self.return_sequences else output, variables, flops, kept=steps * kept)

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """A masked step changes nothing, or nothing at the places that are masked.

        Raises:
            ShapeFault: If the mask is of places that the output does not have.
        """
        del output
        mask = masks[0]
        if mask is None:
            return UNMASKED
        places = self._places(inputs[0])
        if mask[1:] != places[: len(mask) - 1] or (self.unroll and len(mask) > 1):
            sentence = (
                f"The mask of the input has the shape {list(mask)}, and `{self.type}` needs one number for each step, "
                f"or one for each place of its output, without `unroll`: the shape {[mask[0], *places]}. Add a layer "
                "that drops the mask, such as `Reshape`, before it."
            )
            raise ShapeFault(sentence, code="mask_shape")
        return Masked(mask if self.return_sequences else None, "used")


class ConvLSTM1D(ConvolvesSequences, RecurrentConvolution):
    """Long short-term memory with convolutions over one axis of each step."""

    AXES: ClassVar[tuple[str, ...]] = ("steps", "length", "channels")


class ConvLSTM2D(ConvolvesImages, RecurrentConvolution):
    """Long short-term memory of images: convolutions over the image of each step."""

    strides: Along2 = 1
    dilation_rate: Along2 = 1

    AXES: ClassVar[tuple[str, ...]] = ("steps", "height", "width", "channels")


class ConvLSTM3D(ConvolvesVolumes, RecurrentConvolution):
    """Long short-term memory of volumes: convolutions over the volume of each step."""

    strides: Along3 = 1
    dilation_rate: Along3 = 1

    AXES: ClassVar[tuple[str, ...]] = ("steps", "depth", "height", "width", "channels")
