"""The epochs of a training that the coach has seen, in bounded memory."""

from coach.evidence import EpochSeen
from db.attempts import courses
from db.attempts.courses import Course

_MOST_SIGNALS = 20_000
"""Rows of signals, one of a layer each, that are held of a training: some 10 MB."""
_KEPT_FIRST = 100
"""Epochs at the beginning that are kept of a training that is longer than what is held (`MOST_EPOCHS`)."""
_KEPT_WHOLE = 20
"""Epochs at either end whose signals are kept where there are too many."""


class SeenEpochs:
    """The epochs of a training that the coach has seen, and no more signals than fit.

    Where there are too many, those of every other epoch are let go, but for the first and the last ones.
    """

    def __init__(self, most_rows: int = _MOST_SIGNALS) -> None:
        self._most_rows = most_rows
        self._epochs: list[EpochSeen] = []
        self._rows = 0

    @classmethod
    def of(cls, course: Course) -> "SeenEpochs":
        """Those that were recorded."""
        seen = cls()
        for past in course.epochs:
            seen.add(EpochSeen(past.epoch, past.metrics, past.signals))
        return seen

    def add(self, epoch: EpochSeen) -> None:
        """One that ended; it takes the place of the same one, and of later ones, of an earlier attempt."""
        while self._epochs and self._epochs[-1].epoch >= epoch.epoch:
            self._rows -= len(self._epochs.pop().signals)
        if len(self._epochs) >= courses.MOST_EPOCHS:
            self._rows -= len(self._epochs.pop(_KEPT_FIRST).signals)
        self._epochs.append(epoch)
        self._rows += len(epoch.signals)
        if self._rows > self._most_rows:
            self._thin()

    def all(self) -> tuple[EpochSeen, ...]:
        """They as of now, in order."""
        return tuple(self._epochs)

    def _thin(self) -> None:
        measured = [place for place, epoch in enumerate(self._epochs) if epoch.signals]
        for place in measured[_KEPT_WHOLE:-_KEPT_WHOLE:2]:
            epoch = self._epochs[place]
            self._rows -= len(epoch.signals)
            self._epochs[place] = EpochSeen(epoch.epoch, epoch.metrics)
