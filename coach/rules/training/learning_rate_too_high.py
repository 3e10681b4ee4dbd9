"""Steps that throw the weights away."""

from collections.abc import Iterator
from dataclasses import dataclass

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.curves import fall, whole_fall
from coach.reading.optimizers import usual_rate
from coach.reading.words import percent
from coach.reading.words import times as as_times
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity

_GROWN = 4.0
"""How many times as large the middle layer's weights are after a few epochs, where steps did not lead back."""

_FAR_ABOVE = 30.0
"""How many times as high as Keras's default for the optimizer a rate is that few networks bear."""

_SUSPECT = 3.0
_LIVELY = 0.02
"""Bounds of the rate and of a step where the loss diverged, which is the better half of the proof."""

_FALLEN = 0.05
_EARLY = 5
_OF_LAST_STEPS = "of a weight's size changed by a step, before the loss was not finite"
_OF_USUAL = "times the optimizer's usual learning rate"


@dataclass(frozen=True)
class _Seen:
    """What shows that a rate is too high: in a sentence, with its measure, bound and unit (the rule's, if None)."""

    severity: Severity
    measured: float
    threshold: float
    sentence: str
    unit: str | None = None


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
        if case.is_poor and self._falls_smoothly(case):
            return
        epoch, step = max(case.update_ratios[:_EARLY], key=lambda one: one[1], default=(case.first_epoch, 0.0))
        last = max((at for at, ratio in case.update_ratios if ratio >= threshold), default=epoch)
        seen = next(self._shown(case, threshold, epoch, step), None)
        if seen is None:
            return
        explanation = (
            f"{seen.sentence} Steps that long jump over what they look for, and destroy what was learned before."
        )
        yield Found(
            self.NAME,
            seen.severity,
            seen.measured,
            seen.threshold,
            explanation,
            epoch=epoch,
            last_epoch=last,
            unit=seen.unit,
        )

    def _shown(self, case: Case, threshold: float, epoch: int | None, step: float) -> "Iterator[_Seen]":
        """What shows it, the surest first; each with its own bound, and all bounds move with the threshold."""
        high, optimizer = case.training.fastest
        usual = usual_rate(type(optimizer))
        times, relative = high / usual, self.relative(threshold)
        grown = max((value for _, value in case.growth("weight_norm")[:_EARLY]), default=1.0)
        most = 1 + (_GROWN - 1) * relative
        if 0 < step >= threshold:
            sentence = (
                f"In epoch {epoch} a step changed the weights of a typical layer by {percent(step)} of their size."
            )
            yield _Seen("error", step, threshold, sentence)
        if grown >= most and times >= _SUSPECT:
            few = min(_EARLY, len(case.rows))
            sentence = f"Within {few} epochs the weights of a typical layer became {as_times(grown)} times as large."
            yield _Seen("error", grown, most, sentence, "times the first size of the weights")
        rate = f"The learning rate is {high:g}, and {usual:g} is usual for {optimizer.type}."
        if times >= _FAR_ABOVE * relative and (case.is_poor or not case.evidence.epochs):
            yield _Seen("warning", times, _FAR_ABOVE * relative, rate, _OF_USUAL)
        if not case.evidence.has_diverged:
            return
        sentence = f"The loss was finite at first and then was not, with a learning rate of {high:g}."
        if step >= _LIVELY * relative:
            yield _Seen("warning", step, _LIVELY * relative, sentence, _OF_LAST_STEPS)
        if times >= _SUSPECT * relative:
            yield _Seen("warning", times, _SUSPECT * relative, sentence, _OF_USUAL)

    @staticmethod
    def _falls_smoothly(case: Case) -> bool:
        """Whether the loss goes down as it should, if slowly."""
        start = None if case.evidence.start is None else case.evidence.start.loss
        return not case.evidence.has_diverged and fall(case.loss) > _FALLEN and whole_fall(start, case.loss) > _FALLEN
