"""Families of activations, and which first weights suit them."""

from spec.layers import Layer
from spec.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from spec.layers.kernels import Activating
from spec.networks.activations import SATURATING

RECTIFYING = frozenset(
    {
        *("relu", "relu6", "leaky_relu", "prelu", "elu", "celu", "gelu", "silu", "swish", "hard_silu"),
        *("hard_swish", "mish", "softplus", "squareplus"),
    }
)
"""Activations that keep about half of their input's variance, for which He et al. drew the first weights."""

DYING = frozenset({"relu", "relu6"})
"""Activations that are zero, and have no gradient, for all negative numbers."""

BOUNDED = SATURATING | {"sparse_sigmoid", "log_sigmoid", "exponential"}
"""Activations that a deep network of them does not learn with: their slopes die out, or grow without bounds."""

EXCLUSIVE = frozenset({"softmax", "log_softmax", "sparsemax"})
"""Activations of all units together."""

ACTIVATION_LAYERS = (Activation, ReLU, LeakyReLU, PReLU, ELU, Softmax)

_NAMES: tuple[tuple[type[Layer], str], ...] = (
    (LeakyReLU, "leaky_relu"),
    (PReLU, "prelu"),
    (ELU, "elu"),
    (Softmax, "softmax"),
)


def activation_name(layer: Layer) -> str | None:
    """The activation that a layer ends with, by Keras's name for it; None where it has none that does something."""
    if isinstance(layer, Activating | Activation):
        return None if layer.activation in {None, "linear"} else layer.activation
    if isinstance(layer, ReLU):
        return "leaky_relu" if layer.negative_slope else "relu"
    return next((name for kind, name in _NAMES if isinstance(layer, kind)), None)
