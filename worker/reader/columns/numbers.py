"""Columns of numbers: float64, missing ones NaN."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spec.datasets.descriptions import ColumnType
from worker.reader.columns.cells import bytes_of
from worker.reader.columns.files import ColumnFile
from worker.reader.columns.trial import Doubt, Misfit, Trial, misfit_of

LARGEST_EXACT = 2**53
"""Whole numbers beyond it are not all told apart in float64."""

_PLAIN = b"0123456789+-.eE"
_DIGITS = np.zeros(256, dtype=bool)
_DIGITS[ord("0") : ord("9") + 1] = True
_ZERO = np.zeros(256, dtype=bool)
_ZERO[ord("0")] = True
_SIGNED_ZERO = r"^[+-]?0[0-9]"
_THOUSANDS_OR_DECIMALS = r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"
_NOT_A_NUMBER = "This is not a number. Correct the value, list it in `missing`, or describe the column as a category."


@dataclass(frozen=True)
class Marks:
    """How numbers are written.

    Attributes:
        decimal: What separates the decimals.
        thousands: What groups digits, if anything.
    """

    decimal: str = "."
    thousands: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is as programs write them."""
        return self == Marks()

    @property
    def pattern(self) -> str:
        """What a number looks like."""
        point = re.escape(self.decimal)
        whole = "[0-9]+"
        if self.thousands is not None:
            whole = f"(?:[0-9]{{1,3}}(?:{re.escape(self.thousands)}[0-9]{{3}})+|[0-9]+)"
        return rf"^[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?$"


