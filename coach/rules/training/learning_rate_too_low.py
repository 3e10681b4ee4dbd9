"""Steps that lead nowhere in the time there is."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.gradients import are_held_up
from coach.reading.optimizers import USUAL_CHANGE, usual_rate
from coach.reading.words import percent
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity

_FAR_BELOW = 1 / 20
"""Of Keras's default for the optimizer: a rate that takes many times as many epochs."""

_TINY = 1e-5
"""A change by a step that leaves the weights what they are."""


class LearningRateTooLow(Rule):
    """Steps that lead nowhere in the time there is."""

    NAME = "learning_rate_too_low"
    SOURCE = (
        "Ben Braiek and Khomh (2023), Testing feedforward neural networks training programs: a step changes weights by "
        "1e-4 to 1e-1 of their size; about 1e-3 is usual (A. Karpathy, CS231n). A network has to change its weights by "
        "about their size, so steps that could not change half of it, if they all led the same way, are too short."
    )
    CAUSES = ("slow_convergence", "too_few_epochs", "underfitting", "not_learning")
    REMEDIES = (
        Prescription("raise_learning_rate", "Three times the usual rate of the optimizer.", {"factor": 3.0}),
        Prescription(
            "adam", "It makes the steps of all weights as large as its rate, however small the gradients are."
        ),
        Prescription("raise_learning_rate", "Ten times the usual rate of the optimizer.", {"factor": 10.0}),
        Prescription("raise_learning_rate", "The usual rate of the optimizer.", {"factor": 1.0}),
        Prescription("momentum", "Steps in the same direction add up to ten times as much."),
        Prescription("more_epochs", "Small steps lead somewhere if there are many."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the largest of all steps of a typical layer, and by the rate itself."""
        rate, optimizer = case.training.fastest
        times = rate / usual_rate(type(optimizer))
        is_far_below = times < _FAR_BELOW * self.relative(threshold)
        ratios = case.update_ratios
        # Where hardly a gradient comes back, steps are short at any rate. A rate far too low needs no other reason.
        if ratios and (case.evidence.has_diverged or (not is_far_below and are_held_up(case))):
            return
        if case.standing is not None and case.standing.knows_its_rows:  # its steps led far enough to learn them
            return
        largest = max((ratio for _, ratio in ratios), default=0.0)
        reach = largest * case.updates
        if ratios and largest < USUAL_CHANGE and reach < threshold:
            severity: Severity = "error" if largest < _TINY or is_far_below else "warning"
            explanation = (
                f"No step that was measured changed the weights of a typical layer by more than {percent(largest)} of "
                f"their size. Even if all {case.updates:,} steps had led the same way, they would have changed them by "
                f"{percent(reach)}, which is too little to learn much."
            )
            first, last = ratios[0][0], ratios[-1][0]
            yield Found(self.NAME, severity, reach, threshold, explanation, epoch=first, last_epoch=last)
        elif is_far_below:
            yield self._by_rate(case, times, _FAR_BELOW * self.relative(threshold))

    def _by_rate(self, case: Case, times: float, threshold: float) -> Found:
        rate, optimizer = case.training.fastest
        explanation = (
            f"The learning rate is {rate:g}, and {usual_rate(type(optimizer)):g} is usual for {optimizer.type}. With "
            "steps that are so much shorter, training takes many times as many epochs."
        )
        first, last = case.first_epoch, case.last_epoch
        unit = "of the optimizer's usual learning rate"
        return Found(self.NAME, "warning", times, threshold, explanation, epoch=first, last_epoch=last, unit=unit)
