"""Whether a remedy helped: the same seeds with it and without it, and an interval of the mean difference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Of Student's t at 0.975, for 1 to 9 degrees of freedom. Source: Student (1908), The Probable Error of a Mean; the
numbers are those of NIST's e-Handbook of Statistical Methods, 1.3.6.7.2."""


@dataclass(frozen=True)
class Decision:
    """What came of a comparison.

    Attributes:
        gain: The mean difference over the seeds, positive where the remedy is better; None where nothing was compared.
        interval: In which the true mean lies with a probability of 95 %; None of fewer than two seeds.
        is_better: Whether the remedy is surely better: the interval lies above 0. One seed is never sure.
    """

    gain: float | None = None
    interval: tuple[float, float] | None = None
    is_better: bool = False


def decide(differences: Sequence[float]) -> Decision:
    """What the differences of pairs say, by the t-test for paired samples.

    The interval is ``mean ± t * s / sqrt(n)`` of ``n`` differences with the standard deviation ``s``, and ``t`` of
    ``n - 1`` degrees of freedom.

    Args:
        differences: Of each seed the score with the remedy less the one without it, as gains; all finite.
    """
    if not differences:
        return Decision()
    gain = fmean(differences)
    if len(differences) == 1:
        return Decision(gain)
    quantile = QUANTILES[min(len(differences) - 2, len(QUANTILES) - 1)]
    reach = quantile * stdev(differences) / math.sqrt(len(differences))
    return Decision(gain, (gain - reach, gain + reach), gain - reach > 0)
