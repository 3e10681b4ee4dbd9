"""From numbers to places on an axis, and back to the few that stand beside it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

LOGARITHMIC_FROM = 50.0
"""How many times the smallest number the largest one is, where logarithms show more than the numbers do."""
_TICKS = 5
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Scale:
    """An axis.

    Attributes:
        least: At its beginning.
        most: At its end; greater.
        is_logarithmic: Whether equal ways are equal factors; both ends are positive then.
    """

    least: float
    most: float
    is_logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a finite number is, from 0 to 1; what lies beyond the ends is at them."""
        if self.is_logarithmic:
            low, high, at = (math.log10(max(number, 5e-324)) for number in (self.least, self.most, value))
        else:
            # Halves, since the way from one end to the other may be more than the greatest number.
            low, high, at = self.least / 2, self.most / 2, value / 2
        return min(1.0, max(0.0, (at - low) / (high - low)))

    def ticks(self) -> list[float]:
        """Round numbers on it, some three to seven."""
        return self._decades() if self.is_logarithmic else self._steps()

    def _decades(self) -> list[float]:
        first, last = math.ceil(math.log10(self.least)), math.floor(math.log10(self.most))
        every = max(1, math.ceil((last - first + 1) / _TICKS))
        found = [10.0**power for power in range(first, last + 1, every)]
        return found or [self.least, self.most]

    def _steps(self) -> list[float]:
        raw = self.most / _TICKS - self.least / _TICKS
        size = 10.0 ** math.floor(math.log10(raw))
        step = next(size * factor for factor in _STEPS if size * factor >= raw)
        begin = math.ceil(self.least / step)
        found = [(begin + place) * step for place in range(_TICKS + 2)]
        inside = [tick for tick in found if self.least <= tick <= self.most]
        return inside or [self.least, self.most]


def scale_of(values: Iterable[float], *, may_be_logarithmic: bool = True) -> Scale:
    """The scale that all finite numbers among these fit on, from the smallest to the largest.

    Args:
        values: They; there may be none.
        may_be_logarithmic: Whether it is where all are positive and far apart.
    """
    finite = [value for value in values if math.isfinite(value)]
    least, most = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if may_be_logarithmic and least > 0 and most / least >= LOGARITHMIC_FROM:
        return Scale(least, most, is_logarithmic=True)
    # Numbers that differ in their last digits alone are one number to the eye.
    if most / 2 - least / 2 <= 1e-9 * max(abs(least), abs(most)):
        margin = abs(most) / 10 or 1.0
        return Scale(max(least - margin, -1.7e308), min(most + margin, 1.7e308))
    return Scale(least, most)
