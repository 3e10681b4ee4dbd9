"""Arithmetic of windows that slide over an axis. Source: the formulas of TensorFlow's convolution guide."""

import math
from dataclasses import dataclass

from spec.layers.base import ShapeFault
from spec.networks.sizes import Whole, spread


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows along an image's or a sequence's axes, without the channels.

    Attributes:
        sizes: Elements of a window along each axis.
        strides: From one window's begin to the next one's.
        dilations: From one element of a window to the next.
        padding: ``valid``, ``same`` or ``causal``.
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: str

    @classmethod
    def over(cls, sides: int, sizes: Whole, strides: Whole, dilations: Whole, padding: str) -> "Windows":
        """Windows over so many axes, a single number counting for each."""
        return cls(spread(sizes, sides), spread(strides, sides), spread(dilations, sides), padding)

    @property
    def reach(self) -> tuple[int, ...]:
        """How far a window goes along each axis: ``(size - 1) * dilation + 1``."""
        return tuple((size - 1) * dilation + 1 for size, dilation in zip(self.sizes, self.dilations, strict=True))

    def spread_out(self, lengths: tuple[int, ...], channels: int, filters: int) -> int:
        """How many numbers TensorFlow takes beside input and output where the elements of a window stand apart.

        On CPUs it pads every axis to a multiple of the dilation, and lays what is a dilation apart side by side, forth
        and back: the whole of the padded input twice, and what the windows give for it. Measured with TensorFlow 2.21.

        Args:
            lengths: The input's axes.
            channels: Of the input.
            filters: Channels of the output.
        """
        if max(self.dilations) == 1:
            return 0
        added = [0 if self.padding == "valid" else reach - 1 for reach in self.reach]
        padded = [
            -(-(length + more) // dilation) * dilation
            for length, more, dilation in zip(lengths, added, self.dilations, strict=True)
        ]
        found = [max(1, length - reach + 1) for length, reach in zip(padded, self.reach, strict=True)]
        return 2 * math.prod(padded) * channels + math.prod(found) * filters

    def slide(self, lengths: tuple[int, ...], *, field: str) -> tuple[int, ...]:
        """How many windows fit each axis.

        ``valid``: ``floor((length - reach) / stride) + 1``; else ``ceil(length / stride)``.

        Raises:
            ShapeFault: If a window is larger than its axis; ``field`` is to blame.
        """
        if self.padding != "valid":
            return tuple(-(-length // stride) for length, stride in zip(lengths, self.strides, strict=True))
        outputs = tuple(
            (length - reach) // stride + 1
            for length, reach, stride in zip(lengths, self.reach, self.strides, strict=True)
        )
        if min(outputs) < 1:
            sentence = (
                f"A window of {list(self.reach)} is larger than the input of {list(lengths)}. "
                'Use a smaller window, or set `padding` to "same".'
            )
            raise ShapeFault(sentence, field=field, code="window_too_large")
        return outputs

    def widen(self, lengths: tuple[int, ...], extras: tuple[int | None, ...]) -> tuple[int, ...]:
        """How long the axes become by a transposed convolution.

        Args:
            lengths: The axes.
            extras: ``output_padding``; None lets the output be as long as it can (``valid``), or
                ``length * stride`` (``same``).
        """
        outputs: list[int] = []
        for length, stride, reach, extra in zip(lengths, self.strides, self.reach, extras, strict=True):
            if self.padding == "valid":
                outputs.append((length - 1) * stride + reach + (max(0, stride - reach) if extra is None else extra))
            elif extra is None:
                outputs.append(length * stride)
            else:
                outputs.append((length - 1) * stride + reach % 2 + extra)
        return tuple(outputs)
