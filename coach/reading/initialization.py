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
    match initializer:
        case Zeros() | Ones() | Constant():
            return 0.0
        case RandomNormal() | TruncatedNormal():
            return float(initializer.stddev) * (_CUT if isinstance(initializer, TruncatedNormal) else 1.0)
        case RandomUniform():
            return (initializer.maxval - initializer.minval) / math.sqrt(12)
        case Orthogonal():
            rows, columns = math.prod(shape[:-1]), shape[-1] if shape else 1
            return abs(float(initializer.gain)) / math.sqrt(max(rows, columns, 1))
        case VarianceScaling():
            return _scaled(initializer, shape)
        case _:
            return None


def _scaled(initializer: VarianceScaling, shape: Sequence[int]) -> float:
    fan_in, fan_out = math.prod(shape[:-1]), math.prod((*shape[:-2], shape[-1])) if shape else 1
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    return math.sqrt(initializer.scale / max(fans[initializer.mode], 1))


def size_ratio(deviation: float, shape: Sequence[int]) -> float:
    """How many times as large as what is usual a deviation is: 1 between Glorot's and He's, and at LeCun's.

    Args:
        deviation: Of the weights that an initializer draws; above 0.
        shape: Of the kernel, as above.
    """
    fan_in, fan_out = math.prod(shape[:-1]), math.prod((*shape[:-2], shape[-1]))
    most = math.sqrt(2 / max(fan_in, 1))
    least = min(math.sqrt(2 / max(fan_in + fan_out, 1)), math.sqrt(1 / max(fan_in, 1)))
    return deviation / most if deviation > most else min(1.0, deviation / least)
