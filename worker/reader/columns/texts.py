"""Columns of text: UTF-8 bytes one after the other, where each begins and ends, and which are there."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa

from spec.datasets.descriptions import ColumnType
from worker.reader.columns.cells import bytes_of, is_valid
from worker.reader.columns.files import ColumnFile
from worker.reader.columns.trial import Misfit, Trial


class TextTrial(Trial):
    """Reads text; all fits.

    Args:
        path: Where it is written; three files begin with its name.
    """

    type: ClassVar[ColumnType] = "text"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._bytes = ColumnFile(path.with_name(f"{path.name}.bytes"), "|u1")
        self._offsets = ColumnFile(path.with_name(f"{path.name}.offsets"), "<i8")
        self._validity = ColumnFile(path.with_name(f"{path.name}.validity"), "|b1")
        self._offsets.add(np.zeros(1, dtype=np.int64))

    def take(self, cells: pa.StringArray, first_row: int) -> Misfit | None:
        """Write a block."""
        del first_row
        seen = bytes_of(cells)
        ends = self._bytes.rows + np.cumsum(seen.lengths, dtype=np.int64)
        # What is null may still have bytes below: only those of the others are written one after the other.
        there = is_valid(cells)
        if not there.all() and seen.lengths[~there].any():
            cells = cells.fill_null("")
            seen = bytes_of(cells)
            ends = self._bytes.rows + np.cumsum(seen.lengths, dtype=np.int64)
        self._bytes.add(seen.own)
        self._offsets.add(ends)
        self._validity.add(there)
        return None

    def files(self) -> dict[str, ColumnFile]:
        """Three."""
        return {".bytes": self._bytes, ".offsets": self._offsets, ".validity": self._validity}
