"""Every argument that the catalog shows, at the ends of its range and between: checked, and if accepted, run.

Whole: ``python -m tests.trainer.ends``. One line a case that was accepted and cannot run.
"""

import copy
import json
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from spec.catalog import catalog
from spec.check import check_job
from spec.datasets import BUILT_IN, dataset_of, facts_for
from spec.declared import kinds
from spec.inference import infer
from spec.jobs import JobSpec
from spec.losses import Loss
from spec.metrics import Metric
from spec.training import target_encoding
from worker.trainer.build import build_callbacks, build_network, compile_model, made
from worker.trainer.data import PreparedData, PreparedDataSets
from worker.trainer.precision import computing_in

MEMORY_BYTES = 64 * 2**20
"""So little that whatever is large is refused, not run."""

Body = dict[str, Any]
_LARGE = 1e30
_DATA = PreparedDataSets()


@dataclass(frozen=True)
class Case:
    """A job, and which argument it is there for."""

    label: str
    body: Body


def values(schema: Any) -> Iterator[object]:  # noqa: ANN401, C901 (any JSON Schema; a case for each of its words)
    """The ends of what a piece of JSON Schema admits, and one value between."""
    for choice in ("anyOf", "oneOf"):
        for option in schema.get(choice, ()):
            yield from values(option)
    if "enum" in schema:
        yield from schema["enum"]
    elif "const" in schema:
        yield schema["const"]
    elif schema.get("type") == "boolean":
        yield from (False, True)
    elif schema.get("type") == "null":
        yield None
    elif schema.get("type") == "integer":
        low = schema.get("minimum", schema.get("exclusiveMinimum", -(2**53) - 1) + 1)
        high = schema.get("maximum", schema.get("exclusiveMaximum", 2**53 + 1) - 1)
        yield from dict.fromkeys((low, min(low + 2, high), high))
    elif schema.get("type") == "number":
        low = schema.get("minimum", math.nextafter(schema.get("exclusiveMinimum", -_LARGE), math.inf))
        high = schema.get("maximum", math.nextafter(schema.get("exclusiveMaximum", _LARGE), -math.inf))
        drawn = random.Random(f"{low} {high}").uniform(max(low, -1), min(high, 1))  # noqa: S311 (no secret)
        yield from dict.fromkeys((low, drawn, high))
    elif schema.get("type") == "array":
        count = max(schema.get("minItems", 1), 1)
        for one in islice(values(schema.get("items", {})), 3):
            yield [one] * count


REQUIRED: Body = {
    "units": 2, "filters": 2, "kernel_size": 1, "rate": 0.5, "stddev": 0.5, "pool_size": 2, "target_shape": [-1],
    "dims": [1], "n": 2, "axes": 1, "size": 2, "output_size": 2, "scale": 0.5, "activation": "tanh", "average": "macro",
    "num_classes": 3, "target_class_ids": [0], "recall": 0.5, "precision": 0.5, "sensitivity": 0.5,
    "specificity": 0.5, "initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5, "boundaries": [1],
    "values": [0.1, 0.01], "first_decay_steps": 2, "max_learning_rate": 0.1, "value": 0.5, "input_axes": None,
}  # fmt: skip
"""What an argument that is required is, where another is tried."""

SOFTMAX: Body = {"type": "Dense", "units": 3, "activation": "softmax"}


def objects(family: str) -> Iterator[tuple[str, str, Body]]:
    """Each kind with one argument said: kind, argument, object."""
    for kind in catalog()[family]["kinds"]:
        needed = {one["name"]: REQUIRED[one["name"]] for one in kind["arguments"] if one["required"]}
        yield kind["type"], "", {"type": kind["type"], **needed}
        for argument in kind["arguments"]:
            if argument["name"] in {"name", "inputs"}:
                continue
            for value in values(argument):
                yield kind["type"], argument["name"], {"type": kind["type"], **needed, argument["name"]: value}


def job(layers: list[Body], dataset: object = "iris", **training: object) -> Body:
    """A job of one epoch on few rows."""
    said = {"loss": "sparse_categorical_crossentropy", "epochs": 1, "batch_size": 64, "seed": 1, **training}
    rows = {"name": dataset, "split": {"validation": 0.5, "seed": 1}}
    return {"dataset": rows, "network": {"layers": layers}, "training": said}


NUMBER = {"loss": "mse", "dataset": "diabetes"}
ONE = [{"type": "Dense", "units": 1}]


def settings_for(wants: str) -> tuple[list[Body], Body]:
    """A network and a training whose targets are laid so."""
    if wants == "number":
        return ONE, NUMBER
    return [SOFTMAX], {} if wants == "classes" else {"loss": "categorical_crossentropy"}


def cases(family: str) -> Iterator[Case]:
    """All cases of a family of the catalog."""
    for kind, argument, declared in objects(family):
        label = f"{family} {kind} {argument}={declared.get(argument)!r}"
        for body in bodies(family, declared):
            yield Case(label, body)


