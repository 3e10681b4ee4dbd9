"""When a message that did not arrive is tried again: further and further apart, no sooner than its receiver asks."""

import random
import time
from collections.abc import Iterable
from email.utils import mktime_tz, parsedate_tz

RETRY_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
"""After the first failure, the second, … and then it is given up; the specification's own example, 27 hours and a
half as a whole."""
JITTER = 0.1
LONGEST_ASKED_SECONDS = 24 * 60 * 60.0
"""A receiver that asks for more is tried again after a day: what it says may be wrong."""
_MOST_DATE_CHARACTERS = 100


def retry_in_seconds(failures_before: int, asked_seconds: float | None = None) -> float | None:
    """How long to wait after a failure, up to a tenth longer than planned or asked for; None when it is given up.

    Args:
        failures_before: Of this message.
        asked_seconds: What the receiver asked for, if it did.
    """
    if failures_before >= len(RETRY_SECONDS):
        return None
    wait_seconds = max(RETRY_SECONDS[failures_before], min(asked_seconds or 0.0, LONGEST_ASKED_SECONDS))
    return wait_seconds * random.uniform(1, 1 + JITTER)  # noqa: S311 -- only spreads the load


def asked_seconds(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """The wait that an answer's ``Retry-After`` asks for (RFC 9110, section 10.2.3); None where it asks for none.

    A date counts from the answer's own ``Date``, where it has one: the two clocks need not agree.

    Args:
        headers: Of the answer.
    """
    said = {name.lower(): value.decode("latin-1").strip() for name, value in headers}
    text = said.get(b"retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text)
    moment = _moment(text)
    if moment is None:
        return None
    now = _moment(said.get(b"date", ""))
    return max(0.0, moment - (time.time() if now is None else now))


def _moment(text: str) -> float | None:
    """Seconds since 1970, of a date in any of HTTP's three spellings."""
    parsed = parsedate_tz(text[:_MOST_DATE_CHARACTERS])
    if parsed is None:
        return None
    try:
        return float(mktime_tz(parsed))
    except (ValueError, OverflowError):
        return None  # such as the 99th of a month, or a year beyond all calendars
