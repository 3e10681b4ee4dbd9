"""NPY and NPZ: the header of each array is read before anything else, and pickles never are."""

import math
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from spec.datasets.descriptions import DatasetDescription
from worker.reader.archives import damaged
from worker.reader.columns.column import Column
from worker.reader.columns.files import PIECE_ROWS, ColumnFile
from worker.reader.dataset import ReadDataset, Warned, doubts_of
from worker.reader.faults import FaultList, FileFault, FileFaulty, refusal, shown
from worker.reader.limits import ReadLimits
from worker.reader.table import SignOfLife, Table, check_rows, is_ignored, names_of
from worker.reader.typed import OF_THE_FILE, Reading, UnsupportedType, reading_of

ONLY_NAME = "array"
"""What the array of an NPY file is called."""

ENDING = ".npy"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_MOST_HEADER = 10_000
_MOST_PIECE_BYTES = 2**20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError)
_WAYS = {
    "O": "Python objects (a pickle). Save the array with a type of numbers or strings",
    "V": "structured rows. Save each field as an array of its own",
    "c": "complex numbers. Save real and imaginary parts as arrays of their own",
    "m": "lengths of time. Save them as numbers",
}


@dataclass(frozen=True)
class Source:
    """Where an array is.

    Attributes:
        name: The array's.
        path: The file.
        archive: The zip that has it; None for a file of its own.
        member: Its name there.
        size: Bytes that are promised, its header among them.
    """

    name: str
    path: Path
    archive: zipfile.ZipFile | None
    member: str
    size: int

    def opened(self) -> AbstractContextManager[IO[bytes]]:
        """From its beginning."""
        return self.path.open("rb") if self.archive is None else self.archive.open(self.member)


@dataclass(frozen=True)
class Header:
    """What an array says of itself.

    Attributes:
        shape: Of it.
        is_fortran: Whether the first axis is the fastest.
        dtype: Of its items.
        size: Bytes of the header.
    """

    shape: tuple[int, ...]
    is_fortran: bool
    dtype: np.dtype[Any]
    size: int


def read_npy(
    path: Path, description: DatasetDescription, limits: ReadLimits, folder: Path, sign_of_life: SignOfLife
) -> ReadDataset:
    """Read an NPY file.

    Raises:
        FileFaulty: It cannot be read, or values do not fit what was described.
    """
    source = Source(ONLY_NAME, path, None, "", path.stat().st_size)
    return _read("npy", [source], description, limits, folder, sign_of_life)


def read_npz(  # noqa: PLR0913, PLR0917 -- what it is given
    archive: zipfile.ZipFile,
    path: Path,
    description: DatasetDescription,
    limits: ReadLimits,
    folder: Path,
    sign_of_life: SignOfLife,
) -> ReadDataset:
    """Read an NPZ file whose members were checked.

    Raises:
        FileFaulty: It cannot be read, or values do not fit what was described.
    """
    members = [one for one in archive.infolist() if not one.is_dir()]
    sources = [Source(one.filename.removesuffix(ENDING), path, archive, one.filename, one.file_size) for one in members]
    return _read("npz", sources, description, limits, folder, sign_of_life)


def _read(  # noqa: PLR0913, PLR0917 -- what it is given
    format_: str,
    sources: Sequence[Source],
    description: DatasetDescription,
    limits: ReadLimits,
    folder: Path,
    sign_of_life: SignOfLife,
) -> ReadDataset:
    faults = FaultList()
    if len(sources) > limits.columns:
        message = f"The file has {len(sources):,} arrays, and a data set can have at most {limits.columns:,}."
        raise refusal("too_many_columns", f"{message} Upload fewer arrays.")
    names = names_of([source.name for source in sources], description, faults, None)
    faults.raise_any()
    used = [source for source in sources if not is_ignored(description, source.name)]
    headers = {source.name: header for source in used if (header := _checked(source, limits, faults)) is not None}
    faults.raise_any()
    rows = _rows_of(headers, limits, faults)
    faults.raise_any()
    columns: list[Column] = []
    for place, source in enumerate(used):
        try:
            columns.append(
                _column(source, headers[source.name], description, folder / f"column_{place}", faults, sign_of_life)
            )
        except _BROKEN as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            faults.add(damaged_array(source.name).faults[0])
        except FileFaulty as error:
            faults.add(error.faults[0])
    faults.raise_any()
    warnings = [Warned(doubt.code, name, doubt.message) for name, doubt in names.doubts]
    return ReadDataset(format_, rows, columns, [*warnings, *doubts_of(columns)])


