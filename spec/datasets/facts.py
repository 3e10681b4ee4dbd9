"""What is known of a data set before its rows are loaded."""

import math
from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict

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
        input_shape: Of one row, without the batch.
        target: Whether the target is one of several classes or a number.
        classes: How many classes; None for a number.
        columns: Names of the feature columns in order; empty for images.
        target_column: The target's name among the columns; None for images.
        scaling: What is done unless a job says otherwise.
        unit_maximum: What "unit" divides by; None for tables.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    test_rows: int = 0
    input_shape: tuple[int, ...]
    target: Literal["classes", "number"]
    classes: int | None = None
    columns: tuple[str, ...] = ()
    target_column: str | None = None
    scaling: Scaling
    unit_maximum: float | None = None

    @property
    def size_bytes(self) -> int:
        """Memory of all its features as float32, and of as many targets as four bytes each."""
        return 4 * (self.rows + self.test_rows) * (math.prod(self.input_shape) + 1)


FactsOf = Callable[[str], DatasetFacts | None]
"""The facts of a data set by its name or id; None where there is none such. Who needs facts is given one of these."""
