"""How well a network does, beside what could be expected of it: what "poor" means.

A score is brought to a scale on which always guessing the same is 0 and the best that is known is 1. With a reference
(`coach.evidence.ReferenceSeen`) the best is that of simple models on the same rows; without one it is a perfect score,
which few data sets allow, so the bar is lower then.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from coach.evidence import EpochSeen, Evidence
from spec.training.losses import loss_of

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

EXPECTED = 0.85
"""The share of the way from guessing to a reference model that a network should go. Reference models are simple and
see a part of the rows, so a network that was set up well comes to 1 or more; validation rows are few at times, and a
score of 200 rows is known to 0.03 or so."""

EXPECTED_BLINDLY = 0.5
"""The same where there is no reference, beside a perfect score. Noisy data sets allow little more than that."""

CLEARLY = 0.02
"""What a reference must be better than guessing by, or nothing can be said of the data set."""

_ENOUGH_EPOCHS = 5
_RECENT = 0.3
_STANDSTILL = 0.01


@dataclass(frozen=True)
class Standing:
    """How well a network does.

    Attributes:
        metric: ``accuracy`` or ``r2``.
        score: On the validation rows, or on the training rows where there are none.
        train_score: On the training rows.
        has_validation: Whether the score is that of validation rows.
        guess: The score of always saying the same.
        best: The score of the best reference; None where there is none.
    """

    metric: str
    score: float
    train_score: float | None
    has_validation: bool
    guess: float
    best: float | None

    @property
    def share(self) -> float:
        """How far it came from guessing (0) to the best that is known (1); may be negative, and above 1."""
        return self.share_of(self.score)

    def share_of(self, score: float) -> float:
        """The same of any score."""
        best = 1.0 if self.best is None else self.best
        if not math.isfinite(score):
            return -math.inf
        return (score - self.guess) / max(best - self.guess, 1e-9)

    @property
    def is_telling(self) -> bool:
        """Whether there is anything to learn, as far as is known."""
        return self.best is None or self.best - self.guess >= CLEARLY

    @property
    def is_below(self) -> bool:
        """Whether it is clearly below what could be expected."""
        if not self.is_telling:
            return False
        return self.share < (EXPECTED_BLINDLY if self.best is None else EXPECTED)

    @property
    def gap(self) -> float | None:
        """How much better it is on training rows than on validation rows, on the scale of `share`."""
        if self.train_score is None or not self.has_validation:
            return None
        return self.share_of(self.train_score) - self.share


def standing_of(evidence: Evidence, at: EpochSeen | None = None) -> Standing | None:
    """How well a network does after an epoch; None where its metrics do not tell.

    Args:
        evidence: Of the job.
        at: The epoch; the one whose weights the job leaves, unless said.
    """
    if not evidence.epochs or evidence.start is None:
        return None
    row = at or _left(evidence)
    found = _accuracy(evidence, row) or _r2(evidence, row)
    if found is None:
        return None
    metric, score, train, has_validation, guess = found
    reference = evidence.reference
    best = None
    if reference is not None and reference.metric == metric:
        best, guess = reference.best, reference.guess
    return Standing(metric, score, train, has_validation, guess, best)


def is_poor(evidence: Evidence) -> bool:
    """Whether a network does clearly worse than it could, so that what is odd about it explains something.

    While it trains it is poor only if it is far from what could be expected and has come to a standstill.
    """
    if evidence.has_diverged or evidence.failure == "diverged":
        return True
    standing = standing_of(evidence)
    if standing is None:
        return evidence.is_final and _is_flat(evidence.curve("loss"))
    if evidence.is_final:
        return standing.is_below
    seen = evidence.curve("loss")
    is_at_rest = len(seen) >= _ENOUGH_EPOCHS and _is_flat(seen)
    return is_at_rest and standing.is_below and standing.share < EXPECTED_BLINDLY


def _left(evidence: Evidence) -> EpochSeen:
    """The epoch whose weights the job leaves: the best one where a callback restores it, and else the last."""
    rows = evidence.epochs
    for callback in evidence.job.spec.training.callbacks:
        if getattr(callback, "restore_best_weights", False):
            monitor = str(getattr(callback, "monitor", "val_loss"))
            known = [row for row in rows if math.isfinite(row.metrics.get(monitor, math.nan))]
            if known:
                is_greater = getattr(callback, "mode", "auto") == "max" or "acc" in monitor or "auc" in monitor
                return (max if is_greater else min)(known, key=lambda row: row.metrics[monitor])
    return rows[-1]


def _accuracy(evidence: Evidence, row: EpochSeen) -> tuple[str, float, float | None, bool, float] | None:
    counts = evidence.start.class_rows if evidence.start is not None else ()
    name = next((one for one in ACCURACIES if one in row.metrics), None)
    if name is None or not counts or not sum(counts):
        return None
    held_back = row.metrics.get(f"val_{name}")
    score = row.metrics[name] if held_back is None else held_back
    return "accuracy", score, row.metrics[name], held_back is not None, max(counts) / sum(counts)


def _r2(evidence: Evidence, row: EpochSeen) -> tuple[str, float, float | None, bool, float] | None:
    deviation = evidence.start.target_deviation if evidence.start is not None else None
    if not deviation:
        return None
    names = [name for name in SQUARED if name in row.metrics]
    loss = loss_of(evidence.job.spec.training.loss, 1).type
    name = names[0] if names else "loss" if loss in SQUARED else None
    if name is None:
        return None
    held_back = row.metrics.get(f"val_{name}")
    variance = deviation**2
    train = 1 - row.metrics[name] / variance
    score = train if held_back is None else 1 - held_back / variance
    return "r2", score, train, held_back is not None, 0.0


def _is_flat(curve: Sequence[float]) -> bool:
    """Whether a curve has not fallen by more than a hundredth over its last part."""
    if len(curve) < 2 or not all(map(math.isfinite, curve)):  # noqa: PLR2004 -- a slope has two ends
        return True
    recent = max(2, round(len(curve) * _RECENT))
    before = min(curve[:-recent] or curve[:1])
    return min(curve[-recent:]) > before - _STANDSTILL * abs(before)
