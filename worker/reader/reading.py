"""A file and what was said of it, to the columns and facts of a data set."""

from collections.abc import Callable
from pathlib import Path

from spec.datasets.descriptions import DatasetDescription
from spec.datasets.read_limits import LIMITS, ReadLimits
from worker.reader.archives import check_members, opened
from worker.reader.arrays.reading import ENDING, read_npy, read_npz
from worker.reader.dataset import ReadDataset
from worker.reader.delimited.reading import read_delimited
from worker.reader.faults import refusal
from worker.reader.images.contents import check_kind
from worker.reader.images.reading import read_pictures
from worker.reader.parquet import read_parquet
from worker.reader.signatures import Kind, kind_of
from worker.reader.table import SignOfLife

_Reader = Callable[[Path, DatasetDescription, ReadLimits, Path, SignOfLife], ReadDataset]


def _no_sign() -> None:
    """Nobody waits for one."""


def read(
    path: Path,
    description: DatasetDescription | None,
    folder: Path,
    *,
    limits: ReadLimits = LIMITS,
    sign_of_life: SignOfLife = _no_sign,
) -> ReadDataset:
    """Read a file; its columns are written into a folder, until `worker.reader.packing.pack` puts them together.

    Args:
        path: The file. Its content says what it is, its name does not.
        description: What is known of it; None if nothing is.
        folder: An empty folder.
        limits: What bounds the reading.
        sign_of_life: Called now and then.

    Raises:
        FileFaulty: It cannot be read; all that is wrong with it, up to a hundred faults.
        OSError: The disk failed.
        MemoryError: The process may not use as much memory as it needs.
    """
    said = description or DatasetDescription()
    return READERS[kind_of(path)](path, said, limits, folder, sign_of_life)


def _read_text(
    path: Path, said: DatasetDescription, limits: ReadLimits, folder: Path, sign_of_life: SignOfLife
) -> ReadDataset:
    _check_format(said, "csv", "tsv")
    return read_delimited(path, said, limits, folder, sign_of_life)


def _read_parquet(
    path: Path, said: DatasetDescription, limits: ReadLimits, folder: Path, sign_of_life: SignOfLife
) -> ReadDataset:
    _check_format(said, "parquet")
    return read_parquet(path, said, limits, folder, sign_of_life)


def _read_npy(
    path: Path, said: DatasetDescription, limits: ReadLimits, folder: Path, sign_of_life: SignOfLife
) -> ReadDataset:
    _check_format(said, "npy")
    return read_npy(path, said, limits, folder, sign_of_life)


def _read_zip(
    path: Path, said: DatasetDescription, limits: ReadLimits, folder: Path, sign_of_life: SignOfLife
) -> ReadDataset:
    with opened(path, limits) as archive:
        names = archive.namelist()
        check_kind(names)
        files = [name for name in names if not name.endswith("/")]
        if files and all(name.endswith(ENDING) for name in files):
            _check_format(said, "npz")
            check_members(archive, path, limits)
            return read_npz(archive, path, said, limits, folder, sign_of_life)
        _check_format(said, "images")
        check_members(archive, path, limits)
        return read_pictures(archive, said, limits, folder, sign_of_life)


def _check_format(said: DatasetDescription, *found: str) -> None:
    if said.format not in (None, *found):
        message = f"The file is of the format `{found[0]}`, and `{said.format}` was described. Correct `format`."
        raise refusal("other_format", message)


READERS: dict[Kind, _Reader] = {
    "text": _read_text,
    "parquet": _read_parquet,
    "npy": _read_npy,
    "zip": _read_zip,
}
"""By what the first bytes say."""
