"""Requests that are meant to be slow: a declaration for each dimension in which what a client sends can grow."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Sizes = dict[str, int]


@dataclass(frozen=True)
class Sent:
    """A request, its path below ``/v1``; ``{job}`` in it is a job that there is."""

    method: str
    path: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Growth:
    """A kind of request that grows.

    Attributes:
        build: Makes one of these sizes.
        sizes: Each size's name, and the most it is grown to.
    """

    build: Callable[[Sizes], Sent]
    sizes: Sizes


def _inspect(layers: list[dict[str, Any]], shape: list[int] | None = None, **network: object) -> Sent:
    body = {"network": {"layers": layers, **network}, "input_shape": shape or [4]}
    return Sent("POST", "/networks/inspect", json.dumps(body).encode())


def _job(dataset: object = "iris", **training: object) -> Sent:
    layers = [{"type": "Dense", "units": 3, "activation": "softmax"}]
    said = {"loss": "sparse_categorical_crossentropy", **training}
    body = {"dataset": dataset, "network": {"layers": layers}, "training": said}
    return Sent("POST", "/jobs?dry_run=true", json.dumps(body).encode())


def _raw(text: str) -> Sent:
    return Sent("POST", "/jobs?dry_run=true", text.encode())


def _alike(count: int, characters: int) -> list[str]:
    return [f"{'a' * characters}{number:05d}" for number in range(count)]


def _layers(sizes: Sizes) -> Sent:
    names = _alike(sizes["layers"], sizes["characters"])
    return _inspect([{"type": "Dense", "units": 1, "name": name} for name in names])


def _bare_layers(sizes: Sizes) -> Sent:
    return _inspect([{"type": "ELU"}] * sizes["layers"])


def _normalized(sizes: Sizes) -> Sent:
    pair = [{"type": "Dense", "units": 2}, {"type": "BatchNormalization"}]
    return _inspect(pair * (sizes["layers"] // 2 or 1))


def _unknown_inputs(sizes: Sizes) -> Sent:
    names = _alike(sizes["layers"], sizes["characters"])
    wrong = [f"{'a' * 95}{number:05d}" for number in range(sizes["inputs"])]
    return _inspect([*({"type": "ELU", "name": name} for name in names), {"type": "Add", "inputs": wrong}])


def _edges(sizes: Sizes) -> Sent:
    names = [f"r{number}" for number in range(sizes["inputs"])]
    shape = [*[1] * (sizes["rank"] - 1), 4]
    read = [{"type": "Reshape", "name": name, "target_shape": shape, "inputs": ["input"]} for name in names]
    return _inspect([*read, *({"type": "Add", "inputs": names} for _ in range(sizes["sums"]))])


def _defaults(sizes: Sizes) -> Sent:
    fields: dict[str, object] = {f"{'kernel_initialize' * 3}{number}": 1 for number in range(sizes["fields"])}
    return _inspect([{"type": "Dense"}] * sizes["layers"], defaults={"Dense": fields})


def _unknown_fields(sizes: Sizes) -> Sent:
    fields: dict[str, object] = {f"{'kernel_initialize' * 3}{number}": 1 for number in range(sizes["fields"])}
    return _inspect([{"type": "Dense", "units": 1, **fields}] * sizes["layers"])


def _columns(sizes: Sizes) -> Sent:
    names = [f"{'mean fractal dimension' * 4}"[: sizes["characters"]] + str(n) for n in range(sizes["columns"])]
    return _job({"name": "breast_cancer", "features": names})


def _metrics(sizes: Sizes) -> Sent:
    thresholds: list[float | str] = [0.5] * sizes["sound"] + ["x"] * sizes["wrong"]
    return _job(metrics=[{"type": "AUC", "name": f"m{n}", "thresholds": thresholds} for n in range(sizes["metrics"])])


def _callbacks(sizes: Sizes) -> Sent:
    metrics = [{"type": "MeanSquaredError", "name": name} for name in _alike(sizes["metrics"], 59)]
    stopping = {"type": "EarlyStopping", "monitor": "a" * 127}
    return _job(metrics=metrics, callbacks=[stopping] * sizes["callbacks"])


def _class_weight(sizes: Sizes) -> Sent:
    wrong = {f"x{number}": 1 for number in range(sizes["wrong"])}
    return _job(class_weight={str(number + 3): 1 for number in range(sizes["beyond"])} | wrong)


def _boundaries(sizes: Sizes) -> Sent:
    pieces = {"boundaries": ["x"] * sizes["boundaries"], "values": [1] * sizes["values"]}
    return _job(optimizer={"type": "SGD", "learning_rate": {"type": "PiecewiseConstantDecay", **pieces}})


def _nesting(sizes: Sizes) -> Sent:
    deep = "[" * sizes["depth"] + "]" * sizes["depth"]
    return _raw(f"[{','.join([deep] * sizes['times'])}]")


def _objects(sizes: Sizes) -> Sent:
    return _raw(f"[{','.join(['{}'] * sizes['objects'])}]")


def _members(sizes: Sizes) -> Sent:
    return _raw(json.dumps(dict.fromkeys(_alike(sizes["members"], sizes["characters"]), 1)))


def _digits(sizes: Sizes) -> Sent:
    return _raw(f"[{','.join(['7' * sizes['digits']] * sizes['numbers'])}]")


def _text(sizes: Sizes) -> Sent:
    return _raw(json.dumps({"name": "\\u1234" * sizes["characters"]}))


def _metadata(sizes: Sizes) -> Sent:
    pairs = dict.fromkeys(_alike(sizes["pairs"], 50), "v" * 512)
    return _raw(json.dumps({"metadata": pairs, "x" * sizes["characters"]: 1}))


def _patch(sizes: Sizes) -> Sent:
    names = dict.fromkeys(_alike(sizes["names"], sizes["characters"]), 1)
    operations = [{"op": "add", "path": "/metadata", "value": names}] * sizes["operations"]
    wrong = {"op": "remove", "path": f"/metadata/{'a' * sizes['characters']}"}
    return Sent("POST", "/jobs/{job}/derive?dry_run=true", json.dumps({"patch": [*operations, wrong]}).encode())


def _copies(sizes: Sizes) -> Sent:
    copy = {"op": "copy", "from": "/network", "path": "/network/layers/-"}
    return Sent("POST", "/jobs/{job}/derive", json.dumps({"patch": [copy] * sizes["operations"]}).encode())


def _filters(sizes: Sizes) -> Sent:
    return Sent("GET", "/jobs?" + "&".join(f"metadata[k{n}]=v" for n in range(sizes["filters"])))


def _parameters(sizes: Sizes) -> Sent:
    name = "creatd_aftr" * sizes["times"]
    return Sent("GET", "/jobs?" + "&".join(f"{name}{number}=v" for number in range(sizes["parameters"])))


def _accept(sizes: Sizes) -> Sent:
    return Sent("GET", "/jobs/{job}/events", headers=(("accept", "a/b;q=0.1," * sizes["ranges"]),))


GROWTHS: dict[str, Growth] = {
    "named layers": Growth(_layers, {"layers": 1000, "characters": 59}),
    "bare layers": Growth(_bare_layers, {"layers": 1000}),
    "normalized layers": Growth(_normalized, {"layers": 1000}),
    "unknown inputs": Growth(_unknown_inputs, {"layers": 999, "characters": 59, "inputs": 1000}),
    "edges": Growth(_edges, {"inputs": 990, "rank": 32, "sums": 98}),
    "defaults": Growth(_defaults, {"fields": 100, "layers": 1000}),
    "unknown fields": Growth(_unknown_fields, {"fields": 98, "layers": 150}),
    "columns": Growth(_columns, {"columns": 10_000, "characters": 88}),
    "metrics": Growth(_metrics, {"metrics": 32, "sound": 1500, "wrong": 1500}),
    "callbacks": Growth(_callbacks, {"metrics": 32, "callbacks": 16}),
    "class_weight": Growth(_class_weight, {"beyond": 5000, "wrong": 4990}),
    "boundaries": Growth(_boundaries, {"boundaries": 999, "values": 1000}),
    "nesting": Growth(_nesting, {"depth": 63, "times": 1500}),
    "objects": Growth(_objects, {"objects": 99_000}),
    "members": Growth(_members, {"members": 60_000, "characters": 5}),
    "digits": Growth(_digits, {"digits": 4300, "numbers": 240}),
    "text": Growth(_text, {"characters": 80_000}),
    "metadata": Growth(_metadata, {"pairs": 16, "characters": 500_000}),
    "patch": Growth(_patch, {"operations": 100, "names": 50, "characters": 190}),
    "copies": Growth(_copies, {"operations": 100}),
    "filters": Growth(_filters, {"filters": 400}),
    "parameters": Growth(_parameters, {"parameters": 600, "times": 1}),
    "accept": Growth(_accept, {"ranges": 3000}),
}
"""Every way to grow."""
