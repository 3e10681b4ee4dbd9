"""Who measures after each epoch: it may fail, and the training goes on as if it had not been there."""

import logging
from collections.abc import Callable

from worker.trainer.log_lines import reason_of
from worker.trainer.signals.probe import Probe
from worker.trainer.signals.signal import LayerSignals

logger = logging.getLogger(__name__)


class Observer:
    """Measures the signals of one training.

    Args:
        build: Makes the probe once the first epoch has ended: nothing is done for it ahead of the first step.
        tell: Is given the epoch's number, from 1, and its signals.
    """

    def __init__(self, build: Callable[[], Probe], tell: Callable[[int, LayerSignals], None]) -> None:
        self._build = build
        self._tell = tell
        self._probe: Probe | None = None
        self._is_working = True

    def after_epoch(self, number: int) -> None:
        """Measure and tell; what fails once is not tried again in this attempt, and its memory is given back."""
        if not self._is_working:
            return
        try:
            self._probe = self._probe or self._build()
            measured = self._probe.measure()
            if measured:
                self._tell(number, measured)
        except Exception as error:  # noqa: BLE001 (no memory, an operation without a gradient: the training goes on)
            logger.warning("No signals are measured from epoch %d on: %s", number, reason_of(error))
            self._is_working, self._probe = False, None
