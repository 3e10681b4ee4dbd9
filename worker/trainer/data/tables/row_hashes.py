"""Hashes of values and of whole rows, 64 bits each, by which rows are compared that are never all in memory."""

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from worker.trainer.sources.stored_column import StoredColumn
from worker.trainer.untyped import Array

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_BYTES = 8
_ARRAY_SEED = 20_260_101


def row_hashes(columns: Sequence[StoredColumn], places: Array) -> Array:
    """uint64 (rows,): equal rows of these columns have equal hashes, others hardly ever."""
    found = np.zeros(len(places), np.uint64)
    for column in columns:
        found = _mixed(found * _FACTOR + column_hashes(column, places))
    return found


def column_hashes(column: StoredColumn, places: Array) -> Array:
    """uint64 (rows,) of the values of a column, as they stand in the data set."""
    if ".bytes" in column.arrays:
        return np.array([_of_bytes(data) for data in column.encoded(places)], np.uint64)
    if column.names:
        table = np.array([*(_of_bytes(name.encode()) for name in column.names), 1], np.uint64)
        return table[column.raw(places)]
    if column.facts.type == "date":
        return _mixed(column.raw(places).astype(np.int64).view(np.uint64))
    numbers = column.numbers(places).reshape(len(places), -1) + 0.0  # -0.0 is 0.0
    bits = np.ascontiguousarray(numbers).view(np.uint64)
    if not column.facts.shape:
        return _mixed(bits[:, 0])
    chance = np.random.default_rng(_ARRAY_SEED)
    factors = chance.integers(0, 2**64, math.prod(column.facts.shape), dtype=np.uint64) | np.uint64(1)
    return _mixed((_mixed(bits) * factors).sum(axis=1, dtype=np.uint64))


def _of_bytes(data: bytes | memoryview) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=_BYTES).digest(), "little")


def _mixed(bits: Array) -> Array:
    """A bijection that spreads differences over all bits."""
    spread = (bits ^ (bits >> _SHIFT)) * _FACTOR
    return spread ^ (spread >> _SHIFT)
