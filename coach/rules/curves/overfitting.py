"""A network that knows its rows by heart, and others less well."""

import math
from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.rules.rule import Prescription, Rule
from coach.yardstick import METRICS
from spec.diagnosis import Severity

_RISEN = 1.1
_WIDE = 0.25
_APART = 0.15
"""Of the rows, or of the variance: so far apart are the scores that chance and a few odd rows do not explain it."""
_LEARNED = 0.5
"""Of the way from guessing: a network that has not learned its rows has none of them by heart."""


class Overfitting(Rule):
    """A network that knows its rows by heart, and others less well."""

    NAME = "overfitting"
    SOURCE = (
        "Goodfellow, Bengio and Courville (2016), Deep learning, section 5.2; Amazon SageMaker Debugger, rule Overfit: "
        "a tenth. A wide gap without a validation loss that rises is that of few rows."
    )
    CAUSES = ("not_learning",)
    REMEDIES = (
        Prescription("early_stopping", "The weights of the best epoch are kept."),
        Prescription("dropout", "Units learn what is useful without the others."),
        Prescription("l2_regularization", "Small weights make a smoother function."),
        Prescription("narrower_layers", "A smaller network cannot learn all rows by heart."),
        Prescription("batch_normalization", "The noise of batches is a mild regularization."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the scores on training rows and on others, and by a validation loss that rises again."""
        standing = case.standing
        if standing is None or standing.gap is None or standing.train_score is None:
            return
        gap, unit = standing.gap, None
        if not standing.is_telling:  # no model does better than guessing: what is left is the way to a perfect score
            gap = standing.way_of(standing.train_score) - standing.way_of(standing.score)
        if standing.best is None or not standing.is_telling:
            unit = "of the way from guessing to a perfect score, lost on rows held back"
        if not math.isfinite(gap) or gap < threshold or standing.share_of(standing.train_score) < _LEARNED:
            return
        rows = [row for row in case.evidence.epochs if math.isfinite(row.metrics.get("val_loss", math.nan))]
        curve = [row.metrics["val_loss"] for row in rows]
        is_risen = bool(curve) and curve[-1] > _RISEN * min(curve)
        if not is_risen and standing.train_score - standing.score < _APART:
            return
        severity: Severity = "error" if gap >= _WIDE else "warning"
        best = min(range(len(curve)), key=curve.__getitem__) if curve else 0
        rest = f" The validation loss was lowest in epoch {rows[best].epoch} and has risen since." if is_risen else ""
        explanation = (
            f"The score ({_called(standing.metric)}) is {standing.train_score:.3g} on the training rows and "
            f"{standing.score:.3g} on the validation rows, so part of what was learned holds for the training rows "
            f"alone.{rest}"
        )
        shown = rows or case.evidence.epochs
        epoch = shown[min(best + 1, len(shown) - 1)].epoch
        yield Found(
            self.NAME, severity, gap, threshold, explanation, epoch=epoch, last_epoch=case.last_epoch, unit=unit
        )


def _called(metric: str) -> str:
    return METRICS[metric][0] if metric in METRICS else metric
