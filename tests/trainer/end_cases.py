"""Jobs of few rows, each with one argument at an end of what it takes, or between."""

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spec.catalog import catalog
from spec.language.declared import kinds
from spec.training.losses import Loss
from tests.trainer.end_values import TEXTS, Body, objects, values


@dataclass(frozen=True)
class Case:
    """A job, and which argument it is there for.

    Attributes:
        label: Family, kind, argument and value.
        body: The job.
        place: What of it may stand in one job with others: "metrics", "weighted_metrics", "layers" (all but the last),
            or nothing.
    """

    label: str
    body: Body
    place: str = ""

    @property
    def key(self) -> str | None:
        """The same for cases that may stand in one job; None for one that stands alone."""
        if not self.place:
            return None
        network, training = self.body["network"], {**self.body["training"], self.place: None}
        layers = network["layers"][-1] if self.place == "layers" else network["layers"]
        return json.dumps([self.place, self.body["dataset"], layers, training])


def together(cases: Sequence[Case]) -> Case:
    """One job of several cases of one key."""
    first = cases[0]
    body = copy.deepcopy(first.body)
    if first.place == "layers":
        body["network"]["layers"] = _branches([case.body["network"]["layers"] for case in cases])
    else:
        found = [case.body["training"][first.place][0] for case in cases]
        body["training"][first.place] = [{**one, "name": f"m{index}"} for index, one in enumerate(found)]
    return Case(f"{first.label} and {len(cases) - 1} more", body)


def _branches(networks: Sequence[list[Body]]) -> list[Body]:
    """Networks of one input and one last layer as one, side by side until that."""
    layers: list[Body] = []
    ends: list[str] = []
    for index, network in enumerate(networks):
        names = {"input": "input"}
        for place, said in enumerate([{**network[0], "inputs": ["input"]}, *network[1:-1], {"type": "Flatten"}]):
            layer = {**said}
            if "inputs" in layer:
                layer["inputs"] = [names[name] for name in layer["inputs"]]
            names[layer.get("name", "")] = layer["name"] = f"b{index}_{place}"
            layers.append(layer)
        ends.append(layers[-1]["name"])
    return [*layers, {"type": "Concatenate", "inputs": ends}, networks[0][-1]]


SOFTMAX: Body = {"type": "Dense", "units": 3, "activation": "softmax"}
ONE: list[Body] = [{"type": "Dense", "units": 1}]
NUMBER: Body = {"loss": "mse", "dataset": "diabetes"}
IMAGES: list[Body] = [
    {"type": "Reshape", "target_shape": [2, 2, 1]},
    {"type": "Conv2D", "filters": 2, "kernel_size": 2},
    {"type": "BatchNormalization"},
    {"type": "Flatten"},
    SOFTMAX,
]
"""A network with variables of one, two and four axes; some are not trained."""

USUAL: tuple[Body, ...] = ({"precision": "mixed_float16"}, {"precision": "mixed_bfloat16"}, {"batch_size": 1})
"""Trainings that each kind is tried in."""

_MERGING = {"Add", "Average", "Maximum", "Minimum", "Multiply", "Concatenate", "Subtract", "Dot"}
_SHAPES = ([64], [8, 8], [4, 4, 4], [4, 4, 2, 2])
_DEEP_SHAPES = ([2] * 6, [1] + [2] * 6, [1] * 2 + [2] * 6, [1] * 25 + [2] * 6)
_OF_AXES = {"", "activation", "axis", "axes", "shared_axes", "dims", "target_shape", "noise_shape"}


def job(layers: list[Body], dataset: object = "iris", **training: object) -> Body:
    """A job of one epoch on few rows, whose last batch is smaller than the others."""
    said = {"loss": "sparse_categorical_crossentropy", "epochs": 1, "batch_size": 64, "seed": 1, **training}
    rows = {"name": dataset, "split": {"validation": 0.5, "seed": 1}} if isinstance(dataset, str) else dataset
    return {"dataset": rows, "network": {"layers": layers}, "training": said}


def settings_for(wants: str) -> tuple[list[Body], Body]:
    """A network and a training whose targets are laid so."""
    if wants == "number":
        return ONE, NUMBER
    return [SOFTMAX], {} if wants == "classes" else {"loss": "categorical_crossentropy"}


def cases(family: str) -> Iterator[Case]:
    """All cases of a family of the catalog, of a data set's fields, or of those of a training."""
    if family in {"training", "dataset"}:
        yield from _fields(family)
        return
    for kind, argument, declared in objects(family):
        label = f"{family} {kind} {argument}={declared.get(argument)!r:.60}"
        for body in _bodies(family, argument, declared):
            for usual in ({}, *(() if argument and kind != "Activation" else USUAL)):
                tried = {**body, "training": {**body["training"], **usual}}
                yield Case(f"{label} {usual or ''}", tried, "" if argument == "name" else _place(family, tried))


