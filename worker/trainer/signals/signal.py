"""What a signal is: a name, and how it is computed for one layer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from worker.trainer.untyped import KerasObject, Tensor

LayerSignals: TypeAlias = Mapping[str, Mapping[str, float]]
"""A layer's name -> a signal's name -> its value. What means nothing for a layer is missing."""


@dataclass(frozen=True)
class WatchedLayer:
    """One layer, as the probe's forward and backward pass show it. Tensors are symbolic: this is seen while tracing.

    Attributes:
        layer: The Keras layer.
        weights: Its trainable variables, as they stand after the epoch; none where it is frozen or has none.
        gradients: Of the training's loss with respect to each of them; None where the loss does not depend on it.
    """

    layer: KerasObject
    weights: Sequence[Tensor]
    gradients: Sequence[Tensor | None]


@dataclass(frozen=True)
class Signal:
    """One number that is measured for each layer after each epoch.

    Attributes:
        name: A field of a row of ``GET /v1/jobs/{id}/signals``.
        measure: Gives the value as a scalar, or None where the signal means nothing for the layer.
    """

    name: str
    measure: Callable[[WatchedLayer], Tensor | None]
