"""The training rows of Fashion-MNIST, from the files that the service reads as well."""

import gzip
from pathlib import Path

import numpy as np

FOLDER = Path("/usr/share/datasets/fashion-mnist")


def load_training_rows() -> tuple[np.ndarray, np.ndarray]:
    """60,000 images in 0..1, float32, and their classes."""
    with gzip.open(FOLDER / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28).astype("float32") / 255
    with gzip.open(FOLDER / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8).astype("int64")
    return images, labels
