"""What a request has cost in processor time, beside what its kind costs at least."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from starlette.requests import Request

SECONDS_OF_A_TOKEN = 0.002
"""Of processor time. With the usual 100 tokens a second one caller can keep a fifth of a core busy, and no more."""

_METER = "netcoach.meter"


class Meter:
    """The processor time of one request's checks, in whichever thread they ran.

    Attributes:
        seconds: All of it until now.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Generator[None]:
        """Counts what the calling thread does meanwhile; it must not wait for another request."""
        began = time.thread_time()
        try:
            yield
        finally:
            self.seconds += time.thread_time() - began

    def tokens_beyond(self, paid: float) -> float:
        """What the time comes to in whole tokens, beyond those that were paid: of a usual request nothing."""
        return float(max(0, int(self.seconds / SECONDS_OF_A_TOKEN - paid)))


def meter_of(request: Request) -> Meter:
    """The request's meter, the same one wherever it is asked for."""
    meter: Meter = request.scope.setdefault(_METER, Meter())
    return meter