class NumberTrial(Trial):
    """Reads numbers.

    Args:
        path: Where they are written.
        marks: How they are written in the file.
        is_guessed: Whether nobody says that they are numbers: then codes that only look like some are none.
    """

    type: ClassVar[ColumnType] = "number"

    def __init__(self, path: Path, marks: Marks | None = None, *, is_guessed: bool = True) -> None:
        super().__init__()
        self._file = ColumnFile(path, "<f8")
        self._marks = marks or Marks()
        self._is_guessed = is_guessed
        self._has_commas = self._has_decimals = False
        self._may_be_bits = is_guessed
        self._lost = 0

    def take(self, cells: pa.StringArray, first_row: int) -> Misfit | None:
        """Convert and write a block."""
        numbers, misfit = self._converted(cells, first_row)
        if self._is_guessed and misfit is None:
            misfit = _code_like(cells, first_row)
        values = numbers.to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            sizes = np.abs(values)
            is_infinite = np.isinf(values)
            is_large = sizes >= LARGEST_EXACT
        if misfit is None and is_infinite.any():
            message = "This number is too large for float64. Correct the value, or list it in `missing`."
            misfit = misfit_of(
                cells, is_infinite, first_row, code="number_too_large", message=message, wanted="a finite number"
            )
        if misfit is None and is_large.any():
            misfit = self._inexact(cells, is_large, first_row)
        if self._may_be_bits:
            self._may_be_bits = bool(((values == 0) | (values == 1) | np.isnan(values)).all())
        self._file.add(np.where(is_infinite, np.nan, values) if is_infinite.any() else values)
        return misfit

    def add(self, values: np.ndarray) -> None:
        """Write numbers that are numbers already."""
        self._file.add(values)

    def finish(self) -> Misfit | None:
        """Say where digits were lost, and which commas may be one thing or the other."""
        if self._lost:
            message = (
                f"{self._lost:,} whole numbers are larger than 2^53 and lost digits. "
                "Describe the column as a category to keep them."
            )
            self.doubts.append(Doubt("lost_digits", message))
        if self._is_guessed and self._has_commas and not self._has_decimals:
            message = (
                "Its commas can separate decimals or thousands, so it was not read as a column of numbers. "
                "Describe `decimal` or `thousands` in `dialect`."
            )
            return Misfit([], [], 1, "ambiguous_numbers", message, "Its commas can separate decimals or thousands.")
        return None

    def to_booleans(self) -> tuple[int, int] | None:
        """Write truth values if all numbers are 0 and 1, and there are both.

        Returns:
            How many there are of each; None if they stay numbers.
        """
        if not self._may_be_bits:
            return None
        ones = sum(int((piece == 1).sum()) for piece in self._file.pieces())
        zeros = sum(int((piece == 0).sum()) for piece in self._file.pieces())
        if not ones or not zeros:
            return None
        self._file.replace((_truths(piece) for piece in self._file.pieces()), "|i1")
        return zeros, ones

    def files(self) -> dict[str, ColumnFile]:
        """One."""
        return {"": self._file}

    def _converted(self, cells: pa.StringArray, first_row: int) -> tuple[pa.Array, Misfit | None]:
        if self._marks.is_plain and not bytes_of(cells).own.tobytes().translate(None, _PLAIN):
            try:
                return pc.cast(cells, pa.float64()), None
            except pa.ArrowInvalid:
                pass  # a sign alone, or a plus, which Arrow does not take
        fits = pc.match_substring_regex(cells, self._marks.pattern)
        is_wrong = pc.fill_null(pc.invert(fits), False).to_numpy(zero_copy_only=False)  # noqa: FBT003 -- a value
        misfit = None
        if is_wrong.any():
            misfit = misfit_of(
                cells, is_wrong, first_row, code="not_a_number", message=_NOT_A_NUMBER, wanted="a number"
            )
            cells = pc.if_else(pa.array(is_wrong), pa.scalar(None, pa.string()), cells)
        if self._is_guessed and self._marks.decimal == ",":
            self._look_at_commas(cells)
        cells = pc.replace_substring_regex(cells, r"^\+", "")
        if self._marks.thousands is not None:
            cells = pc.replace_substring(cells, self._marks.thousands, "")
        if self._marks.decimal != ".":
            cells = pc.replace_substring(cells, self._marks.decimal, ".")
        return pc.cast(cells, pa.float64()), misfit

    def _look_at_commas(self, cells: pa.StringArray) -> None:
        has_comma = pc.match_substring(cells, ",")
        either = pc.match_substring_regex(cells, _THOUSANDS_OR_DECIMALS)
        self._has_commas = self._has_commas or bool(pc.any(has_comma).as_py())
        self._has_decimals = self._has_decimals or bool(pc.any(pc.and_not(has_comma, either)).as_py())

    def _inexact(self, cells: pa.StringArray, is_large: np.ndarray, first_row: int) -> Misfit | None:
        """Whole numbers whose digits are lost: codes, as a rule, unless somebody says that they are numbers."""
        written = cells.filter(pa.array(is_large))
        is_whole = pc.match_substring_regex(written, r"^[+-]?[0-9]+$").to_numpy(zero_copy_only=False)
        if not is_whole.any():
            return None
        if not self._is_guessed:
            self._lost += int(is_whole.sum())
            return None
        places = np.flatnonzero(is_large)[is_whole]
        marked = np.zeros(len(cells), dtype=bool)
        marked[places] = True
        message = (
            "It has whole numbers beyond 2^53, which would lose digits, so it was not read as a column of numbers. "
            "Describe it as a number if it is one."
        )
        return misfit_of(cells, marked, first_row, code="large_integers", message=message, wanted="an exact number")


def _truths(numbers: np.ndarray) -> np.ndarray:
    is_missing = np.isnan(numbers)
    return np.where(is_missing, -1, np.where(is_missing, 0, numbers)).astype(np.int8)


def _code_like(cells: pa.StringArray, first_row: int) -> Misfit | None:
    """Numbers that begin with zeros, such as postal codes."""
    seen = bytes_of(cells)
    marked = seen.first_is(_ZERO) & seen.second_is(_DIGITS)
    if not marked.any() and seen.own.tobytes().find(b"-0") >= 0:
        found = pc.fill_null(pc.match_substring_regex(cells, _SIGNED_ZERO), False)  # noqa: FBT003 -- a value
        marked = found.to_numpy(zero_copy_only=False)
    if not marked.any():
        return None
    message = (
        "Some values begin with zeros, which numbers would lose, so it was not read as a column of numbers. "
        "Describe it as a number if it is one."
    )
    return misfit_of(cells, marked, first_row, code="leading_zeros", message=message, wanted="a plain number")
