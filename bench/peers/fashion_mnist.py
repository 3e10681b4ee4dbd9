"""The training rows of Fashion-MNIST, from the files that the service reads as well."""

import gzip
from pathlib import Path

import numpy as np

from worker.trainer.data.folders import find


def folder() -> Path:
    """Where the files are.

    Raises:
        FileNotFoundError: If they are not on this machine.
    """
    found = find("fashion-mnist")
    if found is None:
        raise FileNotFoundError("Fashion-MNIST is not on this machine: `make setup` brings it")
    return found


def load_training_rows() -> tuple[np.ndarray, np.ndarray]:
    """60,000 images in 0..1, float32, and their classes."""
    with gzip.open(folder() / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28).astype("float32") / 255
    with gzip.open(folder() / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8).astype("int64")
    return images, labels
