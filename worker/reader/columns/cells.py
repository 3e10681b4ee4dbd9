"""Columns of strings, as they come from a file: spaces, gaps, and their bytes."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_BLANK = np.zeros(256, dtype=bool)
_BLANK[[ord(mark) for mark in " \t\n\r\x0b\x0c"]] = True
_NOT_ASCII = 0x80


class Bytes(NamedTuple):
    """The memory of a column of strings.

    Attributes:
        starts: Where each begins.
        ends: Where each ends.
        data: All of them together; those between the first start and the last end are this column's.
    """

    starts: np.ndarray
    ends: np.ndarray
    data: np.ndarray

    @property
    def own(self) -> np.ndarray:
        """The column's bytes alone."""
        return self.data[self.starts[0] : self.ends[-1]] if len(self.starts) else self.data[:0]

    @property
    def lengths(self) -> np.ndarray:
        """Of each, in bytes."""
        return self.ends - self.starts

    def first_is(self, table: np.ndarray) -> np.ndarray:
        """Which of them begin with a byte that the table marks; empty ones do not."""
        return self._at(self.starts, table)

    def second_is(self, table: np.ndarray) -> np.ndarray:
        """Which of them have such a second byte."""
        return (self.lengths > 1) & self._at(self.starts + 1, table)

    def last_is(self, table: np.ndarray) -> np.ndarray:
        """Which of them end with such a byte."""
        return self._at(self.ends - 1, table)

    def _at(self, places: np.ndarray, table: np.ndarray) -> np.ndarray:
        if not len(self.data):
            return np.zeros(len(places), dtype=bool)
        return (self.lengths > 0) & table[self.data[np.clip(places, 0, len(self.data) - 1)]]


def bytes_of(cells: pa.StringArray) -> Bytes:
    """The memory of a column, without a copy."""
    _, offsets, data = cells.buffers()
    if offsets is None or not len(cells):
        nothing = np.zeros(0, dtype=np.int32)
        return Bytes(nothing, nothing, np.zeros(0, dtype=np.uint8))
    bounds = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    memory = np.zeros(0, dtype=np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return Bytes(bounds[:-1], bounds[1:], memory)


def trimmed(cells: pa.StringArray) -> pa.StringArray:
    """Cells without spaces around them; of what is empty then, or was, null."""
    seen = bytes_of(cells)
    if len(seen.own) and (seen.first_is(_BLANK).any() or seen.last_is(_BLANK).any() or _may_have_wide(seen)):
        cells = pc.utf8_trim_whitespace(cells)
        seen = bytes_of(cells)
    is_empty = seen.lengths == 0
    if is_empty.sum() > cells.null_count:
        cells = pc.if_else(pa.array(is_empty), pa.scalar(None, pa.string()), cells)
    return cells


def is_valid(cells: pa.Array) -> np.ndarray:
    """Which cells are not null."""
    if not cells.null_count:
        return np.ones(len(cells), dtype=bool)
    return cells.is_valid().to_numpy(zero_copy_only=False)


def _may_have_wide(seen: Bytes) -> bool:
    """Whether a cell begins or ends with a character beyond ASCII, which may be a space."""
    table = np.arange(256) >= _NOT_ASCII
    return bool(seen.first_is(table).any() or seen.last_is(table).any())
