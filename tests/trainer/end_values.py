"""What an argument is tried with: the ends of what the catalog says it takes, what lies between, and what it needs."""

import math
import random
import sys
from collections.abc import Iterator
from typing import Any

from spec.catalog import catalog
from spec.layers.normalization import RenormClipping

Body = dict[str, Any]

_LARGEST = sys.float_info.max
_WHOLE = 2**53
_LONGEST = 10_000
_MANY, _PART = 8, 3
_WHOLLY_TRIED = {"Activation", "Dense"}

REQUIRED: Body = {
    "units": 2, "filters": 2, "kernel_size": 1, "rate": 0.5, "stddev": 0.5, "pool_size": 2, "target_shape": [-1],
    "dims": [1], "n": 2, "axes": 1, "size": 2, "output_size": 2, "scale": 0.5, "activation": "tanh", "average": "macro",
    "num_classes": 3, "target_class_ids": [0], "recall": 0.5, "precision": 0.5, "sensitivity": 0.5,
    "specificity": 0.5, "initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5, "boundaries": [1],
    "values": [0.1, 0.01], "first_decay_steps": 2, "max_learning_rate": 0.1, "value": 0.5, "loss": "mse",
    "input_dim": 2, "output_dim": 2, "num_heads": 2, "key_dim": 2, "head_dim": 2, "num_query_heads": 2,
    "num_key_value_heads": 2, "equation": "...x,xy->...y", "output_shape": 2, "factor": 0.5, "height_factor": 0.5,
    "width_factor": 0.5, "layer": {"type": "GRU", "units": 2},
}  # fmt: skip
"""What an argument that is required is, where another is tried."""

TEXTS: dict[str, list[object]] = {
    "name": ["x" * 64, "a", "Z_9"],
    "monitor": ["loss", "val_loss", "accuracy"],
    "target_shape": [[-1] + [1] * 31, [8, -1]],
    "exclude_layers": [[], ["dense"], ["x" * 64] * 100],
    "exclude_from_weight_decay": [[], ["*"], ["bias", "normalization", "dense/kernel"]],
    "class_weight": ["balanced", {"0": 0}, {"0": 0.3, "2": 5}, {"1": 1e300}],
}
"""What arguments are tried with that take words; of those there is no end."""

NEEDED: dict[str, Body] = {
    "renorm_clipping": {"renorm": True},
    "renorm_momentum": {"renorm": True},
    "warmup_steps": {"warmup_target": 0.5},
    "ema_momentum": {"use_ema": True},
    "ema_overwrite_frequency": {"use_ema": True},
    "nesterov": {"momentum": 0.5},
    "exclude_from_weight_decay": {"weight_decay": 0.1},
    "min_momentum": {"max_momentum": 0.99},
    "max_momentum": {"min_momentum": 0},
    "alpha": {"apply_class_balancing": True},
}
"""What an argument needs beside it to do anything, where the kind has such."""

PAIRED = {"mean": "variance", "variance": "mean", "input_axes": "output_axes", "output_axes": "input_axes"}
"""Arguments of one shape that go together."""


def values(schema: Any) -> Iterator[object]:  # noqa: ANN401, C901 (any JSON Schema; a case for each of its words)
    """The ends of what a piece of JSON Schema admits, and some values between."""
    for choice in ("anyOf", "oneOf"):
        for option in schema.get(choice, ()):
            yield from values(option)
    if "family" in schema:
        yield from (declared(kind) for kind in catalog()[schema["family"]]["kinds"])
    elif "section" in schema:
        yield from ({field["name"]: value} for field in _section(schema["section"]) for value in values(field))
    elif "enum" in schema:
        yield from schema["enum"]
    elif "const" in schema:
        yield schema["const"]
    elif schema.get("type") == "boolean":
        yield from (False, True)
    elif schema.get("type") == "null":
        yield None
    elif schema.get("type") == "integer":
        yield from _whole(schema)
    elif schema.get("type") == "number":
        yield from _numbers(schema)
    elif schema.get("type") == "array" and schema.get("items", {}).get("type") != "string":
        yield from _lists(schema)


