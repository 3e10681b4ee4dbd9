"""The L2 norm of many numbers, of whatever size they and it are, with little memory."""

from collections.abc import Sequence

import tensorflow as tf

from worker.trainer.untyped import Tensor

_SMALL = 2**16
"""Numbers of a tensor that is copied as float64; half a MiB."""
_LEAST, _MOST = 1e-25, 1e37
"""Between these, a sum of squares in float32 has lost nothing that counts: a square is 1e-45 at least, or nothing."""


def norm_of(tensors: Sequence[Tensor]) -> Tensor:
    """The L2 norm of all numbers together, as float64; finite wherever all of the numbers are.

    Squares of float32 end at 1e-45 and 3e38, and gradients that vanish or explode are what this is for. Small tensors
    are summed in double precision; large ones need a copy of their size only where their squares leave that range.
    """
    halves = [_half_of_squares(one) for one in tensors]
    return tf.sqrt(2 * tf.add_n(halves)) if halves else tf.constant(0.0, tf.float64)


def _half_of_squares(tensor: Tensor) -> Tensor:
    numbers = tensor.shape.num_elements()
    if tensor.dtype != tf.float32 or numbers is None or numbers <= _SMALL:
        return tf.nn.l2_loss(tf.cast(tensor, tf.float64))
    half = tf.nn.l2_loss(tensor)
    is_kept = tf.logical_and(half > _LEAST, half < _MOST)
    return tf.cond(is_kept, lambda: tf.cast(half, tf.float64), lambda: _scaled(tensor))


def _scaled(tensor: Tensor) -> Tensor:
    """In proportion to the largest of them."""
    peak = tf.maximum(tf.reduce_max(tensor), -tf.reduce_min(tensor))
    return tf.cast(tf.nn.l2_loss(tf.math.divide_no_nan(tensor, peak)), tf.float64) * tf.square(
        tf.cast(peak, tf.float64)
    )
