"""Convolutions whose windows are one element and move by strides, where TensorFlow's kernels for CPUs go wrong.

The gradient of such a convolution's kernel, as oneDNN computes it in TensorFlow 2.21, is written past the end of its
memory, and on CPUs without AVX-512 often wrong, where every side of the input is a multiple of its stride and the
channels are no multiple of 16. A transposed convolution has the same gradient with input and output exchanged.
Decision 0023.

And strides far beyond the side that they are taken along: the gradient of the input takes minutes, or ends the process.
Such a window is at one place alone, whatever the stride.
"""

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from keras.src.backend import nn
from keras.src.backend.common import backend_utils

from worker.trainer.untyped import Tensor

_VECTOR = 16
"""How many float32 the widest registers hold; with whole vectors of channels the kernels are right."""

_keras_conv: Any = nn.conv
_keras_conv_transpose: Any = nn.conv_transpose
_transposed_shape: Any = backend_utils.compute_conv_transpose_output_shape


def install() -> None:
    """Have Keras's convolutions compute these cases otherwise, and all others as ever; again changes nothing."""
    nn.conv = _conv
    nn.conv_transpose = _conv_transpose


def _conv(  # noqa: PLR0913, PLR0917 (Keras's signature)
    inputs: Tensor,
    kernel: Tensor,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """As Keras's; of the input only what is read is handed on, and then read without strides.

    Args:
        inputs: (batch, *sides, channels).
        kernel: (*window, channels, filters).
        strides: One, or one a side.
        padding: ``valid`` or ``same``.
        data_format: ``channels_last`` where a case is to be known.
        dilation_rate: One, or one a side.
    """
    steps = _steps(strides, kernel)
    if data_format == "channels_last" and _reach_beyond(steps, inputs.shape[1:-1]):
        strides = steps = tuple(min(pair) for pair in zip(steps, inputs.shape[1:-1], strict=True))
    is_grouped = inputs.shape[-1] != kernel.shape[-2]
    if not is_grouped and _goes_wrong(inputs.shape[1:-1], inputs.shape[-1], kernel, steps, data_format):
        inputs, strides = inputs[:, *(slice(None, None, step) for step in steps)], 1
    return _keras_conv(inputs, kernel, strides, padding, data_format, dilation_rate)


def _conv_transpose(  # noqa: PLR0913, PLR0917 (Keras's signature)
    inputs: Tensor,
    kernel: Tensor,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    output_padding: int | Sequence[int] | None = None,
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """As Keras's; the output is computed without strides, and zeros are put between its elements.

    Args:
        inputs: (batch, *sides, channels).
        kernel: (*window, filters, channels).
        strides: One, or one a side.
        padding: ``valid`` or ``same``.
        output_padding: Elements added to each side of the output.
        data_format: ``channels_last`` where a case is to be known.
        dilation_rate: One, or one a side.
    """
    steps, filters = _steps(strides, kernel), kernel.shape[-2]
    sides = _transposed_shape(
        inputs.shape, kernel.shape[:-2], filters, strides, padding, output_padding, "channels_last", dilation_rate
    )[1:-1]
    if data_format == "channels_last" and output_padding is not None and _reach_beyond(steps, sides):
        extras = _steps(output_padding, kernel)
        strides = steps = tuple(
            min(step, max(side, extra + 1)) for step, side, extra in zip(steps, sides, extras, strict=True)
        )
    if not _goes_wrong(sides, filters, kernel, steps, data_format):
        return _keras_conv_transpose(inputs, kernel, strides, padding, output_padding, data_format, dilation_rate)
    output = _keras_conv_transpose(inputs, kernel, 1, padding, None, data_format, 1)
    for axis, (side, step) in enumerate(zip(sides, steps, strict=True), start=1):
        apart = tf.expand_dims(output, axis + 1)
        wide = tf.pad(apart, [(0, step - 1 if place == axis + 1 else 0) for place in range(len(apart.shape))])
        output = tf.reshape(wide, [-1, *output.shape[1:axis], side, *output.shape[axis + 1 :]])
    return output


def _reach_beyond(steps: Sequence[int], sides: Sequence[int | None]) -> bool:
    return all(sides) and any(step > (side or step) for step, side in zip(steps, sides, strict=True))


def _steps(strides: int | Sequence[int], kernel: Tensor) -> tuple[int, ...]:
    return (strides,) * (len(kernel.shape) - 2) if isinstance(strides, int) else tuple(strides)


def _goes_wrong(
    sides: Sequence[int], channels: int, kernel: Tensor, steps: tuple[int, ...], data_format: str | None
) -> bool:
    """Whether the kernel's gradient would be: ``sides`` and ``channels`` are of what the windows slide over."""
    return (
        data_format == "channels_last"
        and math.prod(kernel.shape[:-2]) == 1
        and max(steps) > 1
        and channels % _VECTOR != 0
        and all(side % step == 0 for side, step in zip(sides, steps, strict=True))
    )
