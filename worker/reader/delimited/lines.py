"""On which lines rows begin, where something is wrong with them."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MOST_RAGGED = 10


@dataclass
class Places:
    """Where rows are in a file.

    Attributes:
        lines: By row (from 0, without the header and without ragged rows), for those that were asked for; by the place
            of a column, too, as a row may have several lines.
        ragged: Line and number of fields of the first rows that have another number of them than the first row.
    """

    lines: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    ragged: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def locate(  # noqa: PLR0913 -- all but one by keyword
    path: Path,
    *,
    delimiter: str,
    fields: int | None,
    has_header: bool,
    wanted: Iterable[tuple[int, int]],
    ragged: int,
) -> Places:
    """Read a file in UTF-8 as far as need be.

    Args:
        path: The file.
        delimiter: Between two fields.
        fields: How many a row should have; None if all rows have as many. In a file of one field a row, a blank line
            is a row.
        has_header: Whether the first row is none of the data.
        wanted: Rows and places of columns.
        ragged: How many rows are known to have another number of fields.
    """
    places = Places()
    asked: dict[int, list[int]] = {}
    for row, column in wanted:
        asked.setdefault(row, []).append(column)
    ragged = min(ragged, MOST_RAGGED)
    number, before, has_begun = -1 if has_header else 0, 0, False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        for row in reader:
            first_line, before = before + 1, reader.line_num
            if not row and not (fields == 1 and has_begun):
                continue
            has_begun = True
            if row and fields is not None and len(row) != fields:
                if len(places.ragged) < ragged:
                    places.ragged.append((first_line, len(row)))
            else:
                if number in asked:
                    places.lines |= _lines(number, row, first_line, asked.pop(number))
                number += 1
            if not asked and len(places.ragged) >= ragged:
                break
    return places


def _lines(number: int, row: list[str], first_line: int, columns: list[int]) -> Mapping[tuple[int, int], int]:
    return {
        (number, column): first_line + sum(len(value.splitlines()) - 1 for value in row[:column] if "\n" in value)
        for column in columns
    }


@dataclass
class BlankLines:
    """Lines without anything in them.

    Attributes:
        leading: Before the first row.
        inner: Between two rows.
        trailing: After the last row.
    """

    leading: int = 0
    inner: int = 0
    trailing: int = 0


def blank_lines(path: Path, delimiter: str) -> BlankLines:
    """Count the blank lines of a file in UTF-8; those in quotation marks are none."""
    found, has_begun = BlankLines(), False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for row in csv.reader(file, delimiter=delimiter):
            if row:
                found.inner, found.trailing, has_begun = found.inner + found.trailing, 0, True
            elif has_begun:
                found.trailing += 1
            else:
                found.leading += 1
    return found


def unclosed_line(path: Path, delimiter: str) -> int | None:
    """The line on which a row begins whose quotation mark is never closed."""
    before = 0
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            try:
                next(reader)
            except StopIteration:
                return None
            except csv.Error as error:
                if "unexpected end" in str(error):
                    return before + 1
            before = reader.line_num
