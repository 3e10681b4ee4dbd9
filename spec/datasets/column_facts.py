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


class TopValue(BaseModel):
    """How many rows have a value.

    Attributes:
        value: It, as the file has it; of a string, at most the first 100 characters.
        count: How many.
    """

    model_config = ConfigDict(frozen=True)

    value: str | float
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
        top: The values that most rows have; none where they were not counted, or are not needed any more.
        truth: Of booleans, what the values of the file mean.
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
    top: tuple[TopValue, ...] = ()
    truth: dict[str, bool] = {}

    @property
    def is_single(self) -> bool:
        """Whether a row has one value, and no array of them."""
        return not self.shape

    @classmethod
    def of(cls, told: dict[str, Any]) -> "ColumnFacts":
        """From what the reader tells of a column; the range of dates is not a number, and is left out."""
        said = {name: value for name, value in told.items() if value is not None}
        if told["type"] != "number":
            said = {name: value for name, value in said.items() if name not in {"min", "max"}}
        return cls.model_validate(said)

    @property
    def counts(self) -> tuple[TopValue, ...] | None:
        """How many rows have each value; None where not all of them are known."""
        return self.top if self.distinct is not None and 0 < self.distinct == len(self.top) else None

    @property
    def as_a_job_keeps_it(self) -> "ColumnFacts":
        """Without what only the check of a job needs."""
        return self.model_copy(update={"top": ()})
