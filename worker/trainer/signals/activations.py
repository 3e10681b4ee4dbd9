"""Where the activation function of a layer is flat, and whether it can be zero for good: read off its output.

A function is called flat where its slope is less than a twentieth of that of its steep part: of tanh (slope 1 - y²)
beyond ±2.18, of the sigmoid (slope y (1 - y)) beyond ±4.36. What is passed back there is lost on the way: five such
layers leave less than a millionth of it. Published bounds lie on both sides: ±5 for both (DeepDiagnosis), ±9.5 for tanh
(SageMaker Debugger), where float32 knows no slope any more.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import keras
import tensorflow as tf

from worker.trainer.untyped import KerasObject, Tensor

FLAT_SLOPE = 0.05
"""Below this share of its steepest slope a function counts as flat."""

Flat: TypeAlias = Callable[[Tensor], Tensor]
"""An output, float32 -> where it is flat, as booleans: of each number, or of each distribution."""

_STEEP_HALF = math.sqrt(1 - FLAT_SLOPE)
_SELU_SLOPE = 1.0507009873554805 * 1.6732632423543772
"""Of selu just below 0, where it is steepest: further below it is y plus this."""


def _beyond(bound: float, middle: float = 0.0) -> Flat:
    return lambda output: tf.abs(output - middle if middle else output) > bound


def _below(bound: float) -> Flat:
    return lambda output: output < bound


def _from(bound: float) -> Flat:
    return lambda output: output >= bound


def _is_decided(output: Tensor) -> Tensor:
    """Where one class has nearly all: the slope of each probability p is p (1 - p).

    That the others are near 0 says nothing: of many classes all of them are, where nothing is decided.
    """
    return tf.reduce_max(output, axis=-1) > (1 + _STEEP_HALF) / 2


def _elu(alpha: float) -> Flat:
    """Below 0 the slope is y + alpha, above it is 1."""
    return _below(min(FLAT_SLOPE - alpha, 0.0))


_FLAT: Mapping[str, Flat] = {
    "tanh": _beyond(_STEEP_HALF),
    "hard_tanh": lambda output: tf.abs(output) >= 1,
    "sigmoid": _beyond(_STEEP_HALF / 2, 0.5),
    "hard_sigmoid": lambda output: tf.abs(output - 0.5) >= 0.5,  # noqa: PLR2004 (0 and 1)
    "sparse_sigmoid": lambda output: tf.abs(output - 0.5) >= 0.5,  # noqa: PLR2004 (0 and 1)
    "softsign": _beyond(1 - math.sqrt(FLAT_SLOPE)),
    "elu": _elu(1.0),
    "celu": _elu(1.0),
    "selu": _below(_SELU_SLOPE * (FLAT_SLOPE - 1)),
    "relu6": _from(6.0),
    "softmax": _is_decided,
}
_RECTIFIERS = frozenset({"relu", "relu6", "sparse_plus", "hard_silu", "hard_swish"})


@dataclass(frozen=True)
class Activation:
    """What an output says of the function that made it.

    Attributes:
        is_rectifier: Whether it is exactly 0, without a slope, for all that is small enough. Leaky ones always have a
            slope; elu, selu and celu are flat elsewhere than at 0; gelu, silu and mish are never exactly 0.
        flat: Where it is flat; None where the output does not tell, or the flat part is how the function is meant to
            work: a rectifier is 0 for half of what it gets.
    """

    is_rectifier: bool = False
    flat: Flat | None = None


def activation_of(layer: KerasObject) -> Activation:
    """Of the function that a layer ends with; of a layer that holds another one (`TimeDistributed`), of that one's."""
    if isinstance(layer, keras.layers.Wrapper):
        return activation_of(layer.layer)
    if isinstance(layer, keras.layers.Bidirectional):
        return activation_of(layer.forward_layer) if layer.merge_mode == "concat" else Activation()
    if isinstance(layer, keras.layers.RNN) and not isinstance(layer, keras.layers.SimpleRNN):
        return Activation()  # what LSTM and GRU give is a product with a gate, or a mean
    for kind, with_arguments in _WITH_ARGUMENTS:
        if isinstance(layer, kind):
            return with_arguments(layer)
    name = getattr(getattr(layer, "activation", None), "__name__", "linear")
    return Activation(is_rectifier=name in _RECTIFIERS, flat=_FLAT.get(name))


def _of_relu(layer: KerasObject) -> Activation:
    bound = None if layer.max_value is None else _from(float(layer.max_value))
    return Activation(is_rectifier=not layer.negative_slope, flat=bound)


_WITH_ARGUMENTS: tuple[tuple[type[KerasObject], Callable[[KerasObject], Activation]], ...] = (
    (keras.layers.ReLU, _of_relu),
    (keras.layers.ELU, lambda layer: Activation(flat=_elu(float(layer.alpha)))),
    (keras.layers.Softmax, lambda layer: Activation(flat=_is_decided if layer.axis == -1 else None)),
)
