"""Which devices TensorFlow may use, and how many threads. Everything here comes before TensorFlow's first operation."""

import platform
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

_INTER_OP_THREADS = 2


class NoSuchDevice(Exception):
    """A GPU was asked for and there is none."""


def configure(device: Literal["cpu", "gpu"], threads: int) -> None:
    """Set threads and visible devices.

    Args:
        device: ``"cpu"`` hides every GPU; ``"gpu"`` takes the first one visible (the supervisor shows each slot one,
            by ``CUDA_VISIBLE_DEVICES``), its memory taken as it is needed.
        threads: Threads within one operation; 0 leaves it to TensorFlow (one a core).

    Raises:
        NoSuchDevice: A GPU was asked for and TensorFlow sees none.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    # One job is one chain of operations: more threads between operations only wake each other up.
    tf.config.threading.set_inter_op_parallelism_threads(1 if threads == 1 else _INTER_OP_THREADS)
    gpus = tf.config.list_physical_devices("GPU")
    if device == "cpu":
        tf.config.set_visible_devices([], "GPU")
        return
    if not gpus:
        raise NoSuchDevice("a GPU was asked for and TensorFlow sees none")
    tf.config.set_visible_devices(gpus[:1], "GPU")
    tf.config.experimental.set_memory_growth(gpus[0], True)  # noqa: FBT003 (TensorFlow's signature)


def names() -> list[str]:
    """The devices a job may run on, as TensorFlow names them (``CPU:0``, ``GPU:0``), the preferred one first."""
    found = [device.name.removeprefix("/physical_device:") for device in tf.config.get_visible_devices()]
    return sorted(found, key=lambda name: (not name.startswith("GPU"), name))


def choose(accelerator: str, available: list[str]) -> str:
    """The device for a job: of the kind it asks for, else the preferred one.

    Args:
        accelerator: ``"cpu"``, ``"gpu"`` or ``"any"``.
        available: As `names` gives them.

    Raises:
        NoSuchDevice: It asks for a kind that is not there.
    """
    fitting = [name for name in available if accelerator in ("any", name.split(":")[0].lower())]
    if not fitting:
        raise NoSuchDevice(f"the job asks for a {accelerator} and this trainer has {', '.join(available)}")
    return fitting[0]


def versions() -> dict[str, str]:
    """The versions that decide what numbers come out."""
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
    }
