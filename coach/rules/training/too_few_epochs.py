"""A training that ends while it still learns."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.curves import fall, rises, whole_fall
from coach.reading.optimizers import USUAL_CHANGE
from coach.reading.words import percent
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity

_PART = 0.25
_TWENTIETHS = 5
"""In that part."""
_REACH = 0.5
"""Of the weights' size: what all steps must be able to change them by, if they all led the same way."""
_ENOUGH = 6
_STEADY = 0.4
"""A loss that rises in more of the epochs jumps: what it falls by at the end is chance."""
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
        """By the last quarter of the loss, once nothing is to come; by how far all steps together could lead."""
        if not case.evidence.is_final or not case.is_poor or case.evidence.has_diverged or not case.loss:
            return
        standing = case.standing
        is_memorized = standing is not None and standing.gap is not None and standing.gap > _PART
        is_jumping = len(case.loss) >= _ENOUGH and rises(case.loss) > _STEADY
        fallen = self._fallen(case)
        if is_memorized or is_jumping or fallen <= 0:
            return
        recent = min(max(1, round(len(case.loss) * _PART)), max(len(case.loss) - 1, 1))
        # Of long trainings an epoch is short: what counts is how far the loss falls in a twentieth of them.
        pace = max(1.0, recent / _TWENTIETHS)
        measured = fallen / recent * pace
        if measured >= threshold:
            each = "epoch" if pace == 1 else "twentieth of the epochs"
            seen = f"the loss still fell by {percent(measured)} in each {each}. More epochs would lead further."
            yield self._found(case, recent, measured, threshold, seen)
            return
        largest = max((ratio for _, ratio in case.update_ratios), default=0.0)
        missing = _REACH / (largest * case.updates) if largest >= USUAL_CHANGE else 0.0
        if missing > self.relative(threshold):
            seen = (
                f"the loss still fell, if slowly. Even if all steps had led the same way, they would have changed the "
                f"weights of a typical layer by {percent(_REACH / missing)} of their size, which is too little to "
                "learn much."
            )
            unit = "times as many steps as there were, to change the weights by half of their size"
            yield self._found(case, recent, missing, self.relative(threshold), seen, unit)

    def _found(  # noqa: PLR0913, PLR0917 -- one for each thing that a finding has
        self, case: Case, recent: int, measured: float, threshold: float, seen: str, unit: str | None = None
    ) -> Found:
        severity: Severity = "error" if case.updates < _MANY / 10 else "warning" if case.updates < _MANY else "hint"
        explanation = f"When the training ended, after {case.updates:,} steps, {seen}"
        epoch, last = case.evidence.epochs[-recent].epoch, case.last_epoch
        return Found(self.NAME, severity, measured, threshold, explanation, epoch=epoch, last_epoch=last, unit=unit)

    @staticmethod
    def _fallen(case: Case) -> float:
        """By how much the loss fell in the last quarter; in the only epoch, if there is no more than one."""
        if len(case.loss) > 1:
            return fall(case.loss, _PART)
        return 0.0 if case.evidence.start is None else whole_fall(case.evidence.start.loss, case.loss)
