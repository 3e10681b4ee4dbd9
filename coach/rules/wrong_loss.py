"""A loss that measures something else than the target."""

from collections.abc import Iterator

from coach.evidence import Evidence
from coach.findings import Found
from coach.reading.outputs import OutputReading
from coach.rules.rule import Prescription, Rule


class WrongLoss(Rule):
    """A loss that measures something else than the target."""

    NAME = "wrong_loss"
    SOURCE = "Golik, Doetsch and Ney (2013), Cross-entropy vs. squared error training: squared errors of probabilities have vanishing gradients where the output is most wrong."
    CAUSES = (
        "slow_convergence",
        "vanishing_gradients",
        "learning_rate_too_low",
        "too_few_epochs",
        "not_learning",
        "diverged",
    )
    REMEDIES = (Prescription("fitting_loss", "It measures what the target is."),)

    def find(self, evidence: Evidence, threshold: float) -> Iterator[Found]:
        """By the spec alone."""
        output = OutputReading(evidence.job)
        if output.is_loss_fitting:
            return
        classes = output.facts.classes
        target = "labels" if output.facts.target == "labels" else f"one of {classes} classes" if classes else "a number"
        explanation = (
            f'The target is {target}, and "{output.loss.type}" is a loss for something else. It is smallest where '
            f'"{output.fitting_loss}" is as well at best, and pulls at the weights less, or elsewhere.'
        )
        yield Found(self.NAME, "error", 1, threshold, explanation)
