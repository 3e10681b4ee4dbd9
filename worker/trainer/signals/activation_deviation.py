"""How far what a layer gives is spread: from layer to layer it should neither shrink nor grow."""

import tensorflow as tf

from worker.trainer.signals.signal import Signal, WatchedLayer
from worker.trainer.untyped import Tensor


def _deviation(watched: WatchedLayer) -> Tensor | None:
    """The standard deviation of the layer's output over rows, places and units together.

    That it be kept from layer to layer is what initializers are made for: X. Glorot and Y. Bengio (2010),
    "Understanding the difficulty of training deep feedforward neural networks".
    """
    return None if watched.moments is None else tf.sqrt(watched.moments[1])


ACTIVATION_DEVIATION = Signal("activation_deviation", _deviation)
