"""Numbers, times and durations as a person reads them."""

import math
from datetime import datetime

NOTHING = "\N{EN DASH}"
"""In the place of a number that there is not."""
_MINUTE = 60
_HOUR = 3600
_LARGE = 1e5
_SMALL = 1e-3


def number(value: float | str | None) -> str:
    """Four digits; of numbers that are not finite, stored as strings perhaps, their names."""
    if value is None:
        return NOTHING
    value = float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0 or (value == int(value) and abs(value) < _LARGE):
        return f"{int(value):,}"
    return f"{value:.4g}" if _SMALL <= abs(value) < _LARGE else f"{value:.3g}"


def count(value: float | None) -> str:
    """A whole number."""
    return NOTHING if value is None else f"{int(value):,}"


def counted(value: int, noun: str) -> str:
    """A number of things, whose plural ends in s."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def duration(seconds: float | None) -> str:
    """Hours and minutes, minutes and seconds, or seconds."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    if seconds >= _HOUR:
        return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE)} min"
    if seconds >= _MINUTE:
        return f"{int(seconds // _MINUTE)} min {int(seconds % _MINUTE)} s"
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


def moment(time: datetime | None) -> str:
    """In UTC, to the second."""
    return NOTHING if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC"
