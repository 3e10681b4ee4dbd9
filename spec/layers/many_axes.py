"""Rows of more axes than all of TensorFlow's kernels take: which layers and activations cannot be trained on them.

Measured with TensorFlow 2.21, forth and back: everything else takes as many axes as a shape may have.
"""

from collections.abc import Sequence

from spec.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from spec.layers.base import Layer, Shape, ShapeFault
from spec.layers.dropout import Dropout
from spec.layers.kernels import Activated
from spec.layers.merging import Concatenate, Dot, Maximum, Minimum
from spec.layers.normalization import UnitNormalization
from spec.sizes import listed

MOST_AXES = 7
"""Of a row, for what is limited: eight with the batch."""

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
    shape = max(inputs, key=len)
    limited = None if len(shape) <= MOST_AXES else _limited(layer)
    if limited is not None:
        field, name = limited
        sentence = (
            f"TensorFlow computes {name} on rows of at most {MOST_AXES} axes, and this input has {len(shape)}. "
            "Add a Reshape before it that merges some of them."
        )
        raise ShapeFault(sentence, field=field, code="too_many_axes")


def _limited(layer: Layer) -> tuple[str | None, str] | None:
    """The field to blame, if it is not the whole layer, and what it is that is limited."""
    if isinstance(layer, Activated | Activation) and layer.activation in _ACTIVATIONS:
        return "activation", f'"{layer.activation}"'
    if isinstance(layer, Softmax) and len(listed(layer.axis)) > 1:
        return "axis", "a softmax along several axes"
    if isinstance(layer, Dot) and layer.normalize:
        return "normalize", "a normalized Dot"
    return (None, layer.type) if isinstance(layer, _LAYERS) else None
