"""Whether a layer is lost: its gradient, or a weight, is not a number or infinite."""

import tensorflow as tf

from worker.trainer.signals.signal import Signal, WatchedLayer
from worker.trainer.untyped import Tensor


def _is_lost(watched: WatchedLayer) -> Tensor | None:
    """1 where the gradient on the rows of the probe or a trainable variable is not finite after the epoch, 0 elsewhere.

    The steps themselves are not asked: what a step did to gradients shows in no variable but the weights, and to count
    it would change the compiled step. A step whose gradient was not finite leaves weights that are not, for good,
    unless the optimizer passed over it, as it does under mixed precision.
    """
    if not watched.weights:
        return None
    is_finite = tf.math.is_finite(watched.gradient_norm + watched.weight_norm)
    return 1 - tf.cast(is_finite, tf.float64)


NON_FINITE = Signal("non_finite", _is_lost)