def bodies(family: str, declared: Body) -> Iterator[Body]:
    match family:
        case "optimizers":
            yield job([SOFTMAX], optimizer=declared)
        case "schedules":
            yield job([SOFTMAX], optimizer={"type": "SGD", "momentum": 0.5, "learning_rate": declared})
        case "losses":
            wants = kinds(Loss)[declared["type"]].WANTS
            layers, said = settings_for("one_hot" if wants == "match" else wants)
            yield job(layers, **{**said, "loss": declared})
            if wants == "match":
                yield job(ONE, **{**NUMBER, "loss": declared})
        case "metrics":
            for wants in ("classes", "one_hot", "number"):
                layers, said = settings_for(wants)
                yield job(layers, metrics=[declared], **said)
        case "callbacks":
            averaging = {"type": "SGD", "use_ema": True}
            yield job([SOFTMAX], callbacks=[declared], optimizer=averaging, metrics=["accuracy"])
        case "initializers" | "regularizers" | "constraints":
            yield job([{"type": "Dense", "units": 4, f"kernel_{family.removesuffix('s')}": declared}, SOFTMAX])
        case _:
            yield from networks(declared)


def networks(declared: Body) -> Iterator[Body]:
    """A layer on a table, on a sequence and on an image."""
    end = [{"type": "Flatten"}, {**SOFTMAX, "units": 10}]
    shapes = ([64], [8, 8], [4, 4, 4])
    many = declared["type"] in {"Add", "Average", "Maximum", "Minimum", "Multiply", "Concatenate", "Subtract", "Dot"}
    for shape in shapes:
        begin: Body = {"type": "Reshape", "target_shape": shape, "name": "begin"}
        layer = {**declared, "inputs": ["begin", "begin"]} if many else declared
        yield job([begin, layer, *end], "digits", batch_size=512)


def is_accepted(case: Case) -> JobSpec | None:
    """The job, where the check accepts it."""
    return check_job(copy.deepcopy(case.body), facts_of=BUILT_IN.get, max_memory_bytes=MEMORY_BYTES).spec


def run(spec: JobSpec) -> None:
    """One epoch of few rows by Keras's own loop, step by step; raises what goes wrong."""
    keras.backend.clear_session(free_memory=False)
    dataset = dataset_of(spec.dataset)
    facts = facts_for(dataset, BUILT_IN[dataset.name])
    inferred = infer(spec.network, facts.input_shape)
    encoding = target_encoding(spec.training, facts.classes, (inferred.output_shape or (1,))[-1])
    data: PreparedData = _DATA.get(dataset, spec.training, encoding)
    with computing_in(spec.training.precision):
        model = build_network(spec.network, data.input_shape, 1)
    compile_model(model, spec.training)
    model.run_eagerly = True
    some = slice(0, 64)
    rows = [None if one is None else one[some] for one in data.training]
    validation = None if data.validation is None else tuple(one[some] for one in data.validation)
    logs = model.fit(
        rows[0], rows[1], sample_weight=rows[2], batch_size=64, verbose=0, shuffle=False, validation_data=validation,
        callbacks=build_callbacks(spec.training),
    ).history  # fmt: skip
    for name, (value,) in logs.items():
        float(value)
        assert isinstance(value, float), f"{name} is {value!r}"


def compute(spec: JobSpec) -> None:
    """The job's metric alone, compiled as a step is; raises what goes wrong."""
    keras.backend.clear_session(free_memory=False)
    dataset = dataset_of(spec.dataset)
    facts = facts_for(dataset, BUILT_IN[dataset.name])
    units = (infer(spec.network, facts.input_shape).output_shape or (1,))[-1]
    data = _DATA.get(dataset, spec.training, target_encoding(spec.training, facts.classes, units))
    target = data.training[1]
    (said,) = spec.training.metrics
    assert isinstance(said, Metric)
    metric = made(said)
    outputs = np.random.default_rng(0).uniform(0.05, 0.95, (len(target), units)).astype("float32")
    metric.update_state(target[:32], outputs[:32])

    def step(target: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        metric.update_state(target, outputs)
        return metric.result()

    kinds_of = [tf.TensorSpec([None, *one.shape[1:]], one.dtype) for one in (target, outputs)]
    found = tf.function(step, autograph=False).get_concrete_function(*kinds_of).outputs[-1]
    assert found.shape == (), f"{found.shape} numbers"


def problem_of(case: Case) -> str | None:
    """What goes wrong with a case that is accepted."""
    spec = is_accepted(case)
    if spec is None:
        return None
    try:
        (compute if case.label.startswith("metrics ") else run)(spec)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is told)
        lines = str(error).strip().splitlines() or [""]
        return f"{type(error).__name__}: {lines[0][:160]}"
    return None


FAMILIES = (
    *("metrics", "losses", "optimizers", "schedules", "callbacks"),
    *("initializers", "regularizers", "constraints", "layers"),
)


def main(families: list[str]) -> int:
    """Try all cases of some families, or of all."""
    found = 0
    for family in families or FAMILIES:
        for case in cases(family):
            problem = problem_of(case)
            if problem is not None:
                found += 1
                print(json.dumps([case.label, problem, case.body["dataset"]["name"]]), flush=True)  # noqa: T201
        print(f"{family}: done", flush=True)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