def _section(name: str) -> list[Any]:
    if name in catalog()["sections"]:
        return catalog()["sections"][name]
    return [{"name": one, **field} for one, field in RenormClipping.model_json_schema()["properties"].items()]


def _whole(schema: Any) -> Iterator[int]:  # noqa: ANN401 (any JSON Schema)
    low = schema.get("minimum", schema.get("exclusiveMinimum", -_WHOLE - 1) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", _WHOLE + 1) - 1)
    between = (-2, -1, 0, 1, 2) if low < 0 else (low + 1, low + 2)
    yield from dict.fromkeys((low, *(one for one in between if low < one < high), high))


def _numbers(schema: Any) -> Iterator[float]:  # noqa: ANN401 (any JSON Schema)
    low = schema.get("minimum", math.nextafter(schema.get("exclusiveMinimum", -math.inf), math.inf))
    high = schema.get("maximum", math.nextafter(schema.get("exclusiveMaximum", math.inf), -math.inf))
    drawn = random.Random(f"{low} {high}").uniform(max(low, -1), min(high, 1))  # noqa: S311 (no secret)
    # Nearly what float32 holds, as a whole number, too; the ends lie beyond it.
    large = [one for one in (3 * 10**38, -3e38) if low < one < high and math.isinf(high - low) | (high == _LARGEST)]
    yield from dict.fromkeys((low, drawn, *large, high))


def _lists(schema: Any) -> Iterator[list[object]]:  # noqa: ANN401 (any JSON Schema)
    least, most = max(schema.get("minItems", 1), 1), schema.get("maxItems", 1)
    found = list(values(schema.get("items", {})))
    yield from ([one] * least for one in found)
    if least < most <= _LONGEST and found:
        yield [found[0]] * most
        if isinstance(found[0], int) and found[0] >= 0:
            yield list(range(found[0], found[0] + most))


def declared(kind: Any, **said: object) -> Body:  # noqa: ANN401 (JSON)
    """An object of a kind of the catalog."""
    needed = {one["name"]: REQUIRED.get(one["name"]) for one in kind["arguments"] if one["required"]}
    return {"type": kind["type"], **needed, **said}


def objects(family: str) -> Iterator[tuple[str, str, Body]]:
    """Each kind with one argument said, and what that needs: kind, argument, object. Names are tried with one kind."""
    for place, kind in enumerate(catalog()[family]["kinds"]):
        known = {one["name"] for one in kind["arguments"]}
        yield kind["type"], "", declared(kind)
        for argument in kind["arguments"]:
            name = argument["name"]
            if name == "inputs" or (name == "name" and place):
                continue
            for value in _tried(argument, place, is_whole=kind["type"] in _WHOLLY_TRIED):
                beside = {one: other for one, other in NEEDED.get(name, {}).items() if one in known}
                if PAIRED.get(name) in known:
                    beside[PAIRED[name]] = value
                if name in {"boundaries", "values"} and isinstance(value, list):
                    beside = _pieces(name, value)
                yield kind["type"], name, declared(kind, **{**beside, name: value})


def _tried(argument: Any, place: int, *, is_whole: bool) -> list[object]:  # noqa: ANN401 (JSON)
    """Values of an argument beside its default; of many words or kinds that kinds share, each kind gets its part."""
    found = [one for one in values(argument) if one != argument.get("default", ...)]
    if len(found) > _MANY and not is_whole and not any(isinstance(one, int | float | list) for one in found):
        found = [found[(place * _PART + step) % len(found)] for step in range(_PART)]
    return [*found, *TEXTS.get(argument["name"], ())]


def _pieces(name: str, value: list[Any]) -> Body:
    """As many values as a piecewise schedule has pieces."""
    if name == "boundaries":
        return {"values": [0.1] * (len(value) + 1)}
    return {"boundaries": list(range(len(value) - 1)) or [1], "values": value}