def damaged_array(name: str) -> FileFaulty:
    """What is said of an array that cannot be read."""
    return refusal("damaged_array", "The array is damaged, or not complete. Save it again.", column=shown(name))


def _checked(source: Source, limits: ReadLimits, faults: FaultList) -> Header | None:
    """The header, if the array can be read by it."""
    try:
        with source.opened() as file:
            header = _header(file)
    except _BROKEN:
        faults.add(damaged_array(source.name).faults[0])
        return None
    if (problem := _problem(header, source, limits)) is not None:
        code, message = problem
        faults.add(FileFault(code, message, column=shown(source.name)))
        return None
    return header


def _header(file: IO[bytes]) -> Header:
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(version)
    shape, is_fortran, dtype = _HEADERS[version](file, max_header_size=_MOST_HEADER)
    return Header(shape, is_fortran, dtype, file.tell())


def _problem(header: Header, source: Source, limits: ReadLimits) -> tuple[str, str] | None:
    return _problem_of_type(header.dtype) or _problem_of_shape(header, source, limits)


def _problem_of_type(dtype: np.dtype[Any]) -> tuple[str, str] | None:
    if dtype.hasobject or dtype.kind in _WAYS:
        return "unsupported_type", f"The array has {_WAYS['O' if dtype.hasobject else dtype.kind]}."
    if dtype.kind in "iuf" and dtype.itemsize > 8:  # noqa: PLR2004 -- float64
        return "unsupported_type", "The array has numbers of more than 64 bits. Save it as float64."
    return None


def _problem_of_shape(header: Header, source: Source, limits: ReadLimits) -> tuple[str, str] | None:
    shape, dtype = header.shape, header.dtype
    if not shape:
        return "no_rows", "The array is a single value, without rows. Save an array of rows, or ignore it."
    if len(shape) > limits.dimensions:
        return "too_many_dimensions", f"An array can have at most {limits.dimensions} dimensions. Reshape it."
    if dtype.kind in "USM" and len(shape) > 1:
        return "unsupported_type", "Strings and dates must have one dimension. Save each column as an array of its own."
    promised = math.prod(shape) * dtype.itemsize
    if header.size + promised != source.size or any(length < 0 for length in shape):
        message = (
            f"The header promises {promised:,} bytes, and the file has {max(source.size - header.size, 0):,}. "
            "Save the array again."
        )
        return "damaged_array", message
    if math.prod(shape[1:]) == 0 or dtype.itemsize == 0:
        return "empty_rows", "The rows of the array are empty. Ignore it, or save it with values."
    return None


def _rows_of(headers: dict[str, Header], limits: ReadLimits, faults: FaultList) -> int:
    if not headers:
        faults.add(FileFault("no_columns", "The file has no arrays that are read. Ignore fewer of them."))
        return 0
    first, rows = next((name, header.shape[0]) for name, header in headers.items())
    for name, header in headers.items():
        if header.shape[0] != rows:
            message = (
                f"The array has {header.shape[0]:,} rows, and `{shown(first)}` has {rows:,}. All arrays of a data set "
                "need equally many rows. Ignore this one, or save it otherwise."
            )
            faults.add(FileFault("unequal_rows", message, column=shown(name)))
    check_rows(rows, limits, faults)
    return rows


def _column(  # noqa: PLR0913, PLR0917 -- what it is given
    source: Source,
    header: Header,
    description: DatasetDescription,
    path: Path,
    faults: FaultList,
    sign_of_life: SignOfLife,
) -> Column:
    described = description.columns.get(source.name)
    if len(header.shape) == 1:
        try:
            reading = reading_of(source.name, path, _arrow_type(header.dtype), described)
        except (UnsupportedType, pa.ArrowNotImplementedError):
            raise refusal("unsupported_type", "The array's type is not read. Ignore it.", column=source.name) from None
        return _flat(source, header, reading, faults, sign_of_life)
    if described is not None and described.type != "number":
        message = "An array with more than one dimension is a column of numbers. Describe it as such, or ignore it."
        raise refusal("type_of_array", message, column=shown(source.name))
    return _deep(source, header, path, faults, sign_of_life)


def _arrow_type(dtype: np.dtype[Any]) -> pa.DataType:
    if dtype.kind in "US":
        return pa.string()
    if dtype.kind == "M":
        return pa.timestamp("us")
    return pa.from_numpy_dtype(dtype.newbyteorder("="))


