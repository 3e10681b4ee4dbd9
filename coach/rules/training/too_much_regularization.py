"""Penalties that outweigh the targets."""

import math
from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.penalties import penalized, penalty_of
from coach.reading.words import percent, times
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
        "the loss, the gradient leads to small weights first. Loshchilov and Hutter (2019), Decoupled weight decay "
        "regularization: each step makes weights smaller by the decay times the learning rate."
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
        """By the size of the weights: the penalties beside the rest of the loss, and what a decay has left of them."""
        growth = case.growth("weight_norm")
        shrunk = growth[-1][1] if growth else 1.0
        layers = penalized(case.network)
        shares = list(self._shares(case, layers)) if layers else []
        epoch, measured = max(shares, key=lambda one: one[1], default=(None, 0.0))
        if not shares or measured < threshold:
            yield from self._by_decay(case, threshold, shrunk)
            return
        is_collapsed = shrunk < _COLLAPSED
        severity: Severity = "error" if is_collapsed or shares[-1][1] >= threshold else "warning"
        rest = f"; the weights have shrunk to {percent(shrunk)} of their first size" if is_collapsed else ""
        explanation = (
            f"At their largest, in epoch {epoch}, the penalties were {times(measured)} times as large as the loss of "
            f"the targets{rest}. The training makes the weights small first, and learns the targets as far as that "
            "allows."
        )
        last = max(at for at, share in shares if share >= threshold)
        yield Found(self.NAME, severity, measured, threshold, explanation, layers[0][0], epoch, last)

    def _by_decay(self, case: Case, threshold: float, shrunk: float) -> Iterator[Found]:
        """The optimizer's own: it is not in the loss, so what it has left of the weights tells."""
        each = case.training.decay
        bound = self.relative(threshold) / _COLLAPSED
        smaller = 1 / max(shrunk, _LEAST)
        # Weights that nothing else holds become e times smaller in 1 / each steps.
        if not each or smaller < bound or each * case.updates < math.log(1 / _COLLAPSED):
            return
        explanation = (
            f"The weight decay of the optimizer makes the weights smaller by {percent(each)} in each step, and they "
            f"have shrunk to {percent(shrunk)} of their first size. What is learned decays before it counts."
        )
        first, last = case.first_epoch, case.last_epoch
        unit = "times smaller than the first weights"
        yield Found(self.NAME, "error", smaller, bound, explanation, epoch=first, last_epoch=last, unit=unit)

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
