"""Rows as their source keeps them."""

from dataclasses import dataclass

import numpy as np

from worker.trainer.untyped import Array

_ORDER_SEED = 0


@dataclass(frozen=True)
class RawRows:
    """A data set as its source keeps it.

    Attributes:
        features: (rows, …): images as uint8, columns as floats.
        target: (rows,): class numbers from 0 as integers, or a number a row.
        test_features: The rows its authors set apart for testing, or None.
        test_target: Their targets.
        columns: Names of the feature columns, for tables.
        target_name: The target's name among the columns.
    """

    features: Array
    target: Array
    test_features: Array | None = None
    test_target: Array | None = None
    columns: tuple[str, ...] = ()
    target_name: str = "target"

    @property
    def size_bytes(self) -> int:
        """Memory that the arrays take."""
        arrays = (self.features, self.target, self.test_features, self.test_target)
        return sum(array.nbytes for array in arrays if array is not None)


def in_drawn_order(features: Array, target: Array, columns: tuple[str, ...]) -> RawRows:
    """A built-in table, in the order ``default_rng(0).permutation(n)``."""
    order = np.random.default_rng(_ORDER_SEED).permutation(len(features))
    return RawRows(features[order], target[order], columns=columns)
