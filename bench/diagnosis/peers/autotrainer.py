"""AutoTrainer's problems with their thresholds (Zhang et al., ICSE 2021, and its code), on the signals of a job.

It looks every three epochs, reports problems of gradients only where the accuracy is poor too, and knows classes only:
where a job has no accuracy, every accuracy counts as poor, and swings and slowness do not show.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bench.diagnosis.evaluation import Said
from bench.diagnosis.lines import Line
from coach.evidence import EpochSeen, Evidence

EVERY_EPOCHS = 3
POOR_ACCURACY = 0.6
VANISHING_RATIO, VANISHING_FIRST = 1e-3, 1e-4
EXPLODING_RATIO = 70
DEAD_SHARE = 0.7
SWING, SWINGING_SHARE = 0.03, 0.2
SLOW_GAIN = 0.01


def autotrainer(line: Line) -> Sequence[Said] | None:
    """What AutoTrainer would say of a job; None of one that never trained."""
    if line.refusal is not None:
        return None
    found = list(_found(line.evidence))
    return [Said(rule, "error") for rule in dict.fromkeys(found)]


def _found(evidence: Evidence) -> Iterator[str]:
    accuracies = evidence.curve("val_accuracy") or evidence.curve("accuracy")
    for one in evidence.epochs[EVERY_EPOCHS - 1 :: EVERY_EPOCHS] or evidence.epochs[-1:]:
        accuracy = one.metrics.get("val_accuracy", one.metrics.get("accuracy"))
        if accuracy is None or not accuracy >= POOR_ACCURACY:
            yield from _of_gradients(one)
    if len(accuracies) > 1:
        yield from _of_accuracies(accuracies)


def _of_gradients(one: EpochSeen) -> Iterator[str]:
    norms = [signals["gradient_norm"] for signals in one.signals.values() if "gradient_norm" in signals]
    if not all(map(math.isfinite, [*norms, one.metrics.get("loss", 0.0)])):
        yield "exploding_gradients"
    elif norms:
        first, last = norms[0], norms[-1]
        if first < VANISHING_FIRST and first < VANISHING_RATIO * last:
            yield "vanishing_gradients"
        if first > EXPLODING_RATIO * last:
            yield "exploding_gradients"
    if any(signals.get("dead_fraction", 0) >= DEAD_SHARE for signals in one.signals.values()):
        yield "dead_units"


def _of_accuracies(accuracies: Sequence[float]) -> Iterator[str]:
    falls = sum(before - after >= SWING for before, after in pairwise(accuracies))
    if falls >= SWINGING_SHARE * len(accuracies):
        yield "oscillating_loss"
    if max(accuracies) < POOR_ACCURACY and max(accuracies) - accuracies[0] < SLOW_GAIN:
        yield "slow_convergence"
