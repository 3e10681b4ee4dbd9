"""Which devices TensorFlow may use, and how many threads. Everything here comes before TensorFlow's first operation."""

import platform
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

_INTER_OP_THREADS = 2


class NoSuchDevice(Exception):
    """A GPU was asked for and there is none."""


def configure(device: Literal["cpu", "gpu"], threads: int, replicas: int = 1) -> None:
    """Set threads and visible devices.

    Args:
        device: ``"cpu"`` hides every GPU; ``"gpu"`` takes the first ones visible (the supervisor shows each slot its
            own, by ``CUDA_VISIBLE_DEVICES``), their memory taken as it is needed.
        threads: Threads within one operation; 0 leaves it to TensorFlow (one a core).
        replicas: Devices that a job may train on at once. On a CPU they are logical ones, which share its cores: there
            it shows what several devices do, and makes nothing faster.

    Raises:
        NoSuchDevice: More GPUs were asked for than TensorFlow sees.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    # One job is one chain of operations: more threads between operations only wake each other up.
    tf.config.threading.set_inter_op_parallelism_threads(1 if threads == 1 else _INTER_OP_THREADS)
    gpus = tf.config.list_physical_devices("GPU")
    if device == "cpu":
        tf.config.set_visible_devices([], "GPU")
        if replicas > 1:
            (cpu,) = tf.config.list_physical_devices("CPU")
            tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * replicas)
        return
    if len(gpus) < replicas:
        raise NoSuchDevice(f"{replicas} GPUs are needed, but TensorFlow finds {len(gpus)}.")
    tf.config.set_visible_devices(gpus[:replicas], "GPU")
    for gpu in gpus[:replicas]:
        tf.config.experimental.set_memory_growth(gpu, True)  # noqa: FBT003 (TensorFlow's signature)


def names() -> list[str]:
    """The devices a job may run on, as TensorFlow names them (``CPU:0``, ``GPU:0``), the preferred one first."""
    found: list[str] = []
    for device in tf.config.get_visible_devices():
        name = device.name.removeprefix("/physical_device:")
        logical = len(tf.config.get_logical_device_configuration(device) or (name,))
        found += [name] if logical == 1 else [f"{device.device_type}:{number}" for number in range(logical)]
    return sorted(found, key=lambda name: (not name.startswith("GPU"), name))


def choose(accelerator: str, available: list[str], count: int = 1) -> list[str]:
    """The devices for a job: of the kind it asks for, else of the preferred one that has so many.

    Args:
        accelerator: ``"cpu"``, ``"gpu"`` or ``"any"``.
        available: As `names` gives them.
        count: On how many of one kind it trains.

    Raises:
        NoSuchDevice: It asks for a kind, or a number, that is not there.
    """
    for kind in ("gpu", "cpu"):
        fitting = [name for name in available if name.split(":")[0].lower() == kind]
        if accelerator in ("any", kind) and len(fitting) >= count:
            return fitting[:count]
    asked = f"{count} devices" if count > 1 else "a device"
    raise NoSuchDevice(
        f'The job needs {asked} of the kind "{accelerator}", but this trainer has {", ".join(available)}.'
    )


def versions() -> dict[str, str]:
    """The versions that decide what numbers come out."""
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
    }
