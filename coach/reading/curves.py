"""How curves of a training run: whether they still fall, and how much they jump."""

import math
from collections.abc import Sequence
from itertools import pairwise

_TINY = 1e-12


def finite(curve: Sequence[float]) -> list[float]:
    """What is finite of a curve."""
    return [value for value in curve if math.isfinite(value)]


def fall(curve: Sequence[float], part: float = 0.25) -> float:
    """By which share of its size a loss still fell within its last part.

    Args:
        curve: A loss, epoch by epoch.
        part: The share of the epochs that is its last part.

    Returns:
        From 0 (it does not fall) to 1; 0 where there are fewer than two epochs.
    """
    known = finite(curve)
    if len(known) < 2:  # noqa: PLR2004 -- a slope has two ends
        return 0.0
    recent = min(max(1, round(len(known) * part)), len(known) - 1)
    before, after = min(known[:-recent]), min(known[-recent:])
    return max(0.0, before - after) / max(abs(before), _TINY)


def whole_fall(start: float | None, curve: Sequence[float]) -> float:
    """By which share of what it began with a loss fell over all epochs; may be negative."""
    known = finite(curve)
    if not known:
        return 0.0
    first = known[0] if start is None or not math.isfinite(start) else start
    return (first - min(known)) / max(abs(first), _TINY)


def rises(curve: Sequence[float]) -> float:
    """The share of the steps of a curve's second half that go up."""
    tail = finite(curve[len(curve) // 2 :])
    steps = [after - before for before, after in pairwise(tail)]
    return sum(step > 0 for step in steps) / len(steps) if steps else 0.0


def wobble(curve: Sequence[float]) -> float:
    """How far a curve goes up or down from one epoch to the next in its second half, beside its mean there."""
    tail = finite(curve[len(curve) // 2 :])
    if len(tail) < 2:  # noqa: PLR2004 -- as above
        return 0.0
    steps = [abs(after - before) for before, after in pairwise(tail)]
    return sum(steps) / len(steps) / max(abs(sum(tail) / len(tail)), _TINY)
