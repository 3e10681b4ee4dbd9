"""Softmax over tensors of more axes than TensorFlow's kernel for CPUs takes.

In TensorFlow 2.21 the kernel, which is oneDNN's, fails for more than five, the batch among them. The numbers are the
same whatever shape they are in.
"""

import math
from typing import Any

import tensorflow as tf
from keras.src.backend import nn

from worker.trainer.untyped import Tensor

_MOST_AXES = 5

_keras_softmax: Any = nn.softmax


def install() -> None:
    """Have Keras's softmax compute these cases otherwise, and all others as ever; again changes nothing."""
    nn.softmax = _softmax


def _softmax(x: Tensor, axis: int | None = -1) -> Tensor:
    """As Keras's; of many axes, those before the one that sums to 1 are taken for one, and so are those after it.

    Args:
        x: Its first axis alone may be of unknown length.
        axis: Not the first; None is all of them.
    """
    shape = list(x.shape)
    if axis is None or len(shape) <= _MOST_AXES or None in shape[1:]:
        return _keras_softmax(x, axis)
    place = axis % len(shape)
    if place == 0:
        return _keras_softmax(x, axis)
    after = math.prod(shape[place + 1 :])
    flat = tf.reshape(x, [-1, shape[place]] if after == 1 else [-1, shape[place], after])
    return tf.reshape(_keras_softmax(flat, 1), [-1, *shape[1:]])
