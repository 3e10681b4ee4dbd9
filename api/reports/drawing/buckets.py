"""Many epochs as few places to draw, each with what its epochs were like."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Span:
    """Epochs in a row, from the first to the last, counted from 1."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a number was like in some epochs in a row.

    Attributes:
        span: Which epochs.
        last: The last finite one; None where none was.
        least: The smallest finite one.
        most: The largest finite one.
        non_finite: How many were not finite.
    """

    span: Span
    last: float | None
    least: float | None
    most: float | None
    non_finite: int


def spans(first: int, last: int, most: int) -> list[Span]:
    """At most so many spans of the same length, but for one, that cover these epochs; none of no epochs."""
    epochs = last - first + 1
    if epochs < 1:
        return []
    count = min(most, epochs)
    edges = [first + epochs * place // count for place in range(count + 1)]
    return [Span(begin, end - 1) for begin, end in pairwise(edges)]


def bucketed(points: Iterable[tuple[int, float]], over: Sequence[Span]) -> list[Bucket]:
    """What a number was like in each span; those without any are left out.

    Args:
        points: Epochs, rising, and the number after each.
        over: The spans, rising; epochs outside of them count for nothing.
    """
    found: list[list[float]] = [[] for _ in over]
    place = 0
    for epoch, value in points:
        while place < len(over) and over[place].last < epoch:
            place += 1
        if place == len(over):
            break
        if over[place].first <= epoch:
            found[place].append(value)
    return [_bucket(span, values) for span, values in zip(over, found, strict=True) if values]


def _bucket(span: Span, values: Sequence[float]) -> Bucket:
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return Bucket(span, None, None, None, len(values))
    return Bucket(span, finite[-1], min(finite), max(finite), len(values) - len(finite))
