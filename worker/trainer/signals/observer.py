"""Who measures after each epoch: it may fail, and the training goes on as if it had not been there."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from worker.trainer.log_lines import reason_of
from worker.trainer.network.layerwise_rates import optimizers_of
from worker.trainer.network.precision import inner_optimizer
from worker.trainer.signals.probe import Probe, trained_variables
from worker.trainer.signals.signal import LayerSignals
from worker.trainer.signals.start import Start
from worker.trainer.untyped import KerasObject, Model, Tensor
from worker.trainer.weights.best import read_variable

_ALWAYS_MEASURED = 10
"""So many epochs of a training are measured in any case: most that goes wrong shows at its beginning."""
_SHARE = 1 / 40
"""Of the time of the epochs, what may be spent on measuring them; what an epoch takes longer for it comes on top."""

Tell: TypeAlias = Callable[[int, LayerSignals, Mapping[str, Any] | None], None]

logger = logging.getLogger(__name__)


class Observer:
    """Measures the signals of one training.

    Args:
        model: Compiled, and built by the time of the first step.
        last_epoch: The one that the training ends with, if nothing stops it before: it is measured in any case.
        build: Makes the probe once the first epoch has ended: nothing is done for it ahead of the first step.
        tell: Is given an epoch, from 1, its signals, and what is seen once, with the first that is measured.
        start: Knows what is seen once.
        has_room: Whether there is memory for so many bytes more than steps take; where there is none, nothing is told
            of the last step.
    """

    def __init__(  # noqa: PLR0913 (all but the last are there in any case)
        self,
        model: Model,
        last_epoch: int,
        build: Callable[[], Probe],
        tell: Tell,
        start: Start | None = None,
        *,
        has_room: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self._model = model
        self._last_epoch = last_epoch
        self._build = build
        self._tell = tell
        self._start = start
        self._has_room = has_room
        self._probe: Probe | None = None
        self._trained: Sequence[KerasObject] = ()
        self._before: Sequence[Tensor] | None = None
        self._is_due = self._is_working = True
        self._measured = 0
        self._spent_seconds = 0.0
        self._began_at: float | None = None

    def steps_apart(self, epoch: int) -> int:
        """How many steps at the end of this epoch are looked at together: as many as one update of the weights takes.

        None are where the epoch will not be measured.
        """
        self._is_due = self._is_working and self._is_affordable(epoch)
        if not self._is_due:
            return 0
        optimizers = optimizers_of(inner_optimizer(self._model))
        return max(optimizer.gradient_accumulation_steps or 1 for optimizer in optimizers)

    def _is_affordable(self, epoch: int) -> bool:
        if self._began_at is None or self._measured < _ALWAYS_MEASURED or epoch == self._last_epoch:
            return True
        return self._spent_seconds <= _SHARE * (time.monotonic() - self._began_at)

    def before_steps_apart(self) -> None:
        """Keep the weights of this moment; nothing is copied until the next step writes to them."""
        if self._is_due:
            self._trained = self._trained or trained_variables(self._model)
            if not self._has_room(sum(one.shape.num_elements() * one.dtype.size for one in self._trained)):
                return
            self._before = [read_variable(variable) for variable in self._trained]

    def after_epoch(self, epoch: int) -> None:
        """Measure and tell; what fails once is not tried again in this attempt, and its memory is given back."""
        if not self._is_due:
            return
        began_at = time.monotonic()
        self._measure(epoch)
        now = time.monotonic()
        self._measured += 1
        if self._began_at is None:
            self._began_at = now  # the first time compiles, and is not to be made up for
        else:
            self._spent_seconds += now - began_at

    def _measure(self, epoch: int) -> None:
        try:
            self._probe = self._probe or self._build()
            before, self._before = self._before, None
            measured = self._probe.measure(before).signals
            self._tell(epoch, measured, self._seen_once(self._probe))
        except Exception as error:  # noqa: BLE001 (no memory, an operation without a gradient: the training goes on)
            logger.warning("No signals are measured from epoch %d on: %s", epoch, reason_of(error))
            self._is_due = self._is_working = False
            self._probe = self._before = None
            if self._start is not None:
                self._start.forget()

    def _seen_once(self, probe: Probe) -> Mapping[str, Any] | None:
        try:
            return None if self._start is None else self._start.measured(probe)
        except Exception as error:  # noqa: BLE001 (likewise; the signals of epochs need less)
            logger.warning("What the training began with is not told: %s", reason_of(error))
            return None
