"""The first rows of a data set as people look at them: ``preview.json``, small enough to be sent as it is.

It is an object of ``columns`` (their names), ``rows`` (lists of values), ``row_numbers`` (which rows these are, from
1), ``total_rows`` and ``shortened`` (the columns of which a value is not shown whole). A number is a number, a date is
ISO 8601, and a category, a boolean or a text is the string of the file. An array is nested lists, and a picture an
object of its ``width`` and ``height`` and of a ``thumbnail`` in PNG, as a URI that browsers show.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from spec.datasets.previews import MOST_PREVIEW_ROWS, PREVIEW_FILE
from worker.reader.columns.column import Column
from worker.reader.columns.dates import MISSING, iso_of
from worker.reader.columns.numbers import LARGEST_EXACT

Shown: TypeAlias = Mapping[str, Any]
"""What is shown of a picture."""

MOST_BYTES = 2**20
"""Of all rows; the first one is shown in any case."""
LONGEST_TEXT = 200
"""Characters of a value."""
MOST_NUMBERS = 64
"""Of an array: equally many along each of its axes."""

_LONGEST_UTF8 = 4


def preview_of(columns: Sequence[Column], rows: int, pictures: Mapping[int, Shown] | None = None) -> dict[str, Any]:
    """What is shown of the columns, before they are packed.

    Args:
        columns: All that were read.
        rows: How many there are.
        pictures: What is shown of pictures, by their rows: those rows are shown, in this order. Without pictures, the
            first rows are.
    """
    pictures = pictures or {}
    numbers = list(islice(pictures, MOST_PREVIEW_ROWS)) or list(range(min(rows, MOST_PREVIEW_ROWS)))
    shortened: list[str] = []
    cells: list[list[Any]] = []
    for column in columns:
        if column.type == "image":
            cells.append([pictures[row] for row in numbers])
            continue
        values, is_shortened = _values_of(column, numbers)
        cells.append(values)
        if is_shortened:
            shortened.append(column.name)
    shown = _fitting([list(row) for row in zip(*cells, strict=True)])
    return {
        "columns": [column.name for column in columns],
        "rows": shown,
        "row_numbers": [row + 1 for row in numbers[: len(shown)]],
        "total_rows": rows,
        "shortened": shortened,
    }


def write_preview(preview: Mapping[str, Any], folder: Path) -> Path:
    """Write it."""
    path = folder / PREVIEW_FILE
    path.write_text(_json(preview), encoding="utf-8")
    return path


def _fitting(rows: list[list[Any]]) -> list[list[Any]]:
    left = MOST_BYTES
    for place, row in enumerate(rows):
        left -= len(_json(row).encode())
        if left < 0:
            return rows[: max(place, 1)]
    return rows


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _values_of(column: Column, rows: Sequence[int]) -> tuple[list[Any], bool]:
    """Values of a column, and whether one of them is not whole."""
    if column.type == "text":
        return _cut(_texts(column, rows))
    stored = column.files[""].mapped()
    if column.values is not None:
        values = column.values if column.truth is None else _words_of(column.truth)
        return _cut(None if stored[row] < 0 else values[int(stored[row])] for row in rows)
    if column.type == "date":
        moments = [int(stored[row]) for row in rows]
        return [None if moment == MISSING else iso_of(moment) for moment in moments], False
    if not column.shape:
        return [_number(stored[row].item()) for row in rows], False
    most = max(1, round(MOST_NUMBERS ** (1 / len(column.shape))))
    beginning = tuple(slice(0, most) for _ in column.shape)
    return [_nested(stored[row][beginning].tolist()) for row in rows], max(column.shape) > most


def _words_of(truth: Mapping[str, bool]) -> tuple[str, str]:
    """How false and true are written in a file; a word that is written in several ways is shown in one."""
    words = {meaning: word for word, meaning in reversed(list(truth.items()))}
    return words.get(False, "false"), words.get(True, "true")


def _texts(column: Column, rows: Sequence[int]) -> Iterable[str | None]:
    """As much of each as is shown, and one character more."""
    data, offsets = column.files[".bytes"].mapped(), column.files[".offsets"].mapped()
    is_there = column.files[".validity"].mapped()
    for row in rows:
        start, end = int(offsets[row]), int(offsets[row + 1])
        end = min(end, start + _LONGEST_UTF8 * (LONGEST_TEXT + 1))
        yield data[start:end].tobytes().decode("utf-8", "ignore") if is_there[row] else None


def _cut(texts: Iterable[str | None]) -> tuple[list[str | None], bool]:
    all_of_them = list(texts)
    is_cut = any(text is not None and len(text) > LONGEST_TEXT for text in all_of_them)
    return [
        text if text is None or len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…" for text in all_of_them
    ], is_cut


def _nested(value: Any) -> Any:  # noqa: ANN401 -- a number, or lists of them
    return [_nested(one) for one in value] if isinstance(value, list) else _number(value)


def _number(value: float) -> float | None:
    """As JSON has it: whole ones without a point."""
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < LARGEST_EXACT else value
