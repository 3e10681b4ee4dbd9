"""JSON text of numbers that may not be finite: ``"NaN"``, ``"Infinity"``, ``"-Infinity"``, as the contract says."""

import json
import math
from collections.abc import Mapping
from typing import Any, cast

_NAMES = {math.inf: '"Infinity"', -math.inf: '"-Infinity"'}
_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def encode_metrics(metrics: Mapping[str, float]) -> str:
    """One JSON object without spaces. Finite numbers are written by ``repr``, so they read back to the bit."""
    return "{" + ",".join(f"{json.dumps(name)}:{_number(value)}" for name, value in metrics.items()) + "}"


def decode_metrics(text: str) -> dict[str, float]:
    """What `encode_metrics` wrote, NaN and the infinities again as floats."""
    stored: dict[str, float | str] = json.loads(text)
    return {name: _NUMBERS[value] if isinstance(value, str) else float(value) for name, value in stored.items()}


def encode_json(value: object) -> str:
    """JSON without spaces of anything that is made of mappings, sequences, strings, numbers, booleans and None.

    Raises:
        TypeError: If there is something else in it.
    """
    return json.dumps(_plain(value), separators=(",", ":"), allow_nan=False)


def _plain(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return json.loads(_number(value))
        case Mapping():
            members = cast("Mapping[Any, object]", value)
            return {name: _plain(member) for name, member in members.items()}
        case list() | tuple():
            items = cast("list[object]", value)
            return [_plain(item) for item in items]
        case _:
            return value


def _number(value: float) -> str:
    number = float(value)
    if math.isnan(number):
        return '"NaN"'
    return _NAMES.get(number) or repr(number)
