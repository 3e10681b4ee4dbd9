"""What a signal is: a name, and how it is computed for one layer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import tensorflow as tf

from worker.trainer.signals.activations import Activation, activation_of
from worker.trainer.signals.norms import norm_of
from worker.trainer.untyped import KerasObject, Tensor

LayerSignals: TypeAlias = Mapping[str, Mapping[str, float]]
"""A layer's name -> a signal's name -> its value. What means nothing for a layer is missing."""

_MOST_NUMBERS = 2**20
"""Of a layer's output that moments are taken of: of more, rows are left out, so that they need little memory."""


@dataclass(frozen=True)
class WatchedLayer:
    """One layer, as the probe's forward and backward pass show it. Tensors are symbolic: this is seen while tracing.

    Attributes:
        layer: The Keras layer.
        weights: Its trainable variables, as they stand after the epoch; none where it is frozen or has none.
        gradients: Of the training's loss with respect to each of them; None where the loss does not depend on it.
        before: What each of them was ahead of the epoch's last step (of several, where gradients are accumulated).
        output: What it gave for the rows of the probe, (rows, …, units); None where that is not one tensor of numbers,
            or the layer only lays out anew what it reads.
    """

    layer: KerasObject
    weights: Sequence[Tensor]
    gradients: Sequence[Tensor | None] = ()
    before: Sequence[Tensor] = ()
    output: Tensor | None = None

    @cached_property
    def gradient_norm(self) -> Tensor:
        """The L2 norm of the gradient over all trainable variables together, float64."""
        return norm_of([one for one in self.gradients if one is not None])

    @cached_property
    def weight_norm(self) -> Tensor:
        """The L2 norm of all trainable variables together, float64."""
        return norm_of(self.weights)

    @cached_property
    def moments(self) -> tuple[Tensor, Tensor] | None:
        """Mean and variance of the output over rows, places and units, float64."""
        if self.output is None:
            return None
        numbers = tf.cast(_some_rows(self.output), tf.float64)
        mean = tf.reduce_mean(numbers)
        square = 2 * tf.nn.l2_loss(numbers) / tf.cast(tf.size(numbers), tf.float64)
        return mean, tf.maximum(square - mean * mean, 0)

    @cached_property
    def activation(self) -> Activation:
        """What is known of the function that made the output."""
        return activation_of(self.layer)


@dataclass(frozen=True)
class Signal:
    """One number that is measured for each layer after each epoch.

    Attributes:
        name: A field of a row of ``GET /v1/jobs/{id}/signals``.
        measure: Gives the value as a scalar, float64, or None where the signal means nothing for the layer.
    """

    name: str
    measure: Callable[[WatchedLayer], Tensor | None]


def _some_rows(output: Tensor) -> Tensor:
    """All rows, or every second, third … where there are many numbers."""
    rows, numbers = output.shape[0], output.shape.num_elements()
    if rows is None or numbers is None or numbers <= _MOST_NUMBERS:
        return output
    return output[:: min(rows, -(-numbers // _MOST_NUMBERS))]
