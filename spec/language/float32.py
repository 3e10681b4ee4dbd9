"""Numbers that float32 cannot hold: TensorFlow refuses some of them while it traces, and takes others for infinite."""

import math
from collections.abc import Iterable
from typing import cast

from pydantic import BaseModel
from pydantic_core import InitErrorDetails

from spec.language.faults import fault_error

LARGEST_FLOAT32 = 3.4028234663852886e38
"""The greatest finite number of float32."""

_SENTENCE = "This must be from -3.4e38 to 3.4e38, the range of float32, which networks are computed in."


def beyond_float32(section: BaseModel, names: Iterable[str]) -> list[InitErrorDetails]:
    """What is wrong with the numbers that were said in an object; fields may be missing.

    Args:
        section: The object.
        names: Its fields that may be such numbers.
    """
    values, said = vars(section), section.model_fields_set
    beyond = [name for name in names if name in said and _is_beyond(values.get(name))]
    return [fault_error("out_of_range", _SENTENCE, at=(name,)) for name in beyond]


def _is_beyond(value: object) -> bool:
    if isinstance(value, float):
        return LARGEST_FLOAT32 < abs(value) < math.inf
    return isinstance(value, tuple) and any(_is_beyond(one) for one in cast("Iterable[object]", value))
