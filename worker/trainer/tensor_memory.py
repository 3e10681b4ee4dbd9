"""The memory that TensorFlow's tensors may take on the CPU."""

import os

import tensorflow as tf

_DEVICE = "CPU:0"
_LIMIT_NAME = "TF_MKL_ALLOC_MAX_BYTES"


class TensorMemory:
    """Bounds what tensors take, well within what the process may take, and tells how much they took.

    TensorFlow's allocator takes memory in ever greater regions, as far as there is any, and keeps it. Without a bound
    of its own it would leave nothing to all other code, much of which does not survive that; with one it fails with
    an error that says so. It reads the bound when it is made, ahead of TensorFlow's first operation.

    Args:
        most_bytes: The bound; None leaves it to the machine.
    """

    def __init__(self, most_bytes: int | None = None) -> None:
        self.most_bytes = most_bytes
        if most_bytes is not None:
            os.environ[_LIMIT_NAME] = str(most_bytes)

    def has_room_for(self, more_bytes: int) -> bool:
        """Whether so much more may be taken than was at any moment since `forget_peak`."""
        if self.most_bytes is None:
            return True
        return tf.config.experimental.get_memory_info(_DEVICE)["peak"] + more_bytes <= self.most_bytes

    def forget_peak(self) -> None:
        """Measure the most that is taken anew."""
        if self.most_bytes is not None:
            tf.config.experimental.reset_memory_stats(_DEVICE)
