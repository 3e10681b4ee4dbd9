"""Curves as characters, one for each place."""

import math
from collections.abc import Sequence

from api.reports.drawing.scales import Scale

_BARS = "▁▂▃▄▅▆▇█"
NOT_FINITE = "\N{MULTIPLICATION SIGN}"
NOT_MEASURED = "·"


def sparkline(values: Sequence[float | None], scale: Scale) -> str:
    """A bar for each number; a cross where it is not finite, a dot where there is none."""
    return "".join(_bar(value, scale) for value in values)


def _bar(value: float | None, scale: Scale) -> str:
    if value is None:
        return NOT_MEASURED
    if not math.isfinite(value):
        return NOT_FINITE
    return _BARS[min(len(_BARS) - 1, int(scale.place(value) * len(_BARS)))]
