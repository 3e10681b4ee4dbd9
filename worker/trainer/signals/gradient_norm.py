"""How strongly the loss pulls at a layer: tiny where gradients vanish on their way back, huge where they explode."""

import tensorflow as tf

from worker.trainer.signals.signal import Signal, WatchedLayer
from worker.trainer.untyped import Tensor


def _norm(watched: WatchedLayer) -> Tensor | None:
    """The L2 norm of the gradient over all trainable variables of the layer together, before any clipping.

    Squares are summed in double precision: those of float32 end at 1e-45 and 3e38, and gradients that vanish or
    explode are what this is for.
    """
    if not watched.weights:
        return None
    squares = [2 * tf.nn.l2_loss(tf.cast(one, tf.float64)) for one in watched.gradients if one is not None]
    return tf.sqrt(tf.add_n([tf.constant(0.0, tf.float64), *squares]))


GRADIENT_NORM = Signal("gradient_norm", _norm)
