"""Steps that lead nowhere in the time there is."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity

_FAR_BELOW = 1 / 20
"""Of Keras's default for the optimizer: a rate that takes many times as many epochs."""

_REACH = 0.5
"""Steps that lead all in one direction would change the weights by so much of their size in the whole training."""

_SMALL = 1e-3
"""The usual change by a step: at this size it is not the rate that keeps a training from getting somewhere."""


class LearningRateTooLow(Rule):
    """Steps that lead nowhere in the time there is."""

    NAME = "learning_rate_too_low"
    SOURCE = (
        "Ben Braiek and Khomh (2023), Testing feedforward neural networks training programs: a step changes weights by "
        "1e-4 to 1e-1 of their size; about 1e-3 is usual (A. Karpathy, CS231n). Below 1e-4 a thousand steps that all "
        "lead the same way change a tenth of a weight."
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
        times = case.training.rate / case.training.usual_rate
        ratios = case.update_ratios
        if not ratios:
            if times < _FAR_BELOW:
                yield self._by_rate(case, times, threshold)
            return
        if case.evidence.has_diverged:
            return
        measured = max(ratio for _, ratio in ratios)
        is_reach_small = measured < _SMALL and measured * case.updates < _REACH
        if measured >= threshold and not is_reach_small and times >= _FAR_BELOW:
            return
        if self._are_gradients_lost(case):
            return
        if measured >= threshold and not is_reach_small:
            yield self._by_rate(case, times, threshold)
            return
        severity: Severity = "error" if measured < threshold or times < _FAR_BELOW else "warning"
        explanation = (
            f"No step that was measured changed the weights of a typical layer by more than {measured:.2g} of their "
            f"size. Even if all {case.updates:,} steps led the same way, they would not lead far."
        )
        yield Found(self.NAME, severity, measured, threshold, explanation, epoch=ratios[0][0], last_epoch=ratios[-1][0])

    def _by_rate(self, case: Case, times: float, threshold: float) -> Found:
        measured = max((ratio for _, ratio in case.update_ratios), default=case.training.rate)
        explanation = (
            f"The learning rate is {case.training.rate:g}, {1 / max(times, 1e-30):,.3g} times lower than what is usual "
            f"for {case.training.optimizer.type}. Training takes about as many times as many epochs."
        )
        first, last = case.first_epoch, case.last_epoch
        return Found(self.NAME, "warning", measured, threshold, explanation, epoch=first, last_epoch=last)

    @staticmethod
    def _are_gradients_lost(case: Case) -> bool:
        """Whether the layers get no gradient at all, with which no rate could do anything."""
        norms = [value for _, value in case.medians("gradient_norm")]
        return bool(norms) and max(norms) < 1e-7  # noqa: PLR2004 -- SageMaker Debugger's bound of a vanished gradient
