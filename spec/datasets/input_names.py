"""The names of a network's inputs, where its data set makes several."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from spec.language.faults import fault_error, raise_faults

MOST_INPUTS = 100

_INPUT_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$"


def _check_input_name(name: str) -> str:
    if not re.fullmatch(_INPUT_NAME, name):
        sentence = (
            "The name of an input must have 1 to 64 characters: the letters A to Z and a to z, digits, underscores, "
            "hyphens and dots. It must begin with a letter or a digit."
        )
        raise_faults([fault_error("bad_name", sentence)])
    return name


InputName = Annotated[
    str, AfterValidator(_check_input_name), WithJsonSchema({"type": "string", "pattern": _INPUT_NAME})
]
"""An input of a network with several: the same characters as in the name of a layer, since Keras makes it one.

TensorFlow exports no model with a name that begins otherwise.
"""
