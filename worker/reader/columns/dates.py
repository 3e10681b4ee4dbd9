"""Columns of dates: microseconds since 1970 in UTC, missing ones the least int64."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spec.datasets.descriptions import ColumnType
from worker.reader.columns.cells import is_valid
from worker.reader.columns.files import ColumnFile
from worker.reader.columns.trial import Misfit, Trial, misfit_of

MISSING = np.iinfo(np.int64).min
"""In the place of a missing date; NumPy's "not a time" has the same bits."""

_ISO = (
    r"^(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
    r"(?:[T ](?P<H>[0-9]{2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:[.](?P<f>[0-9]{1,9}))?)?"
    r" ?(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_PARTS: Mapping[str, str] = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{1,2}",
    "d": "[0-9]{1,2}",
    "H": "[0-9]{1,2}",
    "M": "[0-9]{1,2}",
    "S": "[0-9]{1,2}",
    "f": "[0-9]{1,6}",
    "b": "[A-Za-z]{3}",
    "B": "[A-Za-z]{3,9}",
}
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAY_AND_MONTH = r"^[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})(?: .*)?$"
_CENTURY_BEGINS = 69
"""Two digits of a year: those from here on are of the last century, as POSIX has it."""
_MICROSECONDS_DIGITS = 6


class DateTrial(Trial):
    """Reads dates.

    Args:
        path: Where they are written.
        written: How they are written in the file; None for ISO 8601.
    """

    type: ClassVar[ColumnType] = "date"

    def __init__(self, path: Path, written: str | None = None) -> None:
        super().__init__()
        self._file = ColumnFile(path, "<i8")
        self._written = written
        self._pattern = _ISO if written is None else _pattern_of(written)

    def take(self, cells: pa.StringArray, first_row: int) -> Misfit | None:
        """Convert and write a block; every different date is looked at once."""
        coded = pc.dictionary_encode(cells)
        moments = _moments(coded.dictionary, self._pattern)
        there = is_valid(cells)
        values = np.full(len(cells), MISSING, dtype=np.int64)
        if len(moments):
            codes = coded.indices.filter(pa.array(there)).to_numpy(zero_copy_only=False)
            values[there] = moments[codes]
        self._file.add(values)
        is_wrong = there & (values == MISSING)
        if not is_wrong.any():
            return None
        form = "ISO 8601, such as 2026-01-31" if self._written is None else f"the format `{self._written}`"
        message = f"This is not a date in {form}. Correct the value, or describe the column's `format`."
        return misfit_of(cells, is_wrong, first_row, code="not_a_date", message=message, wanted="a date in ISO form")

    def add(self, values: np.ndarray) -> None:
        """Write microseconds."""
        self._file.add(values)

    def files(self) -> dict[str, ColumnFile]:
        """One."""
        return {"": self._file}


def iso_of(moment: int) -> str:
    """A day, or a moment in UTC, as ISO 8601 has it.

    Args:
        moment: In microseconds since 1970.
    """
    written = str(np.datetime64(moment, "us"))
    day = written.removesuffix("T00:00:00.000000")
    return day.removesuffix(".000000") + ("Z" if day == written else "")


def are_days_and_months(values: list[str]) -> bool:
    """Whether all of them look like dates that may be read in two ways, or more."""
    return bool(values) and all(re.match(_DAY_AND_MONTH, value) for value in values)


def _pattern_of(written: str) -> str:
    """What dates of such a format look like."""
    parts = re.split(r"%(.)", written)
    pattern = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += "%" if part == "%" else f"(?P<{part}>{_PARTS[part]})"
    return f"^{pattern}$"


def _moments(written: pa.StringArray, pattern: str) -> np.ndarray:
    """Microseconds of different dates; `MISSING` of what is none."""
    found = pc.extract_regex(written, pattern)
    names = {found.type.field(place).name: place for place in range(found.type.num_fields)}
    parts = {name: found.field(place) for name, place in names.items()}
    fits = is_valid(found)
    year = _numbers(parts["Y"]) if "Y" in parts else _full_year(_numbers(parts["y"]))
    month = _numbers(parts["m"]) if "m" in parts else _month(parts["b"] if "b" in parts else parts["B"])
    day = _numbers(parts["d"])
    nothing = np.zeros(len(written), dtype=np.int64)
    hour, minute, second = (_numbers(parts[name]) if name in parts else nothing for name in "HMS")
    fits &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)  # noqa: PLR2004 -- months of a year
    fits &= (hour < 24) & (minute < 60) & (second < 60)  # noqa: PLR2004 -- of a day, an hour, a minute
    months = (np.where(fits, year, 1970) - 1970) * 12 + np.where(fits, month, 1) - 1
    first, next_first = _first_days(months), _first_days(months + 1)
    fits &= day <= next_first - first
    days = first + day - 1
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    if "z" in parts:
        offsets, are_offsets = _offsets(parts["z"])
        seconds, fits = seconds - offsets, fits & are_offsets
    moments = seconds * 1_000_000
    if "f" in parts:
        moments = moments + _microseconds(parts["f"])
    return np.where(fits, moments, MISSING)


def _first_days(months: np.ndarray) -> np.ndarray:
    """Months since 1970 -> the first day of each, in days since 1970."""
    return months.astype("M8[M]").astype("M8[D]").astype(np.int64)


def _numbers(part: pa.StringArray) -> np.ndarray:
    """A part that may be missing, or empty; 0 then."""
    is_empty = pc.fill_null(pc.equal(pc.binary_length(part), 0), True)  # noqa: FBT003 -- a value
    filled = pc.if_else(is_empty, pa.scalar("0"), part)
    return pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False)


def _full_year(two: np.ndarray) -> np.ndarray:
    return np.where(two >= _CENTURY_BEGINS, 1900 + two, 2000 + two)


def _month(part: pa.StringArray) -> np.ndarray:
    lower = pc.utf8_lower(part)
    whole = pc.index_in(lower, value_set=pa.array(_MONTHS))
    short = pc.index_in(lower, value_set=pa.array([name[:3] for name in _MONTHS]))
    return pc.fill_null(pc.add(pc.coalesce(whole, short), 1), 0).to_numpy(zero_copy_only=False).astype(np.int64)


def _offsets(part: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Seconds east of UTC, and which of them there are."""
    seconds: list[int] = []
    for zone in part.to_pylist():
        if not zone or zone == "Z":
            seconds.append(0)
            continue
        digits = zone[1:].replace(":", "")
        seconds.append((int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if zone[0] == "-" else 1))
    values = np.array(seconds, dtype=np.int64)
    return values, np.abs(values) <= 18 * 3600


def _microseconds(part: pa.StringArray) -> np.ndarray:
    filled = pc.fill_null(part, "")
    padded = pc.utf8_rpad(filled, width=9, padding="0")
    return pc.cast(pc.utf8_slice_codeunits(padded, 0, _MICROSECONDS_DIGITS), pa.int64()).to_numpy()
