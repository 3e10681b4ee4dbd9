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

from worker.reader.columns.column import Column
from worker.reader.columns.dates import MISSING
from worker.reader.columns.files import ColumnFile
from worker.reader.limits import MOST_CATEGORIES

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

    What means nothing for its type is None; ``distinct`` is None for more than `MOST_CATEGORIES`.
    """
    told: dict[str, Any] = dict.fromkeys(
        ("distinct", "min", "max", "mean", "deviation", "examples", "top", "histogram"), None
    )
    if column.shape or not column.files:
        return told
    if column.values is not None:
        return told | _of_values(column.values, column.counts or ())
    if column.type == "number":
        return told | _of_numbers(column.files[""])
    if column.type == "date":
        return told | _of_dates(column.files[""])
    if column.type == "text":
        return told | {"examples": _first_texts(column)}
    return told


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
    moments, distinct = Moments(), _Distinct()
    examples: list[float] = []
    for piece in file.pieces():
        is_missing = np.isnan(piece)
        numbers = piece[~is_missing] if is_missing.any() else piece
        moments.add(numbers)
        distinct.add(numbers)
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
    least, most, distinct = None, None, _Distinct()
    examples: list[str] = []
    for piece in file.pieces():
        there = piece[piece != MISSING]
        if not len(there):
            continue
        distinct.add(there)
        least = int(there.min()) if least is None else min(least, int(there.min()))
        most = int(there.max()) if most is None else max(most, int(there.max()))
        if len(examples) < EXAMPLES:
            examples += [_iso(int(moment)) for moment in there[: EXAMPLES - len(examples)]]
    told = distinct.told()
    if told["top"]:
        told["top"] = [{"value": _iso(one["value"]), "count": one["count"]} for one in told["top"]]
    if least is None or most is None:
        return told | {"examples": []}
    return told | {"min": _iso(least), "max": _iso(most), "examples": examples}


def _iso(moment: int) -> str:
    """A day, or a moment, as it is written."""
    written = str(np.datetime64(moment, "us"))
    return written.removesuffix("T00:00:00.000000").removesuffix(".000000") + ("Z" if moment % 86_400_000_000 else "")


def _first_texts(column: Column) -> list[str]:
    offsets = next(column.files[".offsets"].pieces(EXAMPLES + 1))
    data = next(column.files[".bytes"].pieces(max(int(offsets[-1]), 1)), np.zeros(0, np.uint8)).tobytes()
    texts = [data[start:end].decode() for start, end in pairwise(offsets)]
    return [text[:LONGEST_EXAMPLE] for text in texts if text]
