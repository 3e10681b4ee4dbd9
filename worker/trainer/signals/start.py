"""What is seen once: the training rows, and the network with its first weights."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from worker.trainer.signals.probe import Probe, values_now
from worker.trainer.untyped import Model, Tensor


class Start:
    """The first weights are kept until the first epoch has ended, and measured then: no step waits for it.

    Args:
        rows: Gives what is told of the training rows, as JSON.
    """

    def __init__(self, rows: Callable[[], Mapping[str, Any]]) -> None:
        self._rows = rows
        self._first: Sequence[Tensor] | None = None
        self._is_due = False

    def keep(self, model: Model, *, has_room: bool = True) -> None:
        """These are the first weights; nothing is copied until a step writes to them.

        Args:
            model: Built.
            has_room: Whether there is room for that copy; else only what the rows are like will be told.
        """
        self._first = values_now(model) if has_room else None
        self._is_due = True

    def forget(self) -> None:
        """There is nothing to tell, or not any more."""
        self._first, self._is_due = None, False

    def measured(self, probe: Probe) -> dict[str, Any] | None:
        """All of it, once, by the names of `coach.evidence.StartSeen`; None where there is nothing to tell any more."""
        if not self._is_due:
            return None
        first = self._first
        self.forget()
        if first is None:
            return {**self._rows(), "loss": None, "signals": {}}
        measured = probe.measure(first=first)
        return {**self._rows(), "loss": measured.loss, "signals": measured.signals}
