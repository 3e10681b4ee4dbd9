"""Jobs of few rows, each with one argument at an end of what it takes, or between."""

from collections.abc import Iterator
from dataclasses import dataclass

from spec.catalog import catalog
from spec.declared import kinds
from spec.losses import Loss
from tests.trainer.end_values import TEXTS, Body, objects, values


@dataclass(frozen=True)
class Case:
    """A job, and which argument it is there for."""

    label: str
    body: Body


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

USUAL: tuple[Body, ...] = ({}, {"precision": "mixed_float16"}, {"precision": "mixed_bfloat16"}, {"batch_size": 1})
"""Trainings that each kind is tried in."""

_MERGING = {"Add", "Average", "Maximum", "Minimum", "Multiply", "Concatenate", "Subtract", "Dot"}
_SHAPES = ([64], [8, 8], [4, 4, 4])


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
        for body in _bodies(family, declared):
            yield Case(label, body)
            if not argument:
                for usual in USUAL[1:]:
                    yield Case(f"{label} {usual}", {**body, "training": {**body["training"], **usual}})


def _bodies(family: str, declared: Body) -> Iterator[Body]:
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
        case "callbacks":
            averaging = {"type": "SGD", "use_ema": True}
            yield job([SOFTMAX], callbacks=[declared], optimizer=averaging, metrics=["accuracy"], epochs=2)
        case "initializers" | "regularizers" | "constraints":
            yield from _for_variable(family.removesuffix("s"), declared)
        case _:
            yield from _networks(declared)


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


def _networks(declared: Body) -> Iterator[Body]:
    """A layer on a table, on a sequence and on an image; one that slides, also by windows of several elements."""
    end = [{"type": "Flatten"}, {**SOFTMAX, "units": 10}]
    for shape in _SHAPES:
        begin: Body = {"type": "Reshape", "target_shape": shape, "name": "begin"}
        layer = {**declared, "inputs": ["begin", "begin"]} if declared["type"] in _MERGING else declared
        yield job([begin, layer, *end], "digits", batch_size=512)
        if declared.get("kernel_size") == 1:
            yield job([begin, {"padding": "same", **layer, "kernel_size": 2}, *end], "digits", batch_size=512)
        if not shape[1:] and declared["type"] == "Dense":
            yield job([begin, {**layer, "units": 10}], "digits", batch_size=512)


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
