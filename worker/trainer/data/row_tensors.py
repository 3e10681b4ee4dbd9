"""Tensors that share their memory with arrays: rows that are mapped from files are never copied."""

from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.framework import ops

from worker.trainer.untyped import Array, Tensor

ALIGNMENT_BYTES = 64
"""Of what TensorFlow takes without a copy, and of NumPy's files."""


def tensor_of(array: Array) -> Tensor:
    """This array on the current device.

    On the CPU the tensor takes the array's own memory where that may not be written to and is aligned as TensorFlow
    wants it; ``tf.convert_to_tensor`` would copy it so that nobody can change a tensor through its array. TensorFlow
    never writes to memory that it does not own: it reuses a tensor's buffer for a result only if it does
    (``Tensor::RefCountIsOne``).
    """
    if array.flags.writeable:
        return tf.convert_to_tensor(array)
    current: Any = context.context()
    current.ensure_initialized()
    return ops.EagerTensor(array, current.device_name, None)
