"""A file and what was said of it, to the columns and facts of a data set."""

from collections.abc import Callable
from pathlib import Path

from spec.datasets.descriptions import DatasetDescription
from worker.reader.archives import opened
from worker.reader.arrays import ENDING, read_npy, read_npz
from worker.reader.dataset import ReadDataset
from worker.reader.delimited.reading import read_delimited
from worker.reader.faults import refusal
from worker.reader.limits import LIMITS, ReadLimits
from worker.reader.parquet import read_parquet
from worker.reader.pictures import check_kind, read_pictures
from worker.reader.signatures import kind_of
from worker.reader.table import SignOfLife

_Reader = Callable[[Path, DatasetDescription, ReadLimits, Path, SignOfLife], ReadDataset]

READERS: dict[str, _Reader] = {
    "csv": read_delimited,
    "tsv": read_delimited,
    "parquet": read_parquet,
    "npy": read_npy,
    "npz": read_npz,
    "images": read_pictures,
}
"""By format, as `spec.datasets.descriptions` has them."""


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
    found = _format_of(path, limits)
    if found == "csv" and said.format in ("csv", "tsv"):
        found = said.format
    if said.format not in (None, found):
        message = f"The file is of the format `{found}`, and `{said.format}` was described. Correct `format`."
        raise refusal("other_format", message)
    return READERS[found](path, said, limits, folder, sign_of_life)


def _format_of(path: Path, limits: ReadLimits) -> str:
    kind = kind_of(path)
    if kind == "text":
        return "csv"
    if kind != "zip":
        return kind
    with opened(path, limits) as archive:
        names = archive.namelist()
    check_kind(names)
    names = [name for name in names if not name.endswith("/")]
    return "npz" if names and all(name.endswith(ENDING) for name in names) else "images"
