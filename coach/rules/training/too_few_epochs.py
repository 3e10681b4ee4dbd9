"""A training that ends while it still learns."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.curves import fall, whole_fall
from coach.reading.words import percent
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity

_PART = 0.25
_TWENTIETHS = 5
"""In that part."""
_MANY = 3_000
"""After so many steps most networks of this size are done; one that is not has another illness as well."""


class TooFewEpochs(Rule):
    """A training that ends while it still learns."""

    NAME = "too_few_epochs"
    SOURCE = (
        "Hoffer, Hubara and Soudry (2017), Train longer, generalize better; Amazon SageMaker Debugger, rule "
        "LossNotDecreasing: a loss that falls by less than 0.1 % in 10 steps is at rest. One that still falls by a "
        "hundredth in each epoch is not."
    )
    CAUSES = ("slow_convergence", "underfitting", "not_learning")
    REMEDIES = (
        Prescription("more_epochs", "The loss still falls, so more epochs lead further."),
        Prescription("adam", "It gets further in the same number of steps."),
        Prescription("smaller_batches", "An epoch has more steps."),
        Prescription("raise_learning_rate", "Longer steps lead further.", {"factor": 3.0}),
        Prescription("batch_normalization", "Networks with it need fewer steps."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the last quarter of the loss, once nothing is to come."""
        epochs = len(case.loss)
        if not case.evidence.is_final or not case.is_poor or case.evidence.has_diverged or not epochs:
            return
        recent = min(max(1, round(epochs * _PART)), max(epochs - 1, 1))
        # Of long trainings an epoch is short: what counts is how far the loss falls in a twentieth of them.
        pace = max(1.0, recent / _TWENTIETHS)
        measured = self._fallen(case) / recent * pace
        standing = case.standing
        is_memorized = standing is not None and standing.gap is not None and standing.gap > _PART
        if is_memorized or measured <= 0 or measured < threshold:
            return
        severity: Severity = "error" if case.updates < _MANY / 10 else "warning" if case.updates < _MANY else "hint"
        explanation = (
            f"When the training ended, after {case.updates:,} steps, the loss still fell by {percent(measured)} in "
            f"each {'epoch' if pace == 1 else 'twentieth of the epochs'}. More epochs would lead further."
        )
        yield Found(
            self.NAME,
            severity,
            measured,
            threshold,
            explanation,
            epoch=case.evidence.epochs[-recent].epoch,
            last_epoch=case.last_epoch,
        )

    @staticmethod
    def _fallen(case: Case) -> float:
        """By how much the loss fell in the last quarter; in the only epoch, if there is no more than one."""
        if len(case.loss) > 1:
            return fall(case.loss, _PART)
        return 0.0 if case.evidence.start is None else whole_fall(case.evidence.start.loss, case.loss)
