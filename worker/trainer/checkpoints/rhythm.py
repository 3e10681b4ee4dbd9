"""When a checkpoint is due."""

AFTER_EPOCH_SECONDS = 0.5
"""Least time between two checkpoints after epochs: nothing is lost by not going on from the very last epoch."""

MOST_SHARE = 0.02
"""The most of a training's time that checkpoints may cost."""


class Rhythm:
    """Lets checkpoints come often enough, and never often enough to be felt.

    Args:
        within_epoch_seconds: Least time between two checkpoints within an epoch; after an epoch
            `AFTER_EPOCH_SECONDS` are enough, or less where this is less.
    """

    def __init__(self, within_epoch_seconds: float) -> None:
        self._within_epoch_seconds = within_epoch_seconds
        self._last_at: float | None = None
        self._cost_seconds = 0.0

    def is_due(self, now: float, *, is_epoch_over: bool) -> bool:
        """Whether it is time; the clock begins with the first question, so a short training has none.

        Args:
            now: `time.monotonic`.
            is_epoch_over: Whether an epoch has just ended.
        """
        if self._last_at is None:
            self._last_at = now
        pause = self._within_epoch_seconds
        if is_epoch_over:
            pause = min(pause, AFTER_EPOCH_SECONDS)
        return now - self._last_at >= max(pause, self._cost_seconds / MOST_SHARE)

    def taken(self, now: float) -> None:
        """One is being taken."""
        self._last_at = now

    def note(self, cost_seconds: float) -> None:
        """Tell what one cost: seconds of a processor, in whichever thread."""
        self._cost_seconds = cost_seconds
