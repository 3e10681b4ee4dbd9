"""Arrays that are yet to be made, piece by piece."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from worker.trainer.untyped import Array

_PIECE_BYTES = 2**22

Piece = Callable[[slice], Array]
"""Row numbers, without a step -> these rows."""


@dataclass(frozen=True)
class Part:
    """One array that is yet to be made.

    Attributes:
        name: `training_features`, `training_target`, `training_weights`, `validation_features`, …; of several inputs
            `training_features_0`, `training_features_1` … in the place of `training_features`, in their order.
        shape: Of the whole.
        dtype: Of the whole.
        piece: Makes some of its rows.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    piece: Piece

    @property
    def size_bytes(self) -> int:
        """Of the whole."""
        return math.prod(self.shape) * self.dtype.itemsize

    def pieces(self) -> Iterator[Array]:
        """All of its rows, a few megabytes at a time."""
        for rows in slices(self.shape, self.dtype):
            yield np.ascontiguousarray(self.piece(rows), self.dtype)


def slices(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> Iterator[slice]:
    """The rows of an array, a few megabytes at a time."""
    at_once = max(1, _PIECE_BYTES // max(math.prod(shape[1:]) * dtype.itemsize, 1))
    for begin in range(0, shape[0], at_once):
        yield slice(begin, min(begin + at_once, shape[0]))
