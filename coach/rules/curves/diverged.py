"""The loss is not a finite number any more."""

import math
from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.rules.rule import Prescription, Rule


class Diverged(Rule):
    """The loss is not a finite number any more."""

    NAME = "diverged"
    SOURCE = "IEEE 754: a number that is not finite makes every number not finite that it is added to."
    CAUSES = ("not_learning",)
    REMEDIES = (
        Prescription("lower_learning_rate", "Steps that are too large lead to numbers that are not finite."),
        Prescription("gradient_clipping", "A bound on the gradient bounds each step."),
        Prescription("scale_inputs", "Large inputs make large gradients."),
        Prescription("he_initialization", "First weights of the usual size keep outputs and gradients finite."),
        Prescription("batch_normalization", "Numbers keep their size from layer to layer."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """As soon as a loss is not finite."""
        epochs = case.evidence.epochs
        bad = [row.epoch for row in epochs if not math.isfinite(row.metrics.get("loss", 0.0))]
        if not bad and case.evidence.failure != "diverged":
            return
        epoch = bad[0] if bad else (case.last_epoch or 0) + 1
        measured = max(1, len(bad))
        if measured < threshold:
            return
        explanation = (
            f"In epoch {epoch} the loss was not a finite number. The weights do not recover from that, so the network "
            "learns nothing from there on."
        )
        last = bad[-1] if bad else epoch
        yield Found(self.NAME, "error", measured, threshold, explanation, epoch=epoch, last_epoch=last)
