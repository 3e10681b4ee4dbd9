"""Rows of more axes than all of TensorFlow's kernels take: which layers and activations cannot be trained on them.

Measured with TensorFlow 2.21, forth and back. oneDNN, into whose kernels TensorFlow fuses several operations where it
can (a product with its own sigmoid, for example), ends the process on tensors of more than twelve axes.
"""

from collections.abc import Sequence

from spec.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from spec.layers.base import Layer, Shape, ShapeFault
from spec.layers.dropout import Dropout
from spec.layers.kernels import Activating
from spec.layers.merging import Concatenate, Dot, Maximum, Minimum
from spec.layers.normalization import UnitNormalization
from spec.layers.reshaping import Flatten, Reshape
from spec.networks.sizes import listed

MOST_AXES = 7
"""Of a row, for what is limited: eight with the batch."""
MOST_AXES_OF_ALL = 11
"""Of a row, for every layer: twelve with the batch."""

_LAYERS = (Concatenate, Dropout, ELU, LeakyReLU, Maximum, Minimum, PReLU, ReLU, UnitNormalization)
_ACTIVATIONS = frozenset(
    {
        *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "hard_silu", "hard_swish", "hard_sigmoid", "softsign"),
        *("hard_tanh", "hard_shrink", "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax"),
    }
)


def check_axes(layer: Layer, inputs: Sequence[Shape]) -> None:
    """Whether a layer can be trained on rows of so many axes.

    Raises:
        ShapeFault: If it cannot.
    """
    count = len(max(inputs, key=len))
    limited = None if count <= MOST_AXES else _limited(layer)
    if limited is not None:
        field, name = limited
        raise _too_many_axes(count, MOST_AXES, name, field)
    if count > MOST_AXES_OF_ALL and not isinstance(layer, Flatten | Reshape):
        raise _too_many_axes(count, MOST_AXES_OF_ALL, layer.type)


def _too_many_axes(count: int, most: int, name: str, field: str | None = None) -> ShapeFault:
    sentence = (
        f"TensorFlow computes {name} on rows of at most {most} axes, and this input has {count}. "
        "Add a Reshape before it that merges some of them."
    )
    return ShapeFault(sentence, field=field, code="too_many_axes")


def _limited(layer: Layer) -> tuple[str | None, str] | None:
    """The field to blame, if it is not the whole layer, and what it is that is limited."""
    if isinstance(layer, Activating | Activation) and layer.activation in _ACTIVATIONS:
        return "activation", f'"{layer.activation}"'
    if isinstance(layer, Softmax) and len(listed(layer.axis)) > 1:
        return "axis", "a softmax along several axes"
    if isinstance(layer, Dot) and layer.normalize:
        return "normalize", "a normalized Dot"
    return (None, layer.type) if isinstance(layer, _LAYERS) else None
