"""Rectifiers that are zero whatever comes in."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.rules.rule import Prescription, Rule

_NEARLY_ALL = 0.9


class DeadUnits(Rule):
    """Rectifiers that are zero whatever comes in."""

    NAME = "dead_units"
    SOURCE = (
        "Amazon SageMaker Debugger, rule DeadRelu, and TheDeepChecker: half of the units of a layer; Lu et al. (2019), "
        "Dying ReLU and initialization. A unit without a gradient never learns again."
    )
    CAUSES = ("vanishing_gradients", "slow_convergence", "underfitting", "not_learning")
    REMEDIES = (
        Prescription("leaky_relu", "A leaky unit has a gradient wherever it is."),
        Prescription("batch_normalization_before_activation", "Half of what a rectifier gets is then above zero."),
        Prescription("lower_learning_rate", "Long steps push units below zero.", {"factor": 0.3}),
        Prescription("he_initialization", "First weights of the usual size keep about half of the units active."),
        Prescription("elu", "It has a gradient below zero, too."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the last epoch that was measured, layer by layer."""
        if not case.rows:
            return
        for layer, signals in case.rows[-1].signals.items():
            share = signals.get("dead_fraction", 0.0)
            if share < max(threshold, 1e-9):
                continue
            first, last = case.span(layer, "dead_fraction", lambda value: value >= threshold)
            explanation = (
                f'{share:.0%} of the units of "{layer}" are zero for every row that was looked at. Nothing passes '
                "through them, so they do not learn any more."
            )
            severity = "error" if share >= _NEARLY_ALL else "warning"
            yield Found(self.NAME, severity, share, threshold, explanation, layer, first, last)
