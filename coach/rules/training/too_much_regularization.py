"""Penalties that outweigh the targets."""

import math
from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.penalties import penalized, penalty_of
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity

_COLLAPSED = 0.2
"""Of their first size: weights that penalties have pulled to 0."""

_LEAST = 1e-9


class TooMuchRegularization(Rule):
    """Penalties that outweigh the targets."""

    NAME = "too_much_regularization"
    SOURCE = (
        "Goodfellow, Bengio and Courville (2016), Deep learning, section 7.1: where the penalty is the larger part of "
        "the loss, the gradient leads to small weights first."
    )
    CAUSES = (
        "dead_units",
        "vanishing_gradients",
        "learning_rate_too_low",
        "slow_convergence",
        "too_few_epochs",
        "underfitting",
        "not_learning",
    )
    REMEDIES = (
        Prescription("less_regularization", "The targets then make up nearly all of the loss.", {"strength": 1e-5}),
        Prescription("less_regularization", "A little of the penalty is left.", {"strength": 1e-4}),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the size of the weights: the penalties beside the rest of the loss, at their largest."""
        layers = penalized(case.network)
        if not layers:
            return
        shares = list(self._shares(case, layers))
        if not shares:
            return
        epoch, measured = max(shares, key=lambda one: one[1])
        collapsed = [value for _, value in case.growth("weight_norm")]
        is_collapsed = bool(collapsed) and collapsed[-1] < _COLLAPSED
        if measured < threshold:
            return
        severity: Severity = "error" if is_collapsed or shares[-1][1] >= threshold else "warning"
        rest = f"; the weights have shrunk to {collapsed[-1]:.2g} of their first size" if is_collapsed else ""
        explanation = (
            f"At their largest, in epoch {epoch}, the penalties were {measured:.3g} times as large as the loss of the "
            f"targets{rest}. The training makes the weights small first, and learns the targets as far as that allows."
        )
        last = max(at for at, share in shares if share >= threshold)
        yield Found(self.NAME, severity, measured, threshold, explanation, layers[0][0], epoch, last)

    @staticmethod
    def _shares(case: Case, layers: list[tuple[str, float, float, int]]) -> Iterator[tuple[int, float]]:
        """Epoch and penalties as a multiple of the rest of the loss."""
        first = None if case.evidence.start is None else case.evidence.start.loss
        penalty = penalty_of(layers, case.start_signals)
        if case.first_epoch is not None and penalty and first is not None and math.isfinite(first):
            yield case.first_epoch, penalty / max(first - penalty, _LEAST, first / 1e3)
        for row in case.rows:
            penalty, loss = penalty_of(layers, row.signals), row.metrics.get("loss", math.nan)
            if penalty is not None and math.isfinite(loss):
                yield row.epoch, penalty / max(loss - penalty, _LEAST, loss / 1e3)
