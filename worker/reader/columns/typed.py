"""Columns whose type the file itself knows: those of Parquet, and arrays of one dimension."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spec.datasets.descriptions import ColumnDescription, ColumnType
from worker.reader.columns.column import Column
from worker.reader.columns.dates import MISSING, DateTrial
from worker.reader.columns.files import ColumnFile
from worker.reader.columns.guessing import CellFault, ColumnReading, Writing
from worker.reader.columns.numbers import LARGEST_EXACT, NumberTrial
from worker.reader.columns.trial import Doubt
from worker.reader.faults import MOST_FAULTS

OF_THE_FILE = "The file has this type."
_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


class Reading(Protocol):
    """Reads one column, in blocks; see `ColumnReading`."""

    @property
    def name(self) -> str:
        """The column's."""
        ...

    @property
    def is_done(self) -> bool:
        """Whether all rows were taken."""
        ...

    @property
    def faults(self) -> list[CellFault]:
        """What does not fit what was described."""
        ...

    @property
    def more_faults(self) -> int:
        """How many more there are."""
        ...

    def take(self, cells: pa.Array, first_row: int) -> None:
        """The next block."""
        ...

    def end_pass(self) -> None:
        """All rows were given."""
        ...

    def column(self) -> Column:
        """The column, once it is done."""
        ...


@dataclass
class UnsupportedType(Exception):
    """Columns of this type are not read."""

    described: str


def reading_of(name: str, path: Path, type_: pa.DataType, described: ColumnDescription | None) -> Reading:
    """What reads a column of an Arrow type.

    Raises:
        UnsupportedType: Nothing does.
    """
    wanted = described.type if described else None
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    if _is_number(type_) and wanted in (None, "number"):
        return NumbersOfFile(name, path, described)
    if _is_moment(type_) and wanted in (None, "date"):
        return DatesOfFile(name, path, described)
    if pa.types.is_boolean(type_) and wanted in (None, "boolean"):
        return StringsOfFile(name, path, described or ColumnDescription(type="boolean"), is_guessed=described is None)
    if _is_list(type_) and wanted in (None, "number"):
        return VectorsOfFile(name, path, described)
    if _is_string(type_) or pa.types.is_null(type_) or _is_number(type_) or _is_moment(type_):
        return StringsOfFile(name, path, described)
    if pa.types.is_boolean(type_):
        return StringsOfFile(name, path, described)
    raise UnsupportedType(str(type_))


class StringsOfFile:
    """A column that is read by its strings; one of another type is written as strings first."""

    def __init__(
        self, name: str, path: Path, described: ColumnDescription | None, *, is_guessed: bool | None = None
    ) -> None:
        self._inner = ColumnReading(name, path, described, Writing(are_strings=False))
        self._is_of_file = is_guessed is not None
        self.name = name

    @property
    def is_done(self) -> bool:
        """Whether all rows were taken."""
        return self._inner.is_done

    @property
    def faults(self) -> list[CellFault]:
        """What does not fit what was described."""
        return self._inner.faults

    @property
    def more_faults(self) -> int:
        """How many more there are."""
        return self._inner.more_faults

    def take(self, cells: pa.Array, first_row: int) -> None:
        """The next block."""
        self._inner.take(as_strings(cells), first_row)

    def end_pass(self) -> None:
        """All rows were given."""
        self._inner.end_pass()

    def column(self) -> Column:
        """The column."""
        column = self._inner.column()
        return replace(column, is_guessed=False, reason=OF_THE_FILE) if self._is_of_file else column


class _Direct:
    """A column that is written as it is, in one pass."""

    def __init__(self, name: str, described: ColumnDescription | None) -> None:
        self.name = name
        self.is_done = False
        self.faults: list[CellFault] = []
        self.more_faults = 0
        self._rows = 0
        self._missing = 0
        self._reason = OF_THE_FILE if described is None else "This type was described."

    def end_pass(self) -> None:
        """All rows were given."""
        self.is_done = True

    def _written(self, type_: ColumnType, files: Mapping[str, ColumnFile]) -> Column:
        """What is known of all such columns; nobody guessed what they are."""
        return Column(
            name=self.name,
            type=type_,
            is_guessed=False,
            reason=self._reason,
            rows=self._rows,
            missing=self._missing,
            files=files,
        )

    def _note(self, cells: pa.Array, is_wrong: np.ndarray, first_row: int, code: str, message: str) -> None:
        places = np.flatnonzero(is_wrong)
        kept = places[: MOST_FAULTS - len(self.faults)]
        for place in kept:
            value = str(cells[int(place)].as_py())
            self.faults.append(CellFault(first_row + int(place), self.name, value, code, message))
        self.more_faults += len(places) - len(kept)


