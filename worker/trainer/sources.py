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
from keras.src.datasets.cifar import load_batch

from spec.datasets import CALIFORNIA_COLUMNS
from worker.trainer.failures import DataUnavailable
from worker.trainer.untyped import Array

SYSTEM_FOLDER = Path("/usr/share/datasets")
"""Where Debian's ``dataset-…`` packages put their files."""

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
        raise DataUnavailable(f"This trainer knows no data set `{name}`.", "/dataset")
    try:
        return SOURCES[name].load()
    except DataUnavailable:
        raise
    except Exception as error:
        # Keras raises a bare Exception for a download that failed; gzip, NumPy and pickle each their own for bad files.
        raise DataUnavailable(
            f"The files of the data set `{name}` are not on this worker, or damaged, and could not be downloaded "
            f"({type(error).__name__}).",
            "/dataset",
        ) from error


def keras_folder() -> Path:
    """Where Keras's loaders keep what they downloaded."""
    return Path(str(config.keras_home())) / "datasets"


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
    """MNIST and its kin: the four idx files in a folder, or else Keras's loader."""

    def load_images() -> RawRows:
        for folder in (SYSTEM_FOLDER / folder_name, keras_folder() / folder_name):
            if (folder / "train-images-idx3-ubyte.gz").is_file():
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


def _cifar10() -> RawRows:
    folder = SYSTEM_FOLDER / "cifar-10-batches-py"
    if not folder.is_dir():
        return _from_keras(keras.datasets.cifar10.load_data)()
    batches = [load_batch(str(folder / f"data_batch_{number}")) for number in range(1, 6)]
    return _cifar_rows(batches, load_batch(str(folder / "test_batch")))


def _cifar100() -> RawRows:
    folder = SYSTEM_FOLDER / "cifar-100-python"
    if not folder.is_dir():
        return _from_keras(keras.datasets.cifar100.load_data)()
    return _cifar_rows(
        [load_batch(str(folder / "train"), label_key="fine_labels")],
        load_batch(str(folder / "test"), label_key="fine_labels"),
    )


def _cifar_rows(batches: list[tuple[Array, Any]], test: tuple[Array, Any]) -> RawRows:
    return RawRows(
        np.concatenate([images for images, _ in batches]).transpose(0, 2, 3, 1),
        np.concatenate([np.asarray(labels, np.uint8) for _, labels in batches]),
        test[0].transpose(0, 2, 3, 1),
        np.asarray(test[1], np.uint8),
    )


def _california_housing() -> RawRows:
    """Keras's file of the 1990 census blocks, its own order before the drawn one (its loader shuffles)."""
    path = SYSTEM_FOLDER / "california_housing.npz"
    if not path.is_file():
        path = keras_folder() / "california_housing.npz"
    if not path.is_file():
        with _impatient_sockets():
            keras.datasets.california_housing.load_data()
    with np.load(path, allow_pickle=False) as arrays:
        return _in_drawn_order(arrays["x"], arrays["y"], CALIFORNIA_COLUMNS)


def stamp_of(name: str) -> str | None:
    """What changes whenever the files of a data set do; None where none of them is here."""
    if name not in SOURCES:
        return None
    names = SOURCES[name].names
    places = [folder / place for place in names for folder in (SYSTEM_FOLDER, keras_folder())]
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
        names: Files or folders that hold them, in the system's folder or in Keras's; none comes with scikit-learn.
    """

    load: Callable[[], RawRows]
    names: tuple[str, ...] = ()


SOURCES: dict[str, Source] = {
    "digits": Source(_digits),
    "mnist": Source(_idx_images("mnist", keras.datasets.mnist.load_data), ("mnist", "mnist.npz")),
    "fashion_mnist": Source(_idx_images("fashion-mnist", keras.datasets.fashion_mnist.load_data), ("fashion-mnist",)),
    "cifar10": Source(_cifar10, ("cifar-10-batches-py", "cifar-10-batches-py-target")),
    "cifar100": Source(_cifar100, ("cifar-100-python", "cifar-100-python-target")),
    "iris": Source(_table(sklearn.datasets.load_iris)),
    "wine": Source(_table(sklearn.datasets.load_wine)),
    "breast_cancer": Source(_table(sklearn.datasets.load_breast_cancer)),
    "diabetes": Source(_table(sklearn.datasets.load_diabetes)),
    "california_housing": Source(_california_housing, ("california_housing.npz",)),
}
"""Every built-in data set; `spec.datasets.BUILT_IN` says what each must turn out to be."""
