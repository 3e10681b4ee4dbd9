"""Statistics of columns, from the files that they were written to, in pieces of fixed length.

Sums are those of Welford's method over pieces (Chan, Golub, LeVeque 1979), in float64.
"""

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spec.datasets.read_limits import MOST_CATEGORIES
from worker.reader.columns.column import Column
from worker.reader.columns.dates import MISSING, iso_of
from worker.reader.columns.files import ColumnFile

BINS = 20
EXAMPLES = 5
TOP = 10
LONGEST_EXAMPLE = 100

_LEAST_WIDTH = 1e-300


@dataclass
class Moments:
    """Count, mean and squared deviations of numbers, and their range.

    Attributes:
        count: How many.
        mean: Of them.
        squares: The sum of squared differences from the mean.
        least: The smallest.
        most: The largest.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    least: float = math.inf
    most: float = -math.inf

    def add(self, numbers: np.ndarray) -> None:
        """Some more, none of them NaN."""
        count = len(numbers)
        if not count:
            return
        # Numbers near the end of float64 have no mean and no deviation in it.
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(numbers.mean())
            squares = float(np.square(numbers - mean).sum())
        total, apart = self.count + count, mean - self.mean
        self.mean += apart * count / total
        self.squares += squares + apart * apart * self.count * count / total
        self.count = total
        self.least, self.most = min(self.least, float(numbers.min())), max(self.most, float(numbers.max()))

    @property
    def deviation(self) -> float:
        """The population's (ddof 0)."""
        return math.sqrt(self.squares / self.count) if self.count else math.nan


def statistics_of(column: Column) -> dict[str, Any]:
    """Of a column: ``distinct``, ``min``, ``max``, ``mean``, ``deviation``, ``examples``, ``top``, ``histogram``.

    What means nothing for its type is None; ``distinct`` is None for more than `MOST_CATEGORIES`. And ``is_sorted``:
    whether the values that are there never fall, or never rise, from row to row.
    """
    told: dict[str, Any] = dict.fromkeys(
        ("distinct", "min", "max", "mean", "deviation", "examples", "top", "histogram"), None
    )
    told["is_sorted"] = False
    if column.shape or not column.files:
        return told
    if column.values is not None:
        return told | _of_values(column.values, column.counts or ()) | {"is_sorted": _are_sorted(column.files[""])}
    if column.type == "number":
        return told | _of_numbers(column.files[""])
    if column.type == "date":
        return told | _of_dates(column.files[""])
    if column.type == "text":
        return told | {"examples": _first_texts(column)}
    return told


class _Order:
    """Whether values never fall, or never rise."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._rises = self._falls = True

    @property
    def is_kept(self) -> bool:
        """Whether one of the two holds so far."""
        return self._rises or self._falls

    def add(self, values: np.ndarray) -> None:
        """Some more, all of them there."""
        if not self.is_kept or not len(values):
            return
        values = values if self._last is None else np.concatenate((self._last, values))
        self._last = values[-1:].copy()
        self._rises = self._rises and bool((values[1:] >= values[:-1]).all())
        self._falls = self._falls and bool((values[1:] <= values[:-1]).all())


def _are_sorted(codes: ColumnFile) -> bool:
    order = _Order()
    for piece in codes.pieces():
        order.add(piece[piece >= 0])
        if not order.is_kept:
            return False
    return True


def _of_values(values: tuple[str, ...], counts: tuple[int, ...]) -> dict[str, Any]:
    order = sorted(range(len(values)), key=lambda place: (-counts[place], place))
    return {
        "distinct": len(values),
        "examples": [values[place][:LONGEST_EXAMPLE] for place in order[:EXAMPLES]],
        "top": [{"value": values[place][:LONGEST_EXAMPLE], "count": counts[place]} for place in order[:TOP]],
    }


class _Distinct:
    """Counts different values until there are too many."""

    def __init__(self) -> None:
        self.counts: Counter[Any] | None = Counter()

    def add(self, values: np.ndarray) -> None:
        if self.counts is None:
            return
        found = pc.value_counts(pa.array(values))
        if len(found) > MOST_CATEGORIES:
            self.counts = None
            return
        pairs = zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True)
        self.counts.update(dict(pairs))
        if len(self.counts) > MOST_CATEGORIES:
            self.counts = None

    def told(self) -> dict[str, Any]:
        if self.counts is None:
            return {"distinct": None, "top": None}
        top = sorted(self.counts.items(), key=lambda one: (-one[1], one[0]))[:TOP]
        return {"distinct": len(self.counts), "top": [{"value": value, "count": count} for value, count in top]}


def _of_numbers(file: ColumnFile) -> dict[str, Any]:
    moments, distinct, order = Moments(), _Distinct(), _Order()
    examples: list[float] = []
    for piece in file.pieces():
        is_missing = np.isnan(piece)
        numbers = piece[~is_missing] if is_missing.any() else piece
        moments.add(numbers)
        distinct.add(numbers)
        order.add(numbers)
        if len(examples) < EXAMPLES:
            examples += [float(number) for number in numbers[: EXAMPLES - len(examples)]]
    if not moments.count:
        return {"distinct": 0, "examples": []}
    return {
        "min": moments.least,
        "max": moments.most,
        "mean": moments.mean,
        "deviation": moments.deviation,
        "examples": examples,
        "histogram": _histogram(file, moments.least, moments.most),
        "is_sorted": order.is_kept,
        **distinct.told(),
    }


def _histogram(file: ColumnFile, least: float, most: float) -> dict[str, Any] | None:
    """Counts of equally wide bins; the last one has its upper edge, too."""
    width = (most - least) / BINS
    if width < _LEAST_WIDTH or not math.isfinite(width):
        return None
    counts = np.zeros(BINS + 1, dtype=np.int64)
    for piece in file.pieces():
        numbers = piece[~np.isnan(piece)]
        places = ((numbers - least) * (1 / width)).astype(np.int64)
        counts += np.bincount(np.minimum(places, BINS), minlength=BINS + 1)
    counts[BINS - 1] += counts[BINS]
    edges = [least + place * width for place in range(BINS)]
    return {"edges": [*edges, most], "counts": [int(count) for count in counts[:BINS]]}


def _of_dates(file: ColumnFile) -> dict[str, Any]:
    least, most, distinct, order = None, None, _Distinct(), _Order()
    examples: list[str] = []
    for piece in file.pieces():
        there = piece[piece != MISSING]
        if not len(there):
            continue
        distinct.add(there)
        order.add(there)
        least = int(there.min()) if least is None else min(least, int(there.min()))
        most = int(there.max()) if most is None else max(most, int(there.max()))
        if len(examples) < EXAMPLES:
            examples += [iso_of(int(moment)) for moment in there[: EXAMPLES - len(examples)]]
    told = distinct.told()
    if told["top"]:
        told["top"] = [{"value": iso_of(one["value"]), "count": one["count"]} for one in told["top"]]
    if least is None or most is None:
        return told | {"examples": []}
    return told | {
        "min": iso_of(least),
        "max": iso_of(most),
        "examples": examples,
        "is_sorted": order.is_kept,
    }


def _first_texts(column: Column) -> list[str]:
    offsets = next(column.files[".offsets"].pieces(EXAMPLES + 1))
    data = next(column.files[".bytes"].pieces(max(int(offsets[-1]), 1)), np.zeros(0, np.uint8)).tobytes()
    texts = [data[start:end].decode() for start, end in pairwise(offsets)]
    return [text[:LONGEST_EXAMPLE] for text in texts if text]