class NumbersOfFile(_Direct):
    """Numbers, or lengths of time in seconds. Whole ones that float64 cannot hold are read as categories instead."""

    def __init__(self, name: str, path: Path, described: ColumnDescription | None) -> None:
        super().__init__(name, described)
        self._trial = NumberTrial(path, is_guessed=False)
        self._is_guessed = described is None
        self._path = path
        self._instead: StringsOfFile | None = None
        self._lost = 0

    def take(self, cells: pa.Array, first_row: int) -> None:
        """The next block."""
        self._rows = first_row + len(cells)
        if self._instead is not None:
            self._instead.take(cells, first_row)
            return
        values = _as_numbers(cells)
        is_infinite = np.isinf(values)
        if is_infinite.any():
            message = "This number is infinite. Replace it by a missing value, or by a finite number."
            self._note(cells, is_infinite, first_row, "infinite_number", message)
        self._missing += int(np.isnan(values).sum())
        with np.errstate(invalid="ignore"):
            if pa.types.is_integer(cells.type):
                self._lost += int((np.abs(values) >= LARGEST_EXACT).sum())
        self._trial.add(values)

    def end_pass(self) -> None:
        """All rows were given; once more if they are to be categories."""
        if self._instead is not None:
            self._instead.end_pass()
            self.is_done = self._instead.is_done
        elif self._lost and self._is_guessed:
            self._trial.discard()
            self._instead = StringsOfFile(self.name, self._path, None)
        else:
            self.is_done = True

    def column(self) -> Column:
        """The column."""
        if self._instead is not None:
            message = (
                "It has whole numbers beyond 2^53, which would lose digits, so it was not read as a column of "
                "numbers. Describe it as a number if it is one."
            )
            found = self._instead.column()
            return replace(found, doubts=(*found.doubts, Doubt("large_integers", message)))
        lost = f"{self._lost:,} whole numbers are larger than 2^53 and lost digits. Describe the column as a category."
        doubts = (Doubt("lost_digits", lost),) if self._lost else ()
        return replace(self._written("number", self._trial.files()), doubts=doubts)


class DatesOfFile(_Direct):
    """Days and moments of every unit and zone, as microseconds in UTC."""

    def __init__(self, name: str, path: Path, described: ColumnDescription | None) -> None:
        super().__init__(name, described)
        self._trial = DateTrial(path)

    def take(self, cells: pa.Array, first_row: int) -> None:
        """The next block."""
        self._rows = first_row + len(cells)
        self._missing += cells.null_count
        unit = pa.timestamp("us", cells.type.tz if pa.types.is_timestamp(cells.type) else None)
        moments = pc.cast(pc.cast(cells, unit, safe=False), pa.int64())
        self._trial.add(pc.fill_null(moments, MISSING).to_numpy(zero_copy_only=False))

    def column(self) -> Column:
        """The column."""
        return self._written("date", self._trial.files())


class VectorsOfFile(_Direct):
    """Lists of equally many numbers."""

    def __init__(self, name: str, path: Path, described: ColumnDescription | None) -> None:
        super().__init__(name, described)
        self._path = path
        self._file: ColumnFile | None = None

    def take(self, cells: pa.Array, first_row: int) -> None:
        """The next block."""
        self._rows = first_row + len(cells)
        lengths = pc.list_value_length(cells)
        if self._file is None:
            width = next((length for length in lengths.to_pylist() if length is not None), None)
            if width is None:
                width = 0
            dtype = np.dtype(cells.type.value_type.to_pandas_dtype()).newbyteorder("<")
            if dtype.itemsize == 2 and dtype.kind == "f":  # noqa: PLR2004 -- float16
                dtype = np.dtype("<f4")
            self._file = ColumnFile(self._path, dtype.str, (width,))
        is_wrong = pc.fill_null(pc.not_equal(lengths, self._file.shape[0]), True)  # noqa: FBT003 -- a value
        wrong = is_wrong.to_numpy(zero_copy_only=False)
        flat = cells.flatten()
        if wrong.any():
            message = (
                f"The lists of a column must have equally many numbers, and the first has {self._file.shape[0]:,}. "
                "Correct the row, or ignore the column."
            )
            self._note(cells, wrong, first_row, "ragged_list", message)
            return
        values = pc.cast(flat, pa.from_numpy_dtype(self._file.dtype)).to_numpy(zero_copy_only=False)
        values = values.reshape((len(cells), *self._file.shape))
        if flat.null_count:
            has_gap = np.array([None in one for one in cells.to_pylist()])
            message = "A list cannot have missing numbers. Correct the row, or ignore the column."
            self._note(cells, has_gap, first_row, "missing_in_list", message)
        elif values.dtype.kind == "f" and not np.isfinite(values).all():
            message = "A list cannot have numbers that are infinite or NaN. Correct the row, or ignore the column."
            self._note(cells, ~np.isfinite(values).all(axis=1), first_row, "infinite_number", message)
        self._file.add(np.nan_to_num(values))

    def column(self) -> Column:
        """The column."""
        file = self._file or ColumnFile(self._path, "<f8", (0,))
        return replace(self._written("number", {"": file}), shape=file.shape, details={"dtype": file.dtype.name})


def as_strings(cells: pa.Array) -> pa.StringArray:
    """A column as strings, whatever it was."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    return cells if cells.type == pa.string() else pc.cast(cells, pa.string())


def _as_numbers(cells: pa.Array) -> np.ndarray:
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    type_ = cells.type
    if pa.types.is_time(type_) or pa.types.is_duration(type_):
        whole = pc.cast(cells, pa.int32() if pa.types.is_time32(type_) else pa.int64())
        return pc.cast(whole, pa.float64(), safe=False).to_numpy(zero_copy_only=False) / _UNITS[type_.unit]
    return pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _is_number(type_: pa.DataType) -> bool:
    return (
        pa.types.is_integer(type_)
        or pa.types.is_floating(type_)
        or pa.types.is_decimal(type_)
        or pa.types.is_time(type_)
        or pa.types.is_duration(type_)
    )


def _is_moment(type_: pa.DataType) -> bool:
    return pa.types.is_date(type_) or pa.types.is_timestamp(type_)


def _is_string(type_: pa.DataType) -> bool:
    return pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_)


def _is_list(type_: pa.DataType) -> bool:
    is_list = pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_)
    return is_list and (pa.types.is_integer(type_.value_type) or pa.types.is_floating(type_.value_type))
