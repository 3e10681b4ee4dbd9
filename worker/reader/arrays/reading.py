"""NPY and NPZ files from their bytes to their columns."""

import math
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from spec.datasets.descriptions import DatasetDescription
from spec.datasets.read_limits import ReadLimits
from worker.reader.arrays.headers import Header, Source, problem_of, read_header
from worker.reader.arrays.joining import PART, Array, check_parts, joined_warning, joining_of, part_column
from worker.reader.columns.column import Column
from worker.reader.columns.files import ColumnFile
from worker.reader.columns.typed import OF_THE_FILE, Reading, UnsupportedType, reading_of
from worker.reader.dataset import ReadDataset, Warned, doubts_of
from worker.reader.faults import FaultList, FileFault, FileFaulty, refusal, shown
from worker.reader.table import SignOfLife, Table, check_rows, is_ignored, names_of

ONLY_NAME = "array"
"""What the array of an NPY file is called."""

ENDING = ".npy"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError)


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
    joining = joining_of([source for source in sources if not is_ignored(description, source.name)], description)
    ignored = [source.name for source in sources if is_ignored(description, source.name)]
    known = [*joining.names, *ignored] if joining.parts else [source.name for source in sources]
    names = names_of(known, description, faults, None)
    faults.raise_any()
    used = [source for parts in joining.columns.values() for source in parts]
    headers = {source.name: header for source in used if (header := _checked(source, limits, faults)) is not None}
    faults.raise_any()
    arrays = [
        Array(name, parts, tuple(headers[source.name] for source in parts))
        for name, parts in joining.columns.items()
        if not is_ignored(description, name)
    ]
    rows = _rows_of(arrays, limits, faults)
    faults.raise_any()
    columns: list[Column] = []
    for place, array in enumerate(arrays):
        try:
            columns.append(_column(array, description, folder / f"column_{place}", faults, sign_of_life))
        except _BROKEN as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            faults.add(damaged_array(array.name).faults[0])
        except FileFaulty as error:
            faults.add(error.faults[0])
    faults.raise_any()
    warnings = [Warned(doubt.code, name, doubt.message) for name, doubt in names.doubts]
    if joining.parts and not is_ignored(description, PART):
        columns.append(part_column(joining, arrays[0], folder / "part"))
        warnings.append(joined_warning(joining))
    return ReadDataset(format_, rows, columns, [*warnings, *doubts_of(columns)])


def damaged_array(name: str) -> FileFaulty:
    """What is said of an array that cannot be read."""
    return refusal("damaged_array", "The array is damaged, or not complete. Save it again.", column=shown(name))


def _checked(source: Source, limits: ReadLimits, faults: FaultList) -> Header | None:
    """The header, if the array can be read by it."""
    try:
        with source.opened() as file:
            header = read_header(file)
    except _BROKEN:
        faults.add(damaged_array(source.name).faults[0])
        return None
    if (problem := problem_of(header, source, limits)) is not None:
        code, message = problem
        faults.add(FileFault(code, message, column=shown(source.name)))
        return None
    return header


def _rows_of(arrays: Sequence[Array], limits: ReadLimits, faults: FaultList) -> int:
    if not arrays:
        faults.add(FileFault("no_columns", "The file has no arrays that are read. Ignore fewer of them."))
        return 0
    check_parts(arrays, faults)
    faults.raise_any()
    first, rows = arrays[0].name, arrays[0].header.shape[0]
    for array in arrays:
        if array.header.shape[0] != rows:
            message = (
                f"The array has {array.header.shape[0]:,} rows, and `{shown(first)}` has {rows:,}. All arrays of a "
                "data set need equally many rows. Ignore this one, or save it otherwise."
            )
            faults.add(FileFault("unequal_rows", message, column=shown(array.name)))
    check_rows(rows, limits, faults)
    return rows


def _column(
    array: Array, description: DatasetDescription, path: Path, faults: FaultList, sign_of_life: SignOfLife
) -> Column:
    described, header = description.columns.get(array.name), array.header
    if len(header.shape) == 1:
        try:
            reading = reading_of(array.name, path, _arrow_type(header.dtype), described)
        except (UnsupportedType, pa.ArrowNotImplementedError):
            raise refusal("unsupported_type", "The array's type is not read. Ignore it.", column=array.name) from None
        return _flat(array, reading, faults, sign_of_life)
    if described is not None and described.type != "number":
        message = "An array with more than one dimension is a column of numbers. Describe it as such, or ignore it."
        raise refusal("type_of_array", message, column=shown(array.name))
    return _deep(array, path, faults, sign_of_life)


def _arrow_type(dtype: np.dtype[Any]) -> pa.DataType:
    if dtype.kind in "US":
        return pa.string()
    if dtype.kind == "M":
        return pa.timestamp("us")
    return pa.from_numpy_dtype(dtype.newbyteorder("="))


def _flat(array: Array, reading: Reading, faults: FaultList, sign_of_life: SignOfLife) -> Column:
    def passes(places: Sequence[int]) -> Iterator[Sequence[pa.Array]]:
        del places
        for piece in array.pieces():
            yield [_arrow_array(piece)]

    table = Table({0: reading})
    table.read(passes, array.header.shape[0], sign_of_life)
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


def _deep(array: Array, path: Path, faults: FaultList, sign_of_life: SignOfLife) -> Column:
    """An array with more than one dimension, as it came, in C order."""
    header = array.header
    file = ColumnFile(path, _written(header.dtype), header.shape[1:])
    missing, least, most, is_infinite = 0, math.inf, -math.inf, False
    for piece in array.pieces(path.with_suffix(".fortran")):
        if piece.dtype.kind == "f":
            is_nan = np.isnan(piece)
            missing += int(is_nan.reshape(len(piece), -1).any(axis=1).sum())
            is_infinite = is_infinite or bool(np.isinf(piece).any())
            piece = piece[~is_nan] if is_nan.any() else piece  # noqa: PLW2901 -- range of the rest
        if piece.size:
            least, most = min(least, float(piece.min())), max(most, float(piece.max()))
        sign_of_life()
    for piece in array.pieces(path.with_suffix(".fortran")):
        file.add(piece.astype(file.dtype))
        sign_of_life()
    if is_infinite:
        message = "The array has infinite numbers. Replace them by finite ones."
        faults.add(FileFault("infinite_number", message, column=shown(array.name)))
    return Column(
        name=array.name,
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
