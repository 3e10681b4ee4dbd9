"""How large the penalties are that a job adds to its loss, by the size of the weights."""

import math

from coach.evidence import LayerSignals
from coach.reading.kernels import NetworkReading
from spec.networks.regularizers import L1, L1L2, L2, regularizer_of

_MEAN = math.sqrt(2 / math.pi)
"""The mean absolute value of normally distributed weights of deviation 1."""


def penalized(network: NetworkReading) -> list[tuple[str, float, float, int]]:
    """The trained layers whose kernels are penalized: name, factors of the absolute values and of the squares, weights.

    Returns:
        In the order of the network.
    """
    found: list[tuple[str, float, float, int]] = []
    for index in network.trained:
        said = getattr(network.layers[index], "kernel_regularizer", None)
        penalty = None if said is None else regularizer_of(said)
        if isinstance(penalty, L1 | L2 | L1L2):
            factors = getattr(penalty, "l1", 0.0), getattr(penalty, "l2", 0.0)
            if any(factors):
                found.append((network.name(index), *factors, math.prod(network.kernel_shape(index, "kernel"))))
    return found


def penalty_of(layers: list[tuple[str, float, float, int]], signals: LayerSignals) -> float | None:
    """What they add to the loss.

    The sum of the absolute values is not measured: it is taken for that of normally distributed weights of that norm.

    Args:
        layers: As `penalized` gives them.
        signals: Of an epoch, or of the first weights.
    """
    total = 0.0
    for name, absolute, square, weights in layers:
        norm = signals.get(name, {}).get("weight_norm")
        if norm is None or not math.isfinite(norm):
            return None
        total += square * norm**2 + absolute * _MEAN * norm * math.sqrt(weights)
    return total
