"""Steps that throw the weights away."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.curves import fall, whole_fall
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity

_GROWN = 4.0
"""How many times as large the middle layer's weights are after a few epochs, where steps did not lead back."""

_FAR_ABOVE = 30.0
"""How many times as high as Keras's default for the optimizer a rate is that few networks bear."""

_SUSPECT = 3.0
_LIVELY = 0.02
_FALLEN = 0.05
_EARLY = 5


class LearningRateTooHigh(Rule):
    """Steps that throw the weights away."""

    NAME = "learning_rate_too_high"
    SOURCE = (
        "Ben Braiek and Khomh (2023), Testing feedforward neural networks training programs: a step changes weights by "
        "1e-4 to 1e-1 of their size. Above a tenth, ten steps replace all that was learned."
    )
    CAUSES = (
        "diverged",
        "dead_units",
        "saturated_activations",
        "exploding_gradients",
        "vanishing_gradients",
        "oscillating_loss",
        "slow_convergence",
        "underfitting",
        "not_learning",
    )
    REMEDIES = (
        Prescription("lower_learning_rate", "The usual rate of the optimizer.", {"factor": 1.0}),
        Prescription("lower_learning_rate", "A third of the usual rate.", {"factor": 0.3}),
        Prescription("adam", "It scales each step, so that the rate fits networks of many kinds."),
        Prescription("lower_learning_rate", "A tenth of the usual rate.", {"factor": 0.1}),
        Prescription("gradient_clipping", "A bound on the gradient bounds each step."),
        Prescription("warm_up", "The first steps, which are the most dangerous ones, are short."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the largest early step; by weights that a few epochs blew up; by the rate itself."""
        ratios = case.update_ratios[:_EARLY]
        times = case.training.rate / case.training.usual_rate
        epoch, measured = max(ratios, key=lambda one: one[1], default=(case.first_epoch, 0.0))
        grown = max((value for _, value in case.growth("weight_norm")[:_EARLY]), default=1.0)
        last = max((at for at, ratio in case.update_ratios if ratio >= threshold), default=epoch)
        if case.is_poor and self._falls_smoothly(case):
            return
        severity: Severity
        if measured >= threshold:
            severity = "error"
            seen = f"In epoch {epoch} a step changed the weights of a typical layer by {measured:.1%} of their size."
        elif grown >= _GROWN and times >= _SUSPECT:
            severity = "error"
            few = min(_EARLY, len(case.rows))
            seen = f"Within {few} epochs the weights of a typical layer became {grown:.3g} times as large."
        elif times >= _FAR_ABOVE and (case.is_poor or not case.evidence.epochs):
            severity = "warning"
            seen = (
                f"The learning rate is {times:,.3g} times as high as what is usual for {case.training.optimizer.type}."
            )
        elif case.evidence.has_diverged and (times >= _SUSPECT or measured >= _LIVELY):
            severity = "warning"
            seen = f"The loss was finite at first and then was not, with a learning rate of {case.training.rate:g}."
        else:
            return
        explanation = f"{seen} Such steps jump over what they look for, and destroy what was learned before."
        yield Found(self.NAME, severity, measured, threshold, explanation, epoch=epoch, last_epoch=last)

    @staticmethod
    def _falls_smoothly(case: Case) -> bool:
        """Whether the loss goes down as it should, if slowly."""
        start = None if case.evidence.start is None else case.evidence.start.loss
        return not case.evidence.has_diverged and fall(case.loss) > _FALLEN and whole_fall(start, case.loss) > _FALLEN
