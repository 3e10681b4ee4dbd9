"""A loss that measures something else than the target."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.words import target_called
from coach.rules.rule import Prescription, Rule


class WrongLoss(Rule):
    """A loss that measures something else than the target."""

    NAME = "wrong_loss"
    SOURCE = (
        "Golik, Doetsch and Ney (2013), Cross-entropy vs. squared error training: the squared error of probabilities "
        "has hardly any gradient where the output is most wrong."
    )
    CAUSES = (
        "wrong_output_activation",
        "slow_convergence",
        "vanishing_gradients",
        "exploding_gradients",
        "saturated_activations",
        "dead_units",
        "learning_rate_too_low",
        "learning_rate_too_high",
        "batch_too_large",
        "too_few_epochs",
        "underfitting",
        "not_learning",
        "diverged",
    )
    REMEDIES = (Prescription("fitting_loss", "It measures what the target is."),)

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the spec alone."""
        output = case.output
        if output.is_loss_fitting or threshold > 1:
            return
        explanation = (
            f'The target is {target_called(output.facts)}, and "{output.loss.type}" is a loss for something else. A '
            f'network that lowers it need not come nearer to the target; "{output.fitting_loss}" is the loss that fits.'
        )
        yield Found(self.NAME, "error", 1, threshold, explanation, epoch=case.first_epoch, last_epoch=case.last_epoch)
