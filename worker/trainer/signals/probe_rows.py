"""Which rows the probe takes: drawn once, by the seed alone."""

from collections.abc import Sequence

import numpy as np

from worker.trainer.untyped import Array

_STREAM = (0, 1)
"""Beside the seed. Orders of rows are drawn with the seed and one number more: none of them is the same stream."""


def probe_rows(arrays: Sequence[Array | None], seed: int, most: int) -> list[Array | None]:
    """Some rows of these arrays, in rising order: ``default_rng([seed, 0, 1]).choice(n, most, replace=False)``, sorted.

    Args:
        arrays: Features of each input, targets, weights, equally many rows in each; what is mapped from a file is read
            there alone.
        seed: The job's.
        most: So many rows, or all where there are fewer.
    """
    count = len(arrays[0]) if arrays[0] is not None else 0
    drawn = np.random.default_rng([seed, *_STREAM]).choice(count, min(most, count), replace=False)
    places = np.sort(drawn)
    return [None if array is None else np.ascontiguousarray(array[places]) for array in arrays]
