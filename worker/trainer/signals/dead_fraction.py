"""How many units of a layer are zero whatever it reads: no gradient passes them, so they never learn again."""

import tensorflow as tf

from worker.trainer.signals.signal import Signal, WatchedLayer
from worker.trainer.untyped import Tensor


def _fraction(watched: WatchedLayer) -> Tensor | None:
    """The share of the units (of the last axis: channels of convolutions) that are 0 for every row and place.

    It means something where a rectifier made the output: a layer with such an activation, or one that is one.
    """
    if watched.output is None or not watched.activation.is_rectifier:
        return None
    axes = list(range(len(watched.output.shape) - 1))
    is_alive = tf.reduce_any(tf.not_equal(watched.output, 0), axis=axes)
    return 1 - tf.reduce_mean(tf.cast(is_alive, tf.float64))


DEAD_FRACTION = Signal("dead_fraction", _fraction)
