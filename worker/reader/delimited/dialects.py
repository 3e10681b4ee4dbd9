"""How a CSV file is written: what was described, and what its first rows show."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from spec.datasets.descriptions import DatasetDescription
from spec.datasets.read_limits import ReadLimits
from worker.reader.columns.guessing import Writing
from worker.reader.columns.numbers import Marks
from worker.reader.faults import refusal

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_LOOKED_AT_ROWS = 2000
_NUMBER = re.compile(r"[+-]?[0-9.,]*[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?")
_HINT = re.compile(r'"?sep=.?"?\r?\n', re.IGNORECASE)
_ALL_ROWS, _MOST_ROWS = 1.0, 0.5

csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Attributes:
        delimiter: Between two fields.
        has_header: Whether the first row has the names.
        first_row: Its fields.
        is_delimiter_guessed: Whether nobody described it.
        is_header_guessed: Likewise.
        writing: How cells are written.
    """

    delimiter: str
    has_header: bool
    first_row: tuple[str, ...]
    is_delimiter_guessed: bool
    is_header_guessed: bool
    writing: Writing


def dialect_of(path: Path, description: DatasetDescription, limits: ReadLimits) -> Dialect:
    """Look at the first rows of a file in UTF-8.

    Raises:
        FileFaulty: They cannot be read, or in more than one way.
    """
    said = description.dialect
    text, is_whole = _beginning(path, limits.record_bytes)
    if not text.strip():
        raise refusal("empty_file", "The file is empty. Upload a file with rows.")
    if _HINT.match(text):
        message = "The first line only tells Excel the delimiter. Remove it, and describe the `delimiter` in `dialect`."
        raise refusal("delimiter_line", message, line=1)
    known = "\t" if description.format == "tsv" else said.delimiter
    rows_by = {mark: _rows(text, mark, is_whole) for mark in ([known] if known else DELIMITERS)}
    _check_first_row(text, rows_by, limits, is_whole=is_whole)
    delimiter = known or _chosen(rows_by)
    first_row = tuple(field.strip() for field in rows_by[delimiter][0])
    has_header = said.header if said.header is not None else not _are_numbers(first_row)
    marks = None
    if said.decimal is not None or said.thousands is not None:
        marks = Marks(said.decimal or ".", said.thousands)
    return Dialect(
        delimiter=delimiter,
        has_header=has_header,
        first_row=first_row,
        is_delimiter_guessed=known is None,
        is_header_guessed=said.header is None,
        writing=Writing(numbers=marks, has_comma_decimals=delimiter != ","),
    )


def _beginning(path: Path, size: int) -> tuple[str, bool]:
    """The file's first characters, and whether they are all."""
    with path.open("rb") as file:
        read = file.read(size + 1)
    return read[:size].decode("utf-8-sig", "replace"), len(read) <= size


def _rows(text: str, delimiter: str, is_whole: bool) -> list[list[str]]:  # noqa: FBT001 -- one of two
    """The first rows that are not empty; the last one may not be whole, and is left out then."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = list(islice((row for row in reader if row), _LOOKED_AT_ROWS + 1))
    return rows[:-1] if not is_whole or len(rows) > _LOOKED_AT_ROWS else rows


def _check_first_row(text: str, rows_by: dict[str, list[list[str]]], limits: ReadLimits, *, is_whole: bool) -> None:
    for rows in rows_by.values():
        if rows and len(rows[0]) > limits.columns:
            raise _too_many_columns(len(rows[0]), limits)
    if all(rows for rows in rows_by.values()):
        return
    if not is_whole:
        first_line = text.split("\n", 1)[0]
        count = max(first_line.count(mark) for mark in rows_by) + 1
        if count > limits.columns:
            raise _too_many_columns(count, limits)
    raise too_long_a_row(limits, 1)


def _too_many_columns(count: int, limits: ReadLimits) -> Exception:
    message = (
        f"The first row has at least {count:,} fields, and a data set can have at most {limits.columns:,} columns. "
        "Upload fewer columns."
    )
    return refusal("too_many_columns", message, line=1)


def too_long_a_row(limits: ReadLimits, line: int | None) -> Exception:
    """What is said of a row without an end."""
    message = (
        f"A row has more than {limits.record_bytes:,} bytes. Either a quotation mark is not closed, or the file is "
        "not a CSV file. Correct the row."
    )
    return refusal("row_too_long", message, line=line)


def _chosen(rows_by: dict[str, list[list[str]]]) -> str:
    """The one delimiter that cuts all rows, or else most of them, into equally many fields."""
    for share in (_ALL_ROWS, _MOST_ROWS):
        found = [mark for mark, rows in rows_by.items() if _fits(rows, share)]
        if len(found) == 1:
            return found[0]
        if found:
            candidates = " or ".join(f"`{mark}` ({DELIMITERS[mark]})" for mark in found)
            message = f"The fields can be separated by {candidates}. Describe the `delimiter` in `dialect`."
            raise refusal("ambiguous_delimiter", message, line=1)
    if all(len(row) == 1 for rows in rows_by.values() for row in rows[:1]):
        # No delimiter is in the first row, so it is the name of the only column.
        return ","
    candidates = ", ".join(f"`{mark}` ({DELIMITERS[mark]})" for mark in rows_by)
    message = (
        f"No delimiter cuts the rows into equally many fields. {candidates} were tried. "
        "Describe the `delimiter` in `dialect`, or correct the rows."
    )
    raise refusal("unknown_delimiter", message, line=1)


def _fits(rows: Sequence[Sequence[str]], share: float) -> bool:
    """Whether so large a share of the rows has as many fields as the first, which are several."""
    first = len(rows[0])
    return first > 1 and Counter(map(len, rows))[first] >= share * len(rows)


def _are_numbers(fields: Sequence[str]) -> bool:
    said = [field for field in fields if field]
    return bool(said) and all(_NUMBER.fullmatch(field) for field in said)
