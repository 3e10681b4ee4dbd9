"""Activations at their bounds, where no gradient passes."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.rules.rule import Prescription, Rule

_NEARLY_ALL = 0.9


class SaturatedActivations(Rule):
    """Activations at their bounds, where no gradient passes."""

    NAME = "saturated_activations"
    SOURCE = (
        "Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, section "
        "3; DeepDiagnosis (Wardat et al., 2022): more than half of a layer."
    )
    CAUSES = ("vanishing_gradients", "slow_convergence", "underfitting", "not_learning")
    REMEDIES = (
        Prescription("scale_inputs", "Smaller inputs keep the first layer away from its bounds."),
        Prescription("batch_normalization_before_activation", "What the activation gets lies where it is steep."),
        Prescription("relu", "It has no upper bound."),
        Prescription("glorot_initialization", "First weights of the usual size keep activations where they are steep."),
        Prescription("lower_learning_rate", "Long steps push activations to their bounds.", {"factor": 0.3}),
        Prescription("no_hidden_softmax", "An activation of all units together leaves little of most of them."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the last epoch that was measured, in all layers before the output."""
        if not case.rows:
            return
        for layer, signals in case.rows[-1].signals.items():
            share = signals.get("saturated_fraction", 0.0)
            if layer in case.ends or share < max(threshold, 1e-9):
                continue
            first, last = case.span(layer, "saturated_fraction", lambda value: value >= threshold)
            explanation = (
                f'{share:.0%} of what "{layer}" gives lies where its activation is flat. Hardly any gradient passes '
                "there, so the layers before it learn next to nothing."
            )
            severity = "error" if share >= _NEARLY_ALL else "warning"
            yield Found(self.NAME, severity, share, threshold, explanation, layer, first, last)
