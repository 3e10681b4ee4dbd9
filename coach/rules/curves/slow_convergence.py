"""A loss that falls, and hardly."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.curves import fall, rises, whole_fall
from coach.reading.words import percent
from coach.rules.rule import Prescription, Rule

_QUARTERS = 4
_ENOUGH = 4
_AT_REST = 0.002
"""A loss that falls by less in the second half does not creep: it stands."""

_STEADY = 0.4
"""A loss that rises in more of the epochs jumps; it does not creep."""


class SlowConvergence(Rule):
    """A loss that falls, and hardly."""

    NAME = "slow_convergence"
    SOURCE = (
        "AUTOTRAINER (Zhang et al., 2021), slow convergence; TheDeepChecker (Ben Braiek and Khomh, 2023): a loss is "
        "expected to fall by at least 5 % from one check to the next."
    )
    CAUSES = ("not_learning",)
    REMEDIES = (
        Prescription("raise_learning_rate", "Longer steps get further.", {"factor": 3.0}),
        Prescription("adam", "It makes steps of one length, however small the gradients are."),
        Prescription("batch_normalization", "Networks with it learn in fewer steps."),
        Prescription("momentum", "Steps in the same direction add up."),
        Prescription("more_epochs", "A loss that falls gets further in more epochs."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By how far the loss fell in all, for a quarter of the epochs."""
        if len(case.loss) < _ENOUGH or not case.is_poor or case.evidence.has_diverged:
            return
        start = None if case.evidence.start is None else case.evidence.start.loss
        # The loss of the first weights is that of a part of the rows: it may lie below that of the first epoch.
        whole = max(0.0, whole_fall(start, case.loss), whole_fall(None, case.loss))
        measured = whole / _QUARTERS
        if measured >= threshold or fall(case.loss, 0.5) < _AT_REST or rises(case.loss) > _STEADY:
            return
        explanation = (
            f"In {len(case.loss):,} epochs the loss fell by {percent(whole)}, so by {percent(measured)} in a quarter "
            "of them. At that pace the network will not be done soon."
        )
        first, last = case.first_epoch, case.last_epoch
        yield Found(self.NAME, "warning", measured, threshold, explanation, epoch=first, last_epoch=last)
