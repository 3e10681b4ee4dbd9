"""MNIST and its kin: idx files of unsigned bytes."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from worker.trainer.data.folders import find
from worker.trainer.sources.keras_downloads import images_of
from worker.trainer.sources.rows import RawRows
from worker.trainer.sources.source import FolderSource
from worker.trainer.untyped import Array


@dataclass(frozen=True)
class IdxImages(FolderSource):
    """MNIST and its kin: the four idx files in one of the folders, or else Keras's loader.

    Attributes:
        folder: What the files' folder is called.
        loader: Keras's.
    """

    folder: str
    loader: Callable[[], Any]

    def load(self) -> RawRows:
        """As they lie in the files."""
        folder = find(self.folder, holding="train-images-idx3-ubyte.gz")
        if folder is not None:
            return RawRows(
                _read_idx(folder / "train-images-idx3-ubyte.gz"),
                _read_idx(folder / "train-labels-idx1-ubyte.gz"),
                _read_idx(folder / "t10k-images-idx3-ubyte.gz"),
                _read_idx(folder / "t10k-labels-idx1-ubyte.gz"),
            )
        return images_of(self.loader)


def _read_idx(path: Path) -> Array:
    """An idx file of unsigned bytes: magic (0, 0, 8, rank), the sizes as big-endian int32, then the bytes."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    rank = content[3]
    shape = np.frombuffer(content, ">i4", count=rank, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)
