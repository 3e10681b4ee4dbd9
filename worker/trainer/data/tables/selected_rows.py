"""Some rows of a user's data set, in an order, which are never all in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from worker.trainer.data.parts import slices
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.sources.stored_column import StoredColumn
from worker.trainer.untyped import Array


@dataclass(frozen=True)
class SelectedRows:
    """Some rows of a data set.

    Attributes:
        table: The data set.
        places: int64: the rows' places in it, in the order in which they are used.
    """

    table: ReadTable
    places: Array = field(repr=False)

    @property
    def count(self) -> int:
        """How many."""
        return len(self.places)

    def column(self, name: str) -> StoredColumn:
        """A column of the data set, all of its rows."""
        return self.table.column(name)

    def pieces(self, numbers_a_row: int = 1) -> Iterator[Array]:
        """Their places, so many at a time that some float64 of each are a few megabytes."""
        for some in slices((self.count, numbers_a_row), np.dtype(np.float64)):
            yield self.places[some]
