"""What is told of a training that ended."""

import math
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spec.training.callbacks import Ended
from spec.training.planned_phases import PlannedPhase
from spec.training.training import TrainingSpec
from worker.trainer.callbacks.declarations import declared_with, kept
from worker.trainer.devices import versions
from worker.trainer.results.course import Course, EpochRow
from worker.trainer.results.stored_weights import stored_weights
from worker.trainer.untyped import KerasObject


@dataclass
class Timings:
    """Where the time went, in seconds; of a job that was resumed, with what was spent on what it went on from.

    Attributes:
        load_data_seconds: Reading, splitting, scaling and encoding the rows.
        build_seconds: Making the network, its optimizer, loss and metrics.
        earlier_seconds: Spent in all before this attempt, on what it goes on from.
        began_at: `time.monotonic` of this attempt's order.
    """

    load_data_seconds: float = 0.0
    build_seconds: float = 0.0
    earlier_seconds: float = 0.0
    began_at: float = field(default_factory=time.monotonic)

    @property
    def total_seconds(self) -> float:
        """From the order to now."""
        return self.earlier_seconds + time.monotonic() - self.began_at

    def spent(self) -> dict[str, float]:
        """What a checkpoint keeps of it; the rest is in the course."""
        return {
            "load_data_seconds": self.load_data_seconds,
            "build_seconds": self.build_seconds,
            "total_seconds": self.total_seconds,
        }

    def add(self, spent: Mapping[str, float]) -> None:
        """Count what was spent by the time of a checkpoint."""
        self.load_data_seconds += spent["load_data_seconds"]
        self.build_seconds += spent["build_seconds"]
        self.earlier_seconds += spent["total_seconds"]

    def told(self, course: Course) -> dict[str, float | None]:
        """What the results tell.

        ``first_step_seconds`` is the first step's, which traces the training function; ``training_seconds`` all
        epochs', validation included; ``mean_epoch_seconds`` that of the epochs but the first, where there is more
        than one; ``evaluation_seconds`` what the validation and test rows took; ``total_seconds`` from the order on.
        Epochs of another training that this one goes on from are not counted.
        """
        rows = course.rows[course.earlier_epochs :]
        return {
            "load_data_seconds": self.load_data_seconds,
            "build_seconds": self.build_seconds,
            "first_step_seconds": course.first_step_seconds,
            "training_seconds": math.fsum(row.duration_seconds for row in rows),
            "mean_epoch_seconds": mean_epoch_seconds(rows),
            "evaluation_seconds": course.evaluation_seconds,
            "total_seconds": self.total_seconds,
        }


def mean_epoch_seconds(rows: Sequence[EpochRow]) -> float | None:
    """Mean duration of the epochs; of more than one, without the first, which traces."""
    counted = rows[1:] or rows
    return math.fsum(row.duration_seconds for row in counted) / len(counted) if counted else None


def environment(*, device: str, threads: int, seed: int) -> dict[str, Any]:
    """What the numbers depend on beside the spec."""
    return {**versions(), "platform": platform.platform(), "device": device, "threads": threads, "seed": seed}


def end_of(course: Course, training: TrainingSpec, callbacks: Sequence[KerasObject]) -> dict[str, Any]:
    """Whether and why the training ended before its last epoch, and which epoch's weights it ended with."""
    is_early = len(course.rows) < training.epochs
    # A callback that is listed twice ends the training once.
    reasons = dict.fromkeys(
        reason
        for declared, made in declared_with(training, callbacks)
        if (reason := declared.end_reason(Ended(kept(made), course.rows, is_early, course.non_finite_loss)))
    )
    stored = stored_weights(course, training, callbacks)
    return {
        "stopped_early": is_early,
        "stop_reason": " ".join(reasons) or None,
        "weights_of_epoch": stored.epoch,
        "stored_weights": stored.told(),
    }


def ended_phase(
    course: Course, phase: PlannedPhase, training: TrainingSpec, callbacks: Sequence[KerasObject]
) -> dict[str, Any]:
    """What the results tell of a phase that ended.

    Args:
        course: As it stands at the end of the phase.
        phase: Which.
        training: Of the phase, its epochs counted from the beginning of the job.
        callbacks: Those of the phase.
    """
    ended = end_of(course, training, callbacks)
    return {
        "first_epoch": course.phase_epoch + 1,
        "epochs_run": len(course.rows) - course.phase_epoch,
        "frozen_layers": list(phase.frozen),
        **{name: ended[name] for name in ("stopped_early", "stop_reason", "weights_of_epoch")},
    }


def end_of_phases(course: Course) -> dict[str, Any]:
    """What the results tell of all phases together."""
    reasons = [phase["stop_reason"] for phase in course.phases if phase["stop_reason"]]
    return {
        "phases": course.phases,
        "stopped_early": any(phase["stopped_early"] for phase in course.phases),
        "stop_reason": " ".join(dict.fromkeys(reasons)) or None,
    }
