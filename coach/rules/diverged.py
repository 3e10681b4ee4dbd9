"""The loss is not a finite number any more."""

import math
from collections.abc import Iterator

from coach.evidence import Evidence
from coach.findings import Found
from coach.rules.rule import Prescription, Rule


class Diverged(Rule):
    """The loss is not a finite number any more."""

    NAME = "diverged"
    SOURCE = "A number that is not finite stays so in every weight that it reaches: IEEE 754."
    CAUSES = ("not_learning",)
    REMEDIES = (
        Prescription(
            "lower_learning_rate", "Steps that are too large are the usual way to numbers that are not finite."
        ),
        Prescription("gradient_clipping", "A bound on the gradient bounds each step."),
        Prescription("scale_inputs", "Large inputs make large gradients."),
        Prescription("fitting_loss", "Some losses have no finite value for some outputs."),
        Prescription("output_activation", "The loss may read outputs that it has no value for."),
        Prescription("he_initialization", "First weights that are too large make outputs that are."),
    )

    def find(self, evidence: Evidence, threshold: float) -> Iterator[Found]:
        """As soon as a loss is not finite."""
        bad = [row.epoch for row in evidence.epochs if not math.isfinite(row.metrics.get("loss", 0.0))]
        if not bad and evidence.failure != "diverged":
            return
        epoch = bad[0] if bad else len(evidence.epochs) + 1
        explanation = (
            f"In epoch {epoch} the loss was not a finite number. The weights cannot recover from that, so nothing is "
            "learned from there on."
        )
        yield Found(self.NAME, "error", max(1, len(bad)), threshold, explanation, epoch=epoch, last_epoch=epoch)
