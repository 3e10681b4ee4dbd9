"""What tables of all formats have in common: names, what was described of them, and the passes over their rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from spec.datasets.descriptions import DatasetDescription
from spec.datasets.read_limits import ReadLimits
from spec.language.suggestions import nearest
from worker.reader.columns.column import Column
from worker.reader.columns.guessing import CellFault
from worker.reader.columns.trial import Doubt
from worker.reader.columns.typed import Reading
from worker.reader.faults import FaultList, FileFault, shown

LONGEST_COLUMN = 256

Passes = Callable[[Sequence[int]], Iterable[Sequence[pa.Array]]]
"""Reads the file from its beginning: blocks of the columns at these places."""

SignOfLife = Callable[[], None]
"""Called now and then while a file is read."""


@dataclass(frozen=True)
class Names:
    """The columns of a file.

    Attributes:
        all: In the file's order.
        doubts: Warnings about names that were given, by their columns.
    """

    all: tuple[str, ...]
    doubts: tuple[tuple[str, Doubt], ...] = ()


def names_of(written: Sequence[str], description: DatasetDescription, faults: FaultList, line: int | None) -> Names:
    """The names of columns, checked."""
    names: list[str] = []
    doubts: list[tuple[str, Doubt]] = []
    for place, name in enumerate(written, start=1):
        if not name:
            given = f"column_{place}"
            message = f"The name of the column at place {place} is empty, so it is called `{given}`."
            doubts.append((given, Doubt("unnamed_column", message)))
            names.append(given)
            continue
        if len(name) > LONGEST_COLUMN:
            message = f"A column's name can have at most {LONGEST_COLUMN} characters. Shorten it."
            faults.add(FileFault("column_name_too_long", message, line, shown(name)))
        names.append(name)
    for name, count in Counter(names).items():
        if count > 1:
            message = f"{count} columns have this name. Rename all but one."
            faults.add(FileFault("duplicate_column", message, line, shown(name)))
    _check_described(names, description, faults)
    return Names(tuple(names), tuple(doubts))


def _check_described(names: Sequence[str], description: DatasetDescription, faults: FaultList) -> None:
    described = [*description.columns, *([description.target] if description.target else [])]
    for name in dict.fromkeys(described):
        if name not in names:
            near = nearest(name, tuple(names))
            question = f' Did you mean "{near}"?' if near else ""
            message = f"The file does not have this column. Correct its name in the description.{question}"
            faults.add(FileFault("unknown_column", message, column=shown(name)))
    for name, column in description.columns.items():
        if column.type == "image" and name in names:
            message = "Only a zip has pictures. Describe the column as another type, or upload the pictures in a zip."
            faults.add(FileFault("image_column", message, column=shown(name)))


def check_rows(count: int, limits: ReadLimits, faults: FaultList) -> None:
    """See that there are rows, and not too many."""
    if not count:
        faults.add(FileFault("no_rows", "The file has no rows of data. Upload a file with rows."))
    elif count > limits.rows:
        message = f"The file has more than {limits.rows:,} rows, the most that a data set can have. Split it."
        faults.add(FileFault("too_many_rows", message))


class Table:
    """Reads the columns of one file, pass by pass.

    Args:
        readings: What reads each column, by its place in the file.
    """

    def __init__(self, readings: Mapping[int, Reading]) -> None:
        self.readings = readings

    def read(self, passes: Passes, most_rows: int, sign_of_life: SignOfLife) -> int:
        """Go over the file until every column is read.

        Returns:
            How many rows there are; one more than `most_rows`, or a few, if there are more.
        """
        rows = 0
        while unfinished := [place for place, reading in self.readings.items() if not reading.is_done]:
            rows = 0
            for block in passes(unfinished):
                for place, cells in zip(unfinished, block, strict=True):
                    self.readings[place].take(cells, rows)
                rows += len(block[0])
                sign_of_life()
                if rows > most_rows:
                    return rows
            for place in unfinished:
                self.readings[place].end_pass()
        return rows

    def cell_faults(self) -> tuple[list[CellFault], int]:
        """What does not fit, by rows, and how much more there is."""
        found = [fault for reading in self.readings.values() for fault in reading.faults]
        return sorted(found, key=lambda fault: fault.row), sum(one.more_faults for one in self.readings.values())

    def note_faults(self, faults: FaultList) -> None:
        """What does not fit, by rows, for files that have no lines."""
        cells, more = self.cell_faults()
        for cell in cells:
            place = f"row {cell.row + 1}"
            faults.add(FileFault(cell.code, cell.message, None, cell.column, shown(cell.value), place))
        faults.add_uncounted(more)

    def columns(self) -> list[Column]:
        """The columns, in order."""
        return [reading.column() for reading in self.readings.values()]


def is_ignored(description: DatasetDescription, name: str) -> bool:
    """Whether nothing is to be read of this column."""
    described = description.columns.get(name)
    return described is not None and described.type == "ignore"


def check_columns(readings: Mapping[int, Reading], faults: FaultList) -> None:
    """See that there is something to read."""
    if not readings and not faults.faults:
        faults.add(FileFault("no_columns", "The file has no columns that are read. Ignore fewer of them."))
