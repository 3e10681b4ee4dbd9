"""CIFAR's binary version: records of one or two labels and an image, without pickles.

Source of the layout: A. Krizhevsky's page of the data sets, "Binary version".
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from worker.trainer.data.folders import find
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.keras_downloads import impatient_sockets
from worker.trainer.sources.rows import RawRows
from worker.trainer.sources.source import FolderSource
from worker.trainer.untyped import Array

_CHANNELS, _SIDE = 3, 32
_PIXELS = _CHANNELS * _SIDE * _SIDE


@dataclass(frozen=True)
class Cifar:
    """One of the two data sets.

    Attributes:
        folder: What its archive unpacks to.
        training_files: Records to train on.
        test_file: Records that its authors set apart.
        labels: Bytes before each image; the last of them is the class.
        url: Of the archive.
        archive_sha256: Of the archive.
        download: What Keras's cache keeps the unpacked archive as.
        pickled: What the version of Python pickles unpacks to, which is not read.
    """

    folder: str
    training_files: tuple[str, ...]
    test_file: str
    labels: int
    url: str
    archive_sha256: str
    download: str
    pickled: str


CIFAR_10 = Cifar(
    folder="cifar-10-batches-bin",
    training_files=tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    test_file="test_batch.bin",
    labels=1,
    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    archive_sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    download="cifar-10-batches-bin-target",
    pickled="cifar-10-batches-py",
)
CIFAR_100 = Cifar(
    folder="cifar-100-binary",
    training_files=("train.bin",),
    test_file="test.bin",
    labels=2,
    url="https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    archive_sha256="58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    download="cifar-100-binary-target",
    pickled="cifar-100-python",
)


@dataclass(frozen=True)
class CifarImages(FolderSource):
    """CIFAR's binary version: in one of the folders, or else downloaded.

    Attributes:
        which: One of the two.
    """

    which: Cifar

    def load(self) -> RawRows:
        """As they lie in the files."""
        folder = find(self.which.folder, holding=self.which.test_file)
        if folder is None:
            folder = _downloaded(self.which)
        return RawRows(*read_cifar(folder, self.which))


def read_cifar(folder: Path, version: Cifar) -> tuple[Array, Array, Array, Array]:
    """Images (rows, 32, 32, 3) and classes (rows,) as uint8, to train on and to test with.

    Raises:
        OSError: If a file cannot be read.
        ValueError: If one does not hold whole records.
    """
    parts = [_records(folder / name, version.labels) for name in version.training_files]
    features = np.concatenate([images for images, _ in parts])
    target = np.concatenate([classes for _, classes in parts])
    return features, target, *_records(folder / version.test_file, version.labels)


def _records(path: Path, labels: int) -> tuple[Array, Array]:
    records = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, labels + _PIXELS)
    images = records[:, labels:].reshape(-1, _CHANNELS, _SIDE, _SIDE).transpose(0, 2, 3, 1)
    return images, records[:, labels - 1]


def _downloaded(version: Cifar) -> Path:
    """The folder, downloaded unless it was before; the archive's digest is checked.

    Keras's loader downloads the version that is made of pickles, and unpickles it.
    """
    try:
        with impatient_sockets():
            made = keras.utils.get_file(version.download, version.url, extract=True, file_hash=version.archive_sha256)
    except Exception as error:
        if find(version.pickled) is None and find(f"{version.pickled}-target") is None:
            raise
        raise DataUnavailable(
            f"This worker has the data set only as Python pickles (`{version.pickled}`), which are not read because a "
            f"pickle can run code. It needs the binary version, the folder `{version.folder}`, which could not be "
            f"downloaded (`{type(error).__name__}`).",
            "/dataset",
        ) from error
    return Path(str(made)) / version.folder
