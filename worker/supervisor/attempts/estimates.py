"""How fast a training goes: what is done, what is left, and when it will be over."""

import time
from collections import deque

from db.attempts.attempts import fraction_of

_REMEMBERED_EPOCHS = 5


class Estimate:
    """Fraction done and seconds left, from the last few epochs.

    The estimate is the mean duration of the last five epochs times the epochs left, which follows a run whose epochs
    get slower or faster. Before the first epoch ended it is taken from the fraction done since the first step.
    """

    def __init__(self, epochs: int, first_epoch: int = 0) -> None:
        """Begins to measure.

        Args:
            epochs: The number of the last epoch that the run can have.
            first_epoch: How many epochs the training that it continues has had.
        """
        self._last_epoch = epochs
        self._first_epoch = first_epoch
        self._epochs = max(epochs - first_epoch, 1)
        self._durations: deque[float] = deque(maxlen=_REMEMBERED_EPOCHS)
        self._began_at = time.monotonic()
        self.fraction = 0.0

    def epoch_ended(self, epoch: int, duration_seconds: float) -> None:
        """Epoch ``epoch``, counted from 1, ended and took so long."""
        self._durations.append(duration_seconds)
        self.fraction = self._done(epoch)

    def moved(self, fraction: float) -> None:
        """This fraction of all epochs is done, those of the training that the run continues counted in.

        Less than was already done is ignored.
        """
        self.fraction = max(self.fraction, self._done(fraction * max(self._last_epoch, 1)))

    def _done(self, epochs: float) -> float:
        """The fraction of the run that is done after so many epochs."""
        return fraction_of(epochs, self._last_epoch, self._first_epoch)

    @property
    def eta_seconds(self) -> float | None:
        """Seconds until the last epoch ends at today's pace; None before anything is known of it."""
        if self._durations:
            mean = sum(self._durations) / len(self._durations)
            return max(0.0, (1.0 - self.fraction) * self._epochs * mean)
        if self.fraction > 0.0:
            return (time.monotonic() - self._began_at) * (1.0 - self.fraction) / self.fraction
        return None
