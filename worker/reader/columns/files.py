"""Files that columns are written to, piece by piece, on their way into the read form."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

PIECE_ROWS = 65_536
"""Rows that are looked at together. It decides how sums are rounded, so it is the same for files of all formats."""

_PENDING_BYTES = 2**15


class ColumnFile:
    """Items of one type in a file of their own, without a header.

    The file is open only while something is written or read: a table may have more columns than a process may open
    files.

    Args:
        path: Where; an old file is replaced.
        dtype: Of an item.
        shape: Of an item.
    """

    def __init__(self, path: Path, dtype: str, shape: tuple[int, ...] = ()) -> None:
        self.path = path
        self.dtype = np.dtype(dtype)
        self.shape = shape
        self.rows = 0
        self._pending = bytearray()
        path.write_bytes(b"")

    @property
    def item_bytes(self) -> int:
        """Of one item."""
        return self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))

    def add(self, values: np.ndarray) -> None:
        """Write more items."""
        if values.size:
            self._pending += np.ascontiguousarray(values, dtype=self.dtype).data.cast("B")
        self.rows += len(values)
        if len(self._pending) >= _PENDING_BYTES:
            self.flush()

    def add_bytes(self, data: bytes) -> None:
        """Write more items, of one byte each."""
        self._pending += data
        self.rows += len(data)
        if len(self._pending) >= _PENDING_BYTES:
            self.flush()

    def flush(self) -> None:
        """Have all that was added be in the file."""
        if self._pending:
            with self.path.open("ab") as file:
                file.write(self._pending)
            self._pending.clear()

    def pieces(self, rows: int = PIECE_ROWS) -> Iterator[np.ndarray[Any, Any]]:
        """All items, in pieces of so many."""
        self.flush()
        with self.path.open("rb") as file:
            for first in range(0, self.rows, rows):
                count = min(rows, self.rows - first)
                read = np.frombuffer(file.read(count * self.item_bytes), self.dtype)
                yield read.reshape((count, *self.shape))

    def mapped(self) -> np.ndarray[Any, Any]:
        """All items, of which only those that are looked at are read."""
        self.flush()
        if not self.rows or not self.item_bytes:
            return np.zeros((self.rows, *self.shape), self.dtype)
        return np.memmap(self.path, self.dtype, "r", shape=(self.rows, *self.shape))

    def replace(self, values: Iterator[np.ndarray[Any, Any]], dtype: str) -> None:
        """Write other items in place of these, made from their pieces."""
        other = ColumnFile(self.path.with_suffix(".new"), dtype, self.shape)
        for piece in values:
            other.add(piece)
        other.flush()
        other.path.replace(self.path)
        self.dtype = other.dtype

    def remove(self) -> None:
        """Remove the file."""
        self._pending.clear()
        self.path.unlink(missing_ok=True)
