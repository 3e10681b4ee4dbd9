"""What happened while a training ran, and where it stands."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spec.training.callbacks import NonFiniteLoss
from spec.training.epoch_columns import LOSS, TEST, VALIDATION
from worker.trainer.untyped import Array, Tensor


@dataclass(frozen=True)
class EpochRow:
    """One epoch as it is reported: its number from 1, Keras's logs with ``learning_rate``, and its duration."""

    number: int
    metrics: dict[str, float]
    duration_seconds: float


@dataclass(frozen=True)
class BestEpoch:
    """The epoch with the lowest validation loss so far.

    Attributes:
        number: From 1.
        loss: Its validation loss.
        weights: Those that the validation rows were evaluated with, in the order of `model.weights`. None where they
            are not known: those of an epoch ahead of a checkpoint that was written by a former version.
    """

    number: int
    loss: float
    weights: Sequence[Array | Tensor] | None


@dataclass
class Course:
    """The way a training has gone so far.

    Attributes:
        rows: The epochs that ended.
        earlier_epochs: How many of them are those of another training that this one goes on from.
        step: Steps taken of the epoch under way.
        logs: The metrics of that epoch's training rows, once all its steps are taken; None before.
        evaluation_step: Steps taken of the validation rows after them; None before and afterwards.
        epoch_began_at: `time.monotonic` when it began; where it was resumed, earlier by what was spent on it before.
        first_step_seconds: From the start of training to the end of the first step: tracing, mostly.
        evaluation_seconds: Time spent on validation and test rows.
        non_finite_loss: Where TerminateOnNaN ended the training, or None.
        phase: Which phase of the training is under way, from 0.
        phase_epoch: How many epochs had ended when it began.
        phases: What is told of the phases that ended, where the training has several.
        best: The best epoch so far, the one under way among them once its validation rows are evaluated; None where
            none has a finite loss, or there are no validation rows.
    """

    rows: list[EpochRow] = field(default_factory=list[EpochRow])
    earlier_epochs: int = 0
    step: int = 0
    logs: dict[str, float] | None = None
    evaluation_step: int | None = None
    epoch_began_at: float | None = None
    first_step_seconds: float | None = None
    evaluation_seconds: float = 0.0
    non_finite_loss: NonFiniteLoss | None = None
    phase: int = 0
    phase_epoch: int = 0
    phases: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    best: BestEpoch | None = None

    def begin_phase(self) -> None:
        """The next phase follows on the epochs that ended."""
        self.phase, self.phase_epoch = self.phase + 1, len(self.rows)

    @property
    def is_between_epochs(self) -> bool:
        """Whether no step has been taken of the next epoch."""
        return self.step == 0 and self.logs is None


def best_row(rows: Sequence[EpochRow]) -> tuple[str, EpochRow] | None:
    """The epoch with the lowest validation loss, or loss where none was evaluated; the earlier of equals.

    Returns:
        The metric that was compared, and the epoch; None where no epoch has a finite one.
    """
    if not rows:
        return None
    monitor = f"{VALIDATION}{LOSS}" if f"{VALIDATION}{LOSS}" in rows[0].metrics else LOSS
    finite = [row for row in rows if math.isfinite(row.metrics[monitor])]
    if not finite:
        return None
    return monitor, min(finite, key=lambda row: row.metrics[monitor])


def outcome_of(rows: Sequence[EpochRow], test_metrics: Mapping[str, float]) -> dict[str, Any]:
    """The part of the results that tells of metrics.

    Args:
        rows: The epochs that ended.
        test_metrics: Loss and metrics on the test rows, with the final weights; empty without test rows.
    """
    best = best_row(rows)
    final = dict(rows[-1].metrics) if rows else {}
    return {
        "epochs_run": len(rows),
        "final_metrics": {**final, **{f"{TEST}{name}": value for name, value in test_metrics.items()}},
        "best_epoch": best[1].number if best else None,
        "best_metrics": dict(best[1].metrics) if best else {},
        "best_monitor": best[0] if best else None,
    }
