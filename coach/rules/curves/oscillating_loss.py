"""A loss that goes up about as often as down."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.curves import rises, wobble
from coach.rules.rule import Prescription, Rule

_ENOUGH = 6
_FAR = 0.08
"""How far the loss goes from one epoch to the next, beside its mean: less is the noise of batches."""


class OscillatingLoss(Rule):
    """A loss that goes up about as often as down."""

    NAME = "oscillating_loss"
    SOURCE = (
        "AUTOTRAINER (Zhang et al., 2021): swings in at least a fifth of the epochs. A loss that is only noisy rises "
        "in many epochs as well, but not far."
    )
    CAUSES = ("not_learning",)
    REMEDIES = (
        Prescription("lower_learning_rate", "Shorter steps do not jump over the minimum.", {"factor": 0.3}),
        Prescription("exponential_scheduling", "Steps become shorter as the training goes on."),
        Prescription("larger_batches", "Their gradients have less noise."),
        Prescription("adam", "It makes steps shorter where gradients change."),
        Prescription("performance_scheduling", "Steps become shorter when the loss does not fall any more."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the second half of the training's own loss, and how far it jumps there."""
        loss = case.loss
        if len(loss) < _ENOUGH:
            return
        measured, far = rises(loss), wobble(loss)
        if measured < threshold or far < _FAR:
            return
        explanation = (
            f"The loss rose in {measured:.0%} of the epochs of the second half, and changed by {far:.0%} of its size "
            "from one epoch to the next. It jumps over its minimum instead of going down to it."
        )
        epoch = case.evidence.epochs[len(case.evidence.epochs) // 2].epoch
        yield Found(self.NAME, "warning", measured, threshold, explanation, epoch=epoch, last_epoch=case.last_epoch)
