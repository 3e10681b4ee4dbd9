"""How much of what a layer gives lies where its activation function is flat: hardly any gradient passes there."""

import tensorflow as tf

from worker.trainer.signals.signal import Signal, WatchedLayer
from worker.trainer.untyped import Tensor


def _fraction(watched: WatchedLayer) -> Tensor | None:
    """The share of the activations, over rows, places and units, where the slope is below `FLAT_SLOPE` of the steepest.

    Of a softmax it is the share of its distributions in which one class has nearly all. It is told of hidden layers and
    of the output alike; an output that is sure of what it says is no illness by itself.
    """
    flat = watched.activation.flat
    if watched.output is None or flat is None:
        return None
    return tf.reduce_mean(tf.cast(flat(tf.cast(watched.output, tf.float32)), tf.float64))


SATURATED_FRACTION = Signal("saturated_fraction", _fraction)
