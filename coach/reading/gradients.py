"""How gradients come back through a network: how much of them reaches its first layers, and what holds them up."""

import math
from collections.abc import Sequence

from coach.evidence import LayerSignals
from coach.reading.case import Case

NOTHING = 1e-7
"""Below it a gradient has vanished, whatever the others are (Amazon SageMaker Debugger, rule VanishingGradient)."""

FADED = 1e-3
"""Of the last layer's gradient: what reaches the first one where gradients vanish (AUTOTRAINER)."""

BLOCKED = 0.9
"""Of a layer: so many units that are zero, or activations at their bounds, let hardly a gradient through."""

_LEAST_LAYERS = 3


def first_beside_last(case: Case) -> list[tuple[int, float]]:
    """The gradient of the first layer that is trained as a fraction of the last one's: epoch and fraction.

    It is 0 where there is none at all. Of fewer than three layers only those epochs are known.
    """
    known = ((row.epoch, _share(row.signals, case.trained)) for row in case.rows)
    return [(epoch, share) for epoch, share in known if share is not None]


def are_held_up(case: Case) -> bool:
    """Whether in most epochs hardly a gradient comes back, so that steps are short at any usual rate."""
    norms = [value for _, value in case.medians("gradient_norm")]
    if norms and max(norms) < NOTHING:
        return True
    faded = [share < FADED for _, share in first_beside_last(case)]
    blocked = [_is_blocked(row.signals, case.ends) for row in case.rows]
    return any(2 * sum(one) > len(one) for one in (faded, blocked))


def _is_blocked(signals: LayerSignals, ends: frozenset[str]) -> bool:
    """Whether a layer before the output lets nothing through."""
    return any(
        max(told.get("dead_fraction", 0.0), told.get("saturated_fraction", 0.0)) >= BLOCKED
        for layer, told in signals.items()
        if layer not in ends
    )


def _share(signals: LayerSignals, names: Sequence[str]) -> float | None:
    if len(names) < 2:  # noqa: PLR2004 -- a way back needs two layers
        return None
    norms = [signals.get(name, {}).get("gradient_norm", math.nan) for name in (names[0], names[-1])]
    if not all(map(math.isfinite, norms)):
        return None
    if norms[0] < NOTHING:
        return 0.0
    return None if len(names) < _LEAST_LAYERS or not norms[1] else norms[0] / norms[1]
