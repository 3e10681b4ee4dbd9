"""What is told of a training that ended."""

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.trainer.devices import versions
from worker.trainer.epoch_loop import EpochRow


@dataclass
class Timings:
    """Where the time went, in seconds.

    Attributes:
        load_data_seconds: Reading, splitting, scaling and encoding the rows.
        build_seconds: Making the network, its optimizer, loss and metrics.
        first_step_seconds: The first step, which traces the training function.
        training_seconds: All epochs, validation included.
        mean_epoch_seconds: Mean duration of the epochs but the first, where there is more than one.
        evaluation_seconds: Evaluating validation and test rows.
        total_seconds: From the order to the report.
    """

    load_data_seconds: float = 0.0
    build_seconds: float = 0.0
    first_step_seconds: float | None = None
    training_seconds: float = 0.0
    mean_epoch_seconds: float | None = None
    evaluation_seconds: float = 0.0
    total_seconds: float = 0.0


def mean_epoch_seconds(rows: Sequence[EpochRow]) -> float | None:
    """Mean duration of the epochs; of more than one, without the first, which traces."""
    counted = rows[1:] or rows
    return math.fsum(row.duration_seconds for row in counted) / len(counted) if counted else None


def best_row(rows: Sequence[EpochRow]) -> tuple[str, EpochRow] | None:
    """The epoch with the lowest validation loss, or loss where none was evaluated; the earlier of equals.

    Returns:
        The metric that was compared, and the epoch; None where no epoch has a finite one.
    """
    if not rows:
        return None
    monitor = "val_loss" if "val_loss" in rows[0].metrics else "loss"
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
        "final_metrics": {**final, **{f"test_{name}": value for name, value in test_metrics.items()}},
        "best_epoch": best[1].number if best else None,
        "best_metrics": dict(best[1].metrics) if best else {},
        "best_monitor": best[0] if best else None,
    }


def environment(*, device: str, threads: int, seed: int) -> dict[str, Any]:
    """What the numbers depend on beside the spec."""
    return {**versions(), "platform": platform.platform(), "device": device, "threads": threads, "seed": seed}