def _place(family: str, body: Body) -> str:
    """What of a job of a family may stand with others."""
    if family == "metrics":
        return "metrics" if "metrics" in body["training"] else "weighted_metrics"
    several = {"initializers", "regularizers", "constraints", "layers"}
    return "layers" if family in several and len(body["network"]["layers"]) > 1 else ""


def _bodies(family: str, argument: str, declared: Body) -> Iterator[Body]:
    match family:
        case "optimizers":
            yield job(IMAGES, optimizer=declared)
        case "schedules":
            for unit in ("step", "epoch"):
                rate = {**declared, "unit": unit}
                yield job([SOFTMAX], optimizer={"type": "SGD", "momentum": 0.5, "learning_rate": rate}, epochs=3)
        case "losses":
            yield from _for_loss(declared)
        case "metrics":
            for wants in ("classes", "one_hot", "number"):
                layers, said = settings_for(wants)
                yield job(layers, metrics=[declared], **said)
                if wants != "number":
                    yield job(layers, weighted_metrics=[declared], class_weight="balanced", **said)
            yield job(ONE, "breast_cancer", loss="mse", weighted_metrics=[declared], class_weight="balanced")
        case "callbacks":
            averaging = {"type": "SGD", "use_ema": True}
            yield job([SOFTMAX], callbacks=[declared], optimizer=averaging, metrics=["accuracy"], epochs=2)
        case "initializers" | "regularizers" | "constraints":
            yield from _for_variable(family.removesuffix("s"), declared)
        case _:
            yield from _networks(argument, declared)


def _for_loss(declared: Body) -> Iterator[Body]:
    wants = kinds(Loss)[declared["type"]].WANTS
    layers, said = settings_for("one_hot" if wants == "match" else wants)
    yield job(layers, **{**said, "loss": declared})
    yield job(layers, **{**said, "loss": declared, "class_weight": "balanced"})
    if wants == "match":
        yield job(ONE, **{**NUMBER, "loss": declared})
        yield job(ONE, "breast_cancer", loss=declared, class_weight="balanced")


def _for_variable(role: str, declared: Body) -> Iterator[Body]:
    """On a matrix, a vector, a kernel of a convolution and, where there is such, an output."""
    for field in (f"kernel_{role}", f"bias_{role}", *(["activity_regularizer"] if role == "regularizer" else [])):
        yield job([{"type": "Dense", "units": 4, field: declared}, SOFTMAX])
    image, convolution, *rest = IMAGES
    yield job([image, {**convolution, f"kernel_{role}": declared}, *rest])


def _networks(argument: str, declared: Body) -> Iterator[Body]:
    """A layer on a table, a sequence, an image, and more axes; one that slides, also by windows of several elements."""
    end = [{"type": "Flatten"}, {**SOFTMAX, "units": 10}]
    for shape in (*_SHAPES, *(_DEEP_SHAPES if argument in _OF_AXES else ())):
        # What is learned before it asks for its gradient.
        # Numbers of words are 0 or 1 here.
        begin: list[Body] = [
            {"type": "Dense", "units": 8, "activation": "sigmoid" if declared["type"] == "Embedding" else "linear"},
            {"type": "Reshape", "target_shape": shape, "name": "begin"},
        ]
        layer = {**declared, "inputs": ["begin", "begin"]} if declared["type"] in _MERGING else declared
        yield job([*begin, layer, *end], "digits", batch_size=512)
        if declared.get("kernel_size") == 1:
            yield job([*begin, {"padding": "same", **layer, "kernel_size": 2}, *end], "digits", batch_size=512)


def _fields(section: str) -> Iterator[Case]:
    """Each field of a section, and of those within it, on classes and on numbers."""
    for field in catalog()["sections"][section]:
        name = field["name"]
        for value in (*values(field), *TEXTS.get(name, ())):
            label = f"{section} {name}={value!r:.60}"
            bodies = _of_rows(name, value) if section == "dataset" else _of_training(name, value)
            yield from (Case(label, body) for body in bodies)


def _of_rows(name: str, value: object) -> Iterator[Body]:
    if name == "name":
        return
    for dataset, said in (("iris", {}), ("diabetes", {"loss": "mse"})):
        yield job([SOFTMAX] if dataset == "iris" else ONE, {"name": dataset, name: value}, **said)
    layers = [{"type": "Flatten"}, {**SOFTMAX, "units": 10}]
    yield job(layers, {"name": "digits", name: value}, batch_size=512)


def _of_training(name: str, value: object) -> Iterator[Body]:
    is_split = name == "validation_split"
    yield job([SOFTMAX], {"name": "iris"} if is_split else "iris", **{name: value})
    if name not in {"loss", "class_weight"}:
        yield job(ONE, {"name": "diabetes"} if is_split else "diabetes", **{"loss": "mse", name: value})
