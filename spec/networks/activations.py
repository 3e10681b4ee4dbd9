"""Activations: functions that Keras knows by a name.

An activation with arguments (a slope, a threshold) is a layer of its own: ``LeakyReLU``, ``ReLU``, ``ELU``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spec.language.faults import fault_error, raise_faults
from spec.language.vocabularies import Vocabulary
from spec.networks.left_out import LEFT_OUT_ACTIVATIONS

ACTIVATION_NAMES: tuple[str, ...] = (
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "swish",
    "hard_silu",
    "hard_swish",
    "mish",
    "softplus",
    "squareplus",
    "sparse_plus",
    "softsign",
    "sigmoid",
    "log_sigmoid",
    "hard_sigmoid",
    "sparse_sigmoid",
    "tanh",
    "hard_tanh",
    "tanh_shrink",
    "soft_shrink",
    "hard_shrink",
    "exponential",
    "softmax",
    "log_softmax",
    "sparsemax",
)
"""Every string that stands for an activation."""

RENAMED: Mapping[str, str] = {
    "leaky": "leaky_relu",
    "lrelu": "leaky_relu",
    "identity": "linear",
    "none": "linear",
    "exp": "exponential",
    "logistic": "sigmoid",
    "softmax_v2": "softmax",
}
"""What others call them."""

_VOCABULARY = Vocabulary("activation", RENAMED, LEFT_OUT_ACTIVATIONS)

ACTIVATION_LAYERS: Mapping[str, str] = {
    name: f'"{name}" is an activation, not a layer. Write {{"type": "Activation", "activation": "{name}"}}.'
    for name in ACTIVATION_NAMES
}
"""Activations that PyTorch has as layers, and people write as layers -> what to write."""

SATURATING: frozenset[str] = frozenset({"sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign"})
"""Activations whose slope dies out on both sides."""


@dataclass(frozen=True)
class ActivationName:
    """Annotation of a field that takes the name of an activation."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = core_schema.literal_schema(list(ACTIVATION_NAMES))
        return core_schema.no_info_wrap_validator_function(self._check, inner)

    @staticmethod
    def _check(value: object, _inner: Callable[[object], object]) -> object:
        if not isinstance(value, str):
            sentence = (
                'An activation must be a name. Use a layer for one with arguments, such as {"type": "LeakyReLU"}.'
            )
            raise_faults([fault_error("activation_type", sentence)])
        elif value not in ACTIVATION_NAMES:
            raise_faults([_VOCABULARY.unknown(value, ACTIVATION_NAMES)])
        return value


ActivationField = Annotated[str, ActivationName()]
"""An activation, by its name."""
