"""How much of an epoch one compiled call should do."""

TARGET_SECONDS = 0.25
"""What one call may last: short enough that an order to stop is followed within an epoch, long enough that the
call's own cost (a fraction of a millisecond) does not count."""

_MEASURING_STEPS = 4


class CallLength:
    """Chooses how many steps to take in one call, from how long the last ones took.

    The first call takes one step: it is the one that traces, and its duration says nothing about the others. The
    second takes a few, to measure; from then on a call takes what fits in the target, a short epoch as a whole.
    """

    def __init__(self, target_seconds: float = TARGET_SECONDS) -> None:
        self._target_seconds = target_seconds
        self._calls = 0
        self._steps = 1

    def steps_for(self, remaining: int) -> int:
        """How many of the ``remaining`` steps (at least one) the next call should take."""
        return min(self._steps, remaining)

    def note(self, steps: int, seconds: float) -> None:
        """Tell how long a call took that made ``steps`` steps."""
        self._calls += 1
        if self._calls == 1:
            self._steps = _MEASURING_STEPS
        else:
            self._steps = max(1, int(self._target_seconds * steps / max(seconds, 1e-9)))
