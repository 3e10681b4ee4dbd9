"""Where the rows of the built-in data sets come from: one declaration a data set, offline first."""

import gzip
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import sklearn.datasets
from keras.src.backend import config

from spec.datasets.datasets import CALIFORNIA_COLUMNS
from worker.trainer.data.folders import find, folders
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.cifar import CIFAR_10, CIFAR_100, Cifar, read_cifar
from worker.trainer.untyped import Array

_TABLES = Path(str(sklearn.datasets.__file__)).parent / "data"
_DOWNLOAD_SECONDS = 30.0
_ORDER_SEED = 0


@dataclass(frozen=True)
class RawRows:
    """A data set as its source keeps it.

    Attributes:
        features: (rows, …): images as uint8, columns as floats.
        target: (rows,): class numbers from 0 as integers, or a number a row.
        test_features: The rows its authors set apart for testing, or None.
        test_target: Their targets.
        columns: Names of the feature columns, for tables.
        target_name: The target's name among the columns.
    """

    features: Array
    target: Array
    test_features: Array | None = None
    test_target: Array | None = None
    columns: tuple[str, ...] = ()
    target_name: str = "target"

    @property
    def size_bytes(self) -> int:
        """Memory that the arrays take."""
        arrays = (self.features, self.target, self.test_features, self.test_target)
        return sum(array.nbytes for array in arrays if array is not None)


def load(name: str) -> RawRows:
    """The rows of a built-in data set.

    Raises:
        DataUnavailable: There is no such data set, or its files are neither here nor to be had.
    """
    if name not in SOURCES:
        raise DataUnavailable(f'"{name}" is not a known data set.', "/dataset")
    try:
        return SOURCES[name].load()
    except DataUnavailable:
        raise
    except Exception as error:
        # Keras raises a bare Exception for a download that failed; gzip and NumPy each their own for bad files.
        raise DataUnavailable(
            f'The files of the data set "{name}" are missing or damaged on this worker, and could not be downloaded '
            f"(`{type(error).__name__}`).",
            "/dataset",
        ) from error


def _table(loader: Callable[..., Any]) -> Callable[[], RawRows]:
    """A table of scikit-learn's, in the order ``default_rng(0).permutation(n)``: its own is sorted by class."""

    def load_table() -> RawRows:
        bunch = loader()
        return _in_drawn_order(bunch.data, bunch.target, tuple(str(name) for name in bunch.feature_names))

    return load_table


def _in_drawn_order(features: Array, target: Array, columns: tuple[str, ...]) -> RawRows:
    order = np.random.default_rng(_ORDER_SEED).permutation(len(features))
    return RawRows(features[order], target[order], columns=columns)


def _digits() -> RawRows:
    bunch: Any = sklearn.datasets.load_digits()
    return RawRows(bunch.images, bunch.target)


def _idx_images(folder_name: str, loader: Callable[[], Any]) -> Callable[[], RawRows]:
    """MNIST and its kin: the four idx files in one of the folders, or else Keras's loader."""

    def load_images() -> RawRows:
        folder = find(folder_name, holding="train-images-idx3-ubyte.gz")
        if folder is not None:
            return RawRows(
                _read_idx(folder / "train-images-idx3-ubyte.gz"),
                _read_idx(folder / "train-labels-idx1-ubyte.gz"),
                _read_idx(folder / "t10k-images-idx3-ubyte.gz"),
                _read_idx(folder / "t10k-labels-idx1-ubyte.gz"),
            )
        return _from_keras(loader)()

    return load_images


def _read_idx(path: Path) -> Array:
    """An idx file of unsigned bytes: magic (0, 0, 8, rank), the sizes as big-endian int32, then the bytes."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    rank = content[3]
    shape = np.frombuffer(content, ">i4", count=rank, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


def _from_keras(loader: Callable[[], Any]) -> Callable[[], RawRows]:
    """A data set of Keras's own loader, which looks in its folder first and downloads what is not there."""

    def load_images() -> RawRows:
        with _impatient_sockets():
            (features, target), (test_features, test_target) = loader()
        return RawRows(features, target.reshape(-1), test_features, test_target.reshape(-1))

    return load_images


def _cifar(version: Cifar) -> Callable[[], RawRows]:
    """CIFAR's binary version: in one of the folders, or else downloaded."""

    def load_images() -> RawRows:
        folder = find(version.folder, holding=version.test_file)
        if folder is None:
            folder = _downloaded_cifar(version)
        return RawRows(*read_cifar(folder, version))

    return load_images


def _downloaded_cifar(version: Cifar) -> Path:
    """The folder, downloaded unless it was before; the archive's digest is checked.

    Keras's loader downloads the version that is made of pickles, and unpickles it.
    """
    try:
        with _impatient_sockets():
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


def _california_housing() -> RawRows:
    """Keras's file of the 1990 census blocks, its own order before the drawn one (its loader shuffles)."""
    path = find("california_housing.npz")
    if path is None:
        with _impatient_sockets():
            keras.datasets.california_housing.load_data()
        path = Path(str(config.keras_home())) / "datasets" / "california_housing.npz"
    with np.load(path, allow_pickle=False) as arrays:
        return _in_drawn_order(arrays["x"], arrays["y"], CALIFORNIA_COLUMNS)


def stamp_of(name: str) -> str | None:
    """What changes whenever the files of a data set do; None where none of them is here."""
    if name not in SOURCES:
        return None
    names = SOURCES[name].names
    places = [folder / place for place in names for folder in folders()]
    files = sorted(file for place in places or [_TABLES] for file in [place, *place.rglob("*")] if file.is_file())
    found = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return repr(found) if found else None


@contextmanager
def _impatient_sockets() -> Generator[None]:
    """A download that hangs fails after a while: the loaders set no time-out of their own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_DOWNLOAD_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@dataclass(frozen=True)
class Source:
    """Where a data set comes from.

    Attributes:
        load: Reads its rows.
        names: Files or folders that hold them, in one of the folders; none comes with scikit-learn.
    """

    load: Callable[[], RawRows]
    names: tuple[str, ...] = ()


SOURCES: dict[str, Source] = {
    "digits": Source(_digits),
    "mnist": Source(_idx_images("mnist", keras.datasets.mnist.load_data), ("mnist", "mnist.npz")),
    "fashion_mnist": Source(_idx_images("fashion-mnist", keras.datasets.fashion_mnist.load_data), ("fashion-mnist",)),
    "cifar10": Source(_cifar(CIFAR_10), (CIFAR_10.folder, CIFAR_10.download)),
    "cifar100": Source(_cifar(CIFAR_100), (CIFAR_100.folder, CIFAR_100.download)),
    "iris": Source(_table(sklearn.datasets.load_iris)),
    "wine": Source(_table(sklearn.datasets.load_wine)),
    "breast_cancer": Source(_table(sklearn.datasets.load_breast_cancer)),
    "diabetes": Source(_table(sklearn.datasets.load_diabetes)),
    "california_housing": Source(_california_housing, ("california_housing.npz",)),
}
"""Every built-in data set; `spec.datasets.datasets.BUILT_IN` says what each must turn out to be."""
