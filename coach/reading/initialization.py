"""How large the first weights are that an initializer draws."""

import math
from collections.abc import Sequence

from spec.networks.initializers import (
    Constant,
    Initializer,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
    initializer_of,
)

_CUT = 0.8796
"""The deviation of a normal distribution of deviation 1 that is cut off at 2."""


def deviation_of(said: Initializer | str, shape: Sequence[int]) -> float | None:
    """The standard deviation of what an initializer draws for a kernel; None where it is as it should be.

    Args:
        said: As a layer says it.
        shape: Of the kernel: all axes but the last are those of the input.
    """
    initializer = initializer_of(said)
    if isinstance(initializer, Zeros | Ones | Constant):
        return 0.0
    if isinstance(initializer, RandomNormal):
        return float(initializer.stddev)
    if isinstance(initializer, TruncatedNormal):
        return _CUT * float(initializer.stddev)
    if isinstance(initializer, RandomUniform):
        return (initializer.maxval - initializer.minval) / math.sqrt(12)
    if isinstance(initializer, Orthogonal):
        rows, columns = math.prod(shape[:-1]), shape[-1] if shape else 1
        return float(initializer.gain) / math.sqrt(max(rows, columns, 1))
    if isinstance(initializer, VarianceScaling):
        fan_in, fan_out = math.prod(shape[:-1]), math.prod((*shape[:-2], shape[-1])) if shape else 1
        fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        return math.sqrt(initializer.scale / max(fans[initializer.mode], 1))
    return None
