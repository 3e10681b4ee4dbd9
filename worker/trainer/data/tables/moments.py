"""What numbers are like, over rows that are never all in memory, the same whatever the pieces in which they come."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from spec.datasets.facts import Scaling
from worker.trainer.data.fitted import FittedScaling
from worker.trainer.untyped import Array

Pieces: TypeAlias = Callable[[], Iterator[Array]]
"""All rows from the first on, as float64 (rows, numbers), as often as asked."""


def fitted_scaling(kind: Scaling, pieces: Pieces, maximum: float | None = None) -> FittedScaling:
    """How these numbers, of which none is missing, are scaled.

    Args:
        kind: As `spec.datasets.facts.Scaling` says.
        pieces: Of the training rows.
        maximum: Of pictures, the greatest value a pixel can have.

    Returns:
        It has numbers that are not finite where float64 does not hold the sums, the squares or the range.
    """
    if kind == "none":
        return FittedScaling(kind=kind)
    if kind == "unit" and maximum is not None:
        return FittedScaling(kind=kind, divisor=(maximum,))
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == "unit":
            least, most = _extremes(pieces)
            return FittedScaling(kind=kind, offset=floats(least), divisor=floats(_or_one(most - least)))
        mean, deviation = moments(pieces)
    return FittedScaling(kind=kind, offset=floats(mean), divisor=floats(_or_one(deviation)))


def moments(pieces: Pieces) -> tuple[Array, Array]:
    """Mean and deviation (ddof 0) of each number.

    The sums are those of NumPy over the rows of a table with several columns: row by row, so they do not depend on the
    pieces, and a column has the same whatever stands beside it.
    """
    count, total = _sums(pieces())
    mean = total / count
    _, squares = _sums(np.square(piece - mean) for piece in pieces())
    return mean, np.sqrt(squares / count)


def means_of_present(pieces: Pieces) -> Array:
    """Mean of each number, without those that are NaN; 0 where all are."""
    with np.errstate(over="ignore"):
        _, total = _sums(np.nan_to_num(piece, copy=True, nan=0.0, posinf=None, neginf=None) for piece in pieces())
    counts = np.sum([(~np.isnan(piece)).sum(axis=0) for piece in pieces()], axis=0)
    return total / np.maximum(counts, 1)


def _sums(pieces: Iterator[Array]) -> tuple[int, Array]:
    """How many rows there are, at least 1 to divide by, and the sum of each number over them."""
    count, width, total = 0, 1, np.zeros(1)
    for piece in pieces:
        width = piece.shape[1]
        # NumPy adds up a single column in pairs, which depends on where it begins; of two it adds row by row.
        rows = np.repeat(piece, 2, axis=1) if width == 1 else piece
        before = total if count else np.zeros(rows.shape[1])
        total = np.add.reduce(np.concatenate([before[np.newaxis], rows]), axis=0)
        count += len(piece)
    return max(count, 1), total[:width]


def _extremes(pieces: Pieces) -> tuple[Array, Array]:
    found = [(piece.min(axis=0), piece.max(axis=0)) for piece in pieces()]
    return np.min([low for low, _ in found], axis=0), np.max([high for _, high in found], axis=0)


def _or_one(divisor: Array) -> Array:
    return np.where(divisor == 0, 1.0, divisor)


def floats(array: Array) -> tuple[float, ...]:
    """Python's floats of all numbers, in C order."""
    return tuple(float(number) for number in array.reshape(-1).tolist())
