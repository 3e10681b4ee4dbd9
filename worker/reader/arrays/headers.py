"""Arrays in files: what their headers promise, and their rows, piece by piece."""

import math
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from spec.datasets.read_limits import ReadLimits
from worker.reader.archives import damaged
from worker.reader.columns.files import PIECE_ROWS

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_MOST_HEADER = 10_000
_MOST_PIECE_BYTES = 2**20
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


def read_header(file: IO[bytes]) -> Header:
    """The header of an array; the file stands behind it then.

    Raises:
        ValueError: It has none that is read.
    """
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(version)
    try:
        shape, is_fortran, dtype = _HEADERS[version](file, max_header_size=_MOST_HEADER)
    except Exception as error:  # Python's parser raises what it likes at what is no literal, up to MemoryError
        raise ValueError(version) from error
    return Header(shape, is_fortran, dtype, file.tell())


def problem_of(header: Header, source: Source, limits: ReadLimits) -> tuple[str, str] | None:
    """Code and message of what is wrong with an array, by its header alone."""
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


def pieces_of(source: Source, header: Header, copy: Path | None = None) -> Iterator[np.ndarray[Any, Any]]:
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
