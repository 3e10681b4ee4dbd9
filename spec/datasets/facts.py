"""What is known of a data set before its rows are loaded."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from spec.datasets.column_facts import ColumnFacts

Scaling = Literal["none", "unit", "standard"]
"""How features are scaled, always by the training rows alone, in float64, float32 in the end.

- ``none``: not at all.
- ``unit``: into 0..1. Images are divided by the greatest value a pixel can have; of a table's column, the least value
  is taken off and the range divided by (1 where it is 0).
- ``standard``: each feature (each pixel, too) less its mean, by its deviation (ddof 0; 1 where it is 0).

The training rows are those that are trained on: neither validation nor test rows.
"""


class DatasetFacts(BaseModel):
    """What is known of a data set, or of the part of it that a job uses.

    Attributes:
        name: Its name or id.
        rows: How many there are to train on and to validate with.
        test_rows: How many its authors set apart for testing.
        input_shape: Of one row, without the batch; of several inputs, of the first.
        target: Whether the target is one of several classes, numbers, or labels that may all hold.
        classes: How many classes; None for numbers and labels.
        target_units: How many numbers or labels the target of a row has.
        columns: Names of the feature columns in order; empty for images.
        target_column: The target's name among the columns; None for images.
        scaling: What is done unless a job says otherwise.
        unit_maximum: What "unit" divides by; None for tables.
        read: The columns that were read from a user's file; empty for built-in data sets. Of such a data set as a
            whole, shapes and target are not known: a job says which columns are which (`spec.datasets.resolution`).
        inputs: The shapes of several inputs by their names; empty where there is one.
        are_rows_known: Whether there are so many rows, and no fewer, before they are loaded.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    test_rows: int = 0
    input_shape: tuple[int, ...]
    target: Literal["classes", "number", "labels"]
    classes: int | None = None
    target_units: int = 1
    columns: tuple[str, ...] = ()
    target_column: str | None = None
    scaling: Scaling
    unit_maximum: float | None = None
    read: tuple[ColumnFacts, ...] = ()
    inputs: dict[str, tuple[int, ...]] = {}
    are_rows_known: bool = True

    @property
    def shapes(self) -> tuple[int, ...] | dict[str, tuple[int, ...]]:
        """Of the network's one input, or of each of several by their names (`spec.networks.inference.InputShapes`)."""
        return self.inputs or self.input_shape

    @property
    def size_bytes(self) -> int:
        """Memory of all its features as float32, and of as many targets as four bytes each."""
        shapes = self.inputs.values() or (self.input_shape,)
        return 4 * (self.rows + self.test_rows) * (sum(map(math.prod, shapes)) + self.target_units)


@dataclass(frozen=True, slots=True)
class CalledOtherwise:
    """A data set of a user's was asked for by its name, and is called by its id.

    Attributes:
        id: Of the newest one of that name.
    """

    id: str


FactsOf = Callable[[str], DatasetFacts | CalledOtherwise | None]
"""The facts of a data set by its name or id; None where there is none such. Who needs facts is given one of these."""
