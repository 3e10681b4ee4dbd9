"""The score of an epoch, read off whatever metrics a job has; and that of always saying the same."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coach.evidence import EpochSeen, Evidence
from spec.jobs import JobSpec
from spec.training.callbacks import EarlyStopping
from spec.training.losses import loss_of
from spec.training.rules import directions_of

ACCURACIES = (
    "accuracy",
    "acc",
    "sparse_categorical_accuracy",
    "categorical_accuracy",
    "binary_accuracy",
)
"""What Keras calls the share of rows that are right."""

SQUARED = frozenset({"mse", "MSE", "mean_squared_error", "MeanSquaredError"})
"""What Keras calls the mean squared error, as a loss or as a metric."""

ABSOLUTE = frozenset({"mae", "MAE", "mean_absolute_error", "MeanAbsoluteError"})
"""What Keras calls the mean absolute error."""

NORMAL = math.sqrt(2 / math.pi)
"""The mean absolute error of normally distributed errors of deviation 1."""


@dataclass(frozen=True)
class Score:
    """How well a network does after an epoch.

    Attributes:
        metric: ``accuracy``, ``r2`` or ``likelihood`` (1 - loss / the loss of guessing).
        value: On the validation rows, or on the training rows where there are none.
        train: On the training rows; None where that is not known.
        is_held_back: Whether the value is that of validation rows.
    """

    metric: str
    value: float
    train: float | None
    is_held_back: bool


class Scores:
    """Reads the scores of a job's epochs."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        training = evidence.job.spec.training
        self._loss = loss_of(training.loss, 1)
        self._is_weighted = training.class_weight is not None
        start = evidence.start
        self._deviation = None if start is None else start.target_deviation
        self._counts = () if start is None else start.class_rows

    def at(self, row: EpochSeen) -> Score | None:
        """Of an epoch; None where its metrics do not tell."""
        return self._by_metric(row) or self._likelihood(row)

    def peak(self, last: Score) -> float:
        """The best of all epochs, in the metric of one of them."""
        if last.metric == "likelihood":
            return last.value
        found = (self._by_metric(row) for row in self._evidence.epochs)
        known = (one.value for one in found if one is not None and math.isfinite(one.value))
        return max(known, default=last.value)

    def guess(self, metric: str) -> float | None:
        """The score of always saying the same; None where that is not known."""
        if metric != "accuracy":
            return 0.0
        return max(self._counts) / sum(self._counts) if sum(self._counts) else None

    def _by_metric(self, row: EpochSeen) -> Score | None:
        name = next((one for one in ACCURACIES if one in row.metrics), None)
        if name is not None:
            return _scored("accuracy", row.metrics[name], row.metrics.get(f"val_{name}"))
        return self._r2(row) if self._deviation else None

    def _r2(self, row: EpochSeen) -> Score | None:
        """By the squared errors; by the absolute ones, as if they were normally distributed, if there are no others."""
        squared = self._named(SQUARED, row)
        name = squared or self._named(ABSOLUTE, row)
        if name is None:
            return None
        errors = [row.metrics.get(one) for one in (name, f"val_{name}")]
        squares = errors if squared else [None if one is None else (one / NORMAL) ** 2 for one in errors]
        variance = (self._deviation or 1.0) ** 2
        return _scored("r2", *(None if one is None else 1 - one / variance for one in squares))

    def _named(self, names: frozenset[str], row: EpochSeen) -> str | None:
        """What a metric of one kind is called in a row."""
        return next((one for one in names if one in row.metrics), "loss" if self._loss.type in names else None)

    def _likelihood(self, row: EpochSeen) -> Score | None:
        """By the best cross-entropy so far, beside that of the shares of the classes."""
        of_guessing = _entropy(self._counts)
        if not of_guessing or not self._loss.IS_CROSSENTROPY or self._is_weighted or "loss" not in row.metrics:
            return None
        seen = [one.metrics for one in self._evidence.epochs if one.epoch <= row.epoch]
        losses = (_least(seen, "loss"), _least(seen, "val_loss"))
        return _scored("likelihood", *(None if one is None else 1 - one / of_guessing for one in losses))


def epoch_left(spec: JobSpec, epochs: Sequence[Mapping[str, float]]) -> int:
    """Which epoch's weights a training leaves: those of the best one where a callback brings it back, or of the last.

    Args:
        spec: Of the job.
        epochs: The metrics of each epoch, at least one.

    Returns:
        Its place among them, from 0.
    """
    for callback in spec.training.callbacks:
        if isinstance(callback, EarlyStopping) and callback.restore_best_weights:
            monitor = callback.monitor
            known = [place for place, row in enumerate(epochs) if math.isfinite(row.get(monitor, math.nan))]
            if known:
                best = max if _is_better_greater(spec, callback) else min
                return best(known, key=lambda place: epochs[place][monitor])
    return len(epochs) - 1


def _is_better_greater(spec: JobSpec, callback: EarlyStopping) -> bool:
    """Whether more of what it monitors is better, as it says or as Keras finds out."""
    if callback.mode != "auto":
        return callback.mode == "max"
    directions = directions_of(spec.training.metrics, spec.training.weighted_metrics)
    return directions.get(callback.monitor.removeprefix("val_")) == "up"


def _least(seen: Sequence[Mapping[str, float]], name: str) -> float | None:
    known = [metrics[name] for metrics in seen if name in metrics]
    return min((one for one in known if math.isfinite(one)), default=math.nan) if known else None


def _entropy(counts: Sequence[int]) -> float:
    rows = sum(counts)
    return -sum(one / rows * math.log(one / rows) for one in counts if one) if rows else 0.0


def _scored(metric: str, train: float | None, held_back: float | None = None) -> Score | None:
    if train is None:
        return None
    return Score(metric, train if held_back is None else held_back, train, held_back is not None)