def _flat(source: Source, header: Header, reading: Reading, faults: FaultList, sign_of_life: SignOfLife) -> Column:
    def passes(places: Sequence[int]) -> Iterator[Sequence[pa.Array]]:
        del places
        for piece in _pieces(source, header):
            yield [_arrow_array(piece)]

    table = Table({0: reading})
    table.read(passes, header.shape[0], sign_of_life)
    table.note_faults(faults)
    return Column(reading.name, "number", False, "", 0, 0, {}) if reading.faults else reading.column()  # noqa: FBT003


def _arrow_array(piece: np.ndarray) -> pa.Array:
    if piece.dtype.kind == "S":
        return pa.array([value.decode("utf-8", "replace") for value in piece.tolist()], pa.string())
    if piece.dtype.kind == "U":
        return pa.array(piece.tolist(), pa.string())
    if piece.dtype.kind == "M":
        return pa.array(piece.astype("M8[us]"))
    return pa.array(piece.astype(piece.dtype.newbyteorder("=")))


def _deep(source: Source, header: Header, path: Path, faults: FaultList, sign_of_life: SignOfLife) -> Column:
    """An array with more than one dimension, as it came, in C order."""
    file = ColumnFile(path, _written(header.dtype), header.shape[1:])
    missing, least, most, is_infinite = 0, math.inf, -math.inf, False
    for piece in _pieces(source, header, path.with_suffix(".fortran")):
        if piece.dtype.kind == "f":
            is_nan = np.isnan(piece)
            missing += int(is_nan.reshape(len(piece), -1).any(axis=1).sum())
            is_infinite = is_infinite or bool(np.isinf(piece).any())
            piece = piece[~is_nan] if is_nan.any() else piece  # noqa: PLW2901 -- range of the rest
        if piece.size:
            least, most = min(least, float(piece.min())), max(most, float(piece.max()))
        sign_of_life()
    for piece in _pieces(source, header, path.with_suffix(".fortran")):
        file.add(piece.astype(file.dtype))
        sign_of_life()
    if is_infinite:
        message = "The array has infinite numbers. Replace them by finite ones."
        faults.add(FileFault("infinite_number", message, column=shown(source.name)))
    return Column(
        name=source.name,
        type="number",
        is_guessed=False,
        reason=OF_THE_FILE,
        rows=header.shape[0],
        missing=missing,
        files={"": file},
        shape=header.shape[1:],
        details={
            "dtype": file.dtype.name,
            "min": least if math.isfinite(least) else None,
            "max": most if math.isfinite(most) else None,
        },
    )


def _written(dtype: np.dtype[Any]) -> str:
    if dtype.kind == "b":
        return "|u1"
    if dtype.kind == "f" and dtype.itemsize == 2:  # noqa: PLR2004 -- float16
        return "<f4"
    return dtype.newbyteorder("<").str


def _pieces(source: Source, header: Header, copy: Path | None = None) -> Iterator[np.ndarray[Any, Any]]:
    """The rows, piece by piece; of an array in Fortran order, from a copy of it on the disk."""
    if header.is_fortran and header.shape[1:] and copy is not None:
        yield from _fortran_pieces(source, header, copy)
        return
    row_bytes = math.prod(header.shape[1:]) * header.dtype.itemsize
    count = max(1, min(PIECE_ROWS, _MOST_PIECE_BYTES // row_bytes))
    with source.opened() as file:
        file.read(header.size)
        for first in range(0, header.shape[0], count):
            rows = min(count, header.shape[0] - first)
            read = _exactly(file, rows * row_bytes)
            yield np.frombuffer(read, header.dtype).reshape((rows, *header.shape[1:]))
        if file.read(1):
            raise damaged()


def _fortran_pieces(source: Source, header: Header, copy: Path) -> Iterator[np.ndarray[Any, Any]]:
    try:
        with source.opened() as file, copy.open("wb") as target:
            file.read(header.size)
            left = math.prod(header.shape) * header.dtype.itemsize
            while left:
                read = _exactly(file, min(left, _MOST_PIECE_BYTES))
                target.write(read)
                left -= len(read)
        mapped = np.memmap(copy, header.dtype, "r", shape=header.shape, order="F")
        row_bytes = math.prod(header.shape[1:]) * header.dtype.itemsize
        count = max(1, min(PIECE_ROWS, _MOST_PIECE_BYTES // row_bytes))
        for first in range(0, header.shape[0], count):
            yield np.ascontiguousarray(mapped[first : first + count])
    finally:
        copy.unlink(missing_ok=True)


def _exactly(file: IO[bytes], size: int) -> bytes:
    """So many bytes, also where they come in pieces."""
    read = file.read(size)
    while len(read) < size:
        more = file.read(size - len(read))
        if not more:
            raise EOFError
        read += more
    return read
