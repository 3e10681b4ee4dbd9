"""A column that was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spec.datasets.descriptions import ColumnType
from worker.reader.columns.files import ColumnFile
from worker.reader.columns.trial import Doubt


@dataclass(frozen=True)
class Column:
    """What is known of a column, and where it is written.

    Attributes:
        name: Its name in the file.
        type: What it holds.
        is_guessed: Whether nobody described it.
        reason: Why it is of this type.
        rows: How many.
        missing: How many of them have no value.
        files: What is written, by the member's ending.
        values: The different values of a category or boolean, in order.
        counts: How often there is each.
        truth: What the values of a boolean mean.
        shape: Of a row, where it is not one value.
        doubts: Warnings.
        details: What else is known, for the facts.
    """

    name: str
    type: ColumnType
    is_guessed: bool
    reason: str
    rows: int
    missing: int
    files: Mapping[str, ColumnFile]
    values: tuple[str, ...] | None = None
    counts: tuple[int, ...] | None = None
    truth: Mapping[str, bool] | None = None
    shape: tuple[int, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict[str, object])
