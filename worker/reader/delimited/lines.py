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
    fields: int,
    has_header: bool,
    wanted: Iterable[tuple[int, int]],
    ragged: int,
) -> Places:
    """Read a file in UTF-8 as far as need be.

    Args:
        path: The file.
        delimiter: Between two fields.
        fields: How many a row should have.
        has_header: Whether the first row is none of the data.
        wanted: Rows and places of columns.
        ragged: How many rows are known to have another number of fields.
    """
    places = Places()
    asked: dict[int, list[int]] = {}
    for row, column in wanted:
        asked.setdefault(row, []).append(column)
    ragged = min(ragged, MOST_RAGGED)
    number, before = -1 if has_header else 0, 0
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        for row in reader:
            first_line, before = before + 1, reader.line_num
            if not row:
                continue
            if len(row) != fields:
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
