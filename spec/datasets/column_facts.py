"""What is known of the columns of a data set that was read from a file of a user's."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

ReadType = Literal["number", "category", "boolean", "date", "text", "image"]
"""What a column that was read holds: `spec.datasets.descriptions.ColumnType` without those that are ignored."""


class PictureSize(BaseModel):
    """How many pictures have one size.

    Attributes:
        width: In pixels, as they are seen.
        height: In pixels, as they are seen.
        count: How many.
    """

    model_config = ConfigDict(frozen=True)

    width: int
    height: int
    count: int


class ColumnFacts(BaseModel):
    """What is known of a column before its rows are loaded.

    Attributes:
        name: Its name in the file.
        member: Its name in the read form.
        type: What it holds.
        missing: How many rows have no value.
        distinct: How many different values there are; None where they were not counted.
        shape: Of a row; empty for a single value.
        dtype: NumPy's name of what an array of several values a row was stored as; None for all others.
        min: The smallest number; None where it is not known.
        max: The largest.
        is_sorted: Whether the values never fall, or never rise, from row to row.
        sizes: Of pictures, the commonest first.
        mode_counts: How many pictures there are of each of Pillow's modes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    member: str
    type: ReadType
    missing: int = 0
    distinct: int | None = None
    shape: tuple[int, ...] = ()
    dtype: str | None = None
    min: float | None = None
    max: float | None = None
    is_sorted: bool = False
    sizes: tuple[PictureSize, ...] = ()
    mode_counts: dict[str, int] = {}

    @classmethod
    def of(cls, told: dict[str, Any]) -> "ColumnFacts":
        """From what the reader tells of a column; the range of dates is not a number, and is left out."""
        is_number = told["type"] == "number"
        return cls.model_validate(told if is_number else {**told, "min": None, "max": None})
