"""How a request's body is checked: a small one at once, a large one beside the event loop; either is charged for."""

from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request

from api.access.callers import caller_of
from api.context import context_of
from api.serving.metering import meter_of

SMALL_BYTES = 8 * 1024
"""A body of no more is checked at once: a usual job has 1 or 2 KiB, and takes half a millisecond."""
SMALL_OBJECTS = 100
"""Nor may it hold more objects, each of which may be a layer."""
COACHED = 4
"""A check that the coach follows counts as so many, since what each remedy would make of the job is checked as well. Of
the oddest jobs of 25 layers that takes some milliseconds."""


Result = TypeVar("Result")


def is_small(*texts: bytes | str, growth: int = 1) -> bool:
    """Whether what these JSON texts hold can be checked within some milliseconds, when it has become as many times."""
    objects = sum(text.count("{") if isinstance(text, str) else text.count(b"{") for text in texts)
    return growth * sum(map(len, texts)) <= SMALL_BYTES and growth * objects <= SMALL_OBJECTS


async def checked(request: Request, work: Callable[[], Result], *texts: bytes | str, growth: int = 1) -> Result:
    """What the work on these JSON texts gives, or raises; its time is charged to the caller.

    Args:
        request: Whose work it is.
        work: Reads and checks; touches nothing that belongs to the event loop.
        texts: What decides whether it is small.
        growth: How many times as much it may become meanwhile.

    Raises:
        RateLimited: If it is large, and as many of the project wait as may.
    """
    meter = meter_of(request)

    def metered() -> Result:
        with meter.running():
            return work()

    if is_small(*texts, growth=growth):
        return metered()
    return await context_of(request).checks.run(caller_of(request).project, metered)
