"""Gradients that become smaller from layer to layer on their way back."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.gradients import first_beside_last
from coach.rules.rule import Prescription, Rule


class VanishingGradients(Rule):
    """Gradients that become smaller from layer to layer on their way back."""

    NAME = "vanishing_gradients"
    SOURCE = (
        "AUTOTRAINER (Zhang et al., 2021): the first layer's gradient below 1e-3 of the last one's; Amazon SageMaker "
        "Debugger, rule VanishingGradient: below 1e-7."
    )
    CAUSES = ("slow_convergence", "too_few_epochs", "underfitting", "not_learning")
    REMEDIES = (
        Prescription("batch_normalization", "Every layer gets numbers of the usual scale, and so do gradients."),
        Prescription("relu", "It passes gradients on as they are, where it is above zero."),
        Prescription("selu", "It keeps the scale of numbers over many layers."),
        Prescription("no_hidden_softmax", "An activation of all units together passes back hardly anything."),
        Prescription("he_initialization", "First weights of the usual size keep gradients at their scale."),
        Prescription("shallower", "There are fewer layers to pass."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """In most of the measured epochs, or with the first weights and in the first epochs."""
        names = case.trained
        if case.evidence.has_diverged:
            return
        known = first_beside_last(case)
        low = [(epoch, share) for epoch, share in known if share < threshold]
        if not known or 2 * len(low) < len(known):
            return
        share = low[0][1]
        first, last = names[0], names[-1]
        if share == 0:
            seen = f'In epoch {low[0][0]} no gradient reached "{first}".'
        else:
            seen = f'In epoch {low[0][0]} the gradient of "{first}" was {share:.2g} times that of "{last}".'
        explanation = f"{seen} Layers with so little gradient stay what they were at first."
        yield Found(self.NAME, "error", share, threshold, explanation, first, low[0][0], low[-1][0])
