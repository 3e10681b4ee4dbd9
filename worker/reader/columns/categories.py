"""Columns of categories: int32 codes, missing ones -1, and of booleans: int8, likewise."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spec.datasets.descriptions import ColumnType
from spec.datasets.read_limits import MOST_CATEGORIES
from worker.reader.columns.files import ColumnFile
from worker.reader.columns.trial import Misfit, Trial

_PAIRS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"), ("off", "on"), ("0", "1"), ("0.0", "1.0"))
"""Pairs of values, in small letters, whose meaning is known."""
_TOO_MANY = (
    f"The column has more than {MOST_CATEGORIES:,} different values, which are too many for a category. "
    "Describe it as text, or ignore it."
)


class CategoryTrial(Trial):
    """Reads categories.

    Args:
        path: Where codes are written.

    Attributes:
        values: The different values, in the order in which they were met; sorted after `sort`.
        counts: How often there is each.
    """

    type: ClassVar[ColumnType] = "category"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = ColumnFile(path, "<i4")
        self._codes: dict[str, int] = {}
        self.first_rows: list[int] = []
        self._counts = np.zeros(16, dtype=np.int64)

    @property
    def values(self) -> list[str]:
        """The different values, by their codes."""
        return list(self._codes)

    @property
    def counts(self) -> np.ndarray:
        """How often there is each of them."""
        return self._counts[: len(self._codes)]

    def take(self, cells: pa.StringArray, first_row: int) -> Misfit | None:
        """Code and write a block."""
        coded = pc.dictionary_encode(cells)
        new_from = len(self._codes)
        mine = np.array(
            [self._codes.setdefault(value, len(self._codes)) for value in coded.dictionary.to_pylist()], np.int32
        )
        indices = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
        codes = np.where(indices < 0, np.int32(-1), mine[indices] if len(mine) else np.int32(-1)).astype(np.int32)
        self._note_new(mine, indices, new_from, first_row)
        self._count(codes)
        self._file.add(codes)
        if len(self._codes) <= MOST_CATEGORIES:
            return None
        reason = f"There are more than {MOST_CATEGORIES:,} different values."
        row = self.first_rows[MOST_CATEGORIES]
        return Misfit([row], [self.values[MOST_CATEGORIES]], 1, "too_many_categories", _TOO_MANY, reason)

    def sort(self) -> None:
        """Order the values: as numbers if all of them are numbers, otherwise as strings."""
        values = self.values
        order = sorted(range(len(values)), key=_sort_key(values))
        if order == list(range(len(values))):
            return
        places = np.empty(len(order) + 1, dtype=np.int32)
        places[np.array(order, dtype=np.int64)] = np.arange(len(order), dtype=np.int32)
        places[-1] = -1  # a missing one's code finds it from the end
        self._file.replace((places[piece] for piece in self._file.pieces()), "<i4")
        self._counts = self.counts[np.array(order, dtype=np.int64)]
        self.first_rows = [self.first_rows[place] for place in order]
        self._codes = {values[place]: code for code, place in enumerate(order)}

    def to_booleans(self, truth: tuple[bool | None, ...]) -> None:
        """Write truth values in place of codes."""
        table = np.array([*(-1 if one is None else int(one) for one in truth), -1], dtype=np.int8)
        self._file.replace(_looked_up(self._file.pieces(), table), "|i1")

    def files(self) -> dict[str, ColumnFile]:
        """One."""
        return {"": self._file}

    def _note_new(self, mine: np.ndarray, indices: np.ndarray, new_from: int, first_row: int) -> None:
        """Keep where each new value is met first; a block's dictionary has them in that order."""
        if len(self._codes) == new_from:
            return
        firsts = np.full(len(mine), len(indices), dtype=np.int64)
        there = indices >= 0
        np.minimum.at(firsts, indices[there], np.flatnonzero(there))
        self.first_rows += [first_row + int(firsts[place]) for place in np.flatnonzero(mine >= new_from)]

    def _count(self, codes: np.ndarray) -> None:
        found = np.bincount(codes[codes >= 0], minlength=len(self._codes))
        if len(found) > len(self._counts):
            more = np.zeros(max(len(found), 2 * len(self._counts)), dtype=np.int64)
            more[: len(self._counts)] = self._counts
            self._counts = more
        self._counts[: len(found)] += found


def truth_of(values: list[str]) -> tuple[bool, ...] | None:
    """What two values mean, each; None if there is another number of meanings.

    Known pairs go by their meaning, whatever their case; of other pairs, the second in order is true.
    """
    folded = [value.casefold() for value in values]
    for no, yes in _PAIRS:
        if set(folded) == {no, yes}:
            return tuple(one == yes for one in folded)
    if len(values) != 2:  # noqa: PLR2004 -- two values
        return None
    return tuple(value == max(values) for value in values)


def partial_truth_of(values: list[str]) -> tuple[bool, ...] | None:
    """What one value of a known pair means, where the other is not met."""
    folded = [value.casefold() for value in values]
    for no, yes in _PAIRS:
        if set(folded) <= {no, yes}:
            return tuple(one == yes for one in folded)
    return None


def _looked_up(pieces: Iterator[np.ndarray[Any, Any]], table: np.ndarray) -> Iterator[np.ndarray[Any, Any]]:
    return (table[piece] for piece in pieces)


def _sort_key(values: list[str]) -> Callable[[int], tuple[float, str]]:
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        numbers = [0.0] * len(values)
    if any(number != number for number in numbers):  # noqa: PLR0124 -- no order has one that is not a number
        numbers = [0.0] * len(values)
    return lambda place: (numbers[place], values[place])
