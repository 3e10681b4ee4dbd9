"""What all trials have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pyarrow as pa

from spec.datasets.descriptions import ColumnType
from worker.reader.columns.files import ColumnFile
from worker.reader.faults import MOST_FAULTS


@dataclass(frozen=True)
class Misfit:
    """Values that a trial cannot take.

    Attributes:
        rows: Of the first of them, from 0.
        values: What is written there, as long as the rows.
        count: How many there are.
        code: Of the fault that they are where the type was described.
        message: Likewise.
        reason: For the column's description, where the type was guessed: why it is not this one.
    """

    rows: Sequence[int]
    values: Sequence[str]
    count: int
    code: str
    message: str
    reason: str


@dataclass
class Doubt:
    """A warning about a column.

    Attributes:
        code: Stable and snake_case.
        message: What is doubtful, and what to do about it.
    """

    code: str
    message: str


@dataclass
class Trial(ABC):
    """One way to read a column; its files are removed if it fails.

    Attributes:
        type: Of the column that it makes.
        doubts: Warnings that came up.
    """

    type: ClassVar[ColumnType]
    doubts: list[Doubt] = field(default_factory=list[Doubt])

    @abstractmethod
    def take(self, cells: pa.StringArray, first_row: int) -> Misfit | None:
        """Write the next block down; what does not fit is written as missing.

        Args:
            cells: Without spaces around them, missing ones null.
            first_row: The block's first row, from 0.
        """

    def finish(self) -> Misfit | None:
        """Say what is wrong with the column as a whole, after its last block."""
        return None

    @abstractmethod
    def files(self) -> dict[str, ColumnFile]:
        """What was written, by the member's ending."""

    def discard(self) -> None:
        """Remove what was written."""
        for file in self.files().values():
            file.remove()


def misfit_of(  # noqa: PLR0913 -- what it says
    cells: pa.StringArray, is_wrong: np.ndarray, first_row: int, *, code: str, message: str, wanted: str
) -> Misfit:
    """The cells that a mask marks; at least one."""
    places = np.flatnonzero(is_wrong)
    few = [int(place) for place in places[:MOST_FAULTS]]
    values = [str(cells[place].as_py()) for place in few]
    reason = f'"{values[0][:100]}" in row {first_row + few[0] + 1:,} is not {wanted}.'
    return Misfit([first_row + place for place in few], values, len(places), code, message, reason)
