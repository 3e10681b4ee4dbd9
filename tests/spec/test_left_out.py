"""What Keras takes and a spec does not: all of it has a reason, which is true, and is what a client is told."""

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import keras
import pytest

from spec.catalog import catalog
from spec.datasets.choice import DatasetSpec
from spec.datasets.encodings import Feature
from spec.datasets.reading import ImageSpec
from spec.jobs import JobSpec
from spec.language.declared import Declared, Section, kinds
from spec.layers import Layer
from spec.metrics import METRIC_NAMES, Metric
from spec.networks import left_out as left_out_network
from spec.networks.activations import ACTIVATION_NAMES
from spec.networks.initializers import INITIALIZER_NAMES, Constant, Initializer
from spec.networks.networks import NetworkSpec
from spec.networks.regularizers import REGULARIZER_NAMES, Regularizer
from spec.resources import ResourcesSpec
from spec.training import left_out as left_out_training
from spec.training.callbacks import Callback
from spec.training.losses import LOSS_NAMES, Loss
from spec.training.optimizers import OPTIMIZER_NAMES, Optimizer
from spec.training.schedules import Schedule
from spec.training.targets import Encoding as TargetEncoding
from spec.training.training import Precision, TrainingSpec
from tests.spec.jobs import check, job

# --- arguments and methods of the installed Keras ----------------------------------------------------------------

SAID_ELSEWHERE = {"optimizer", "loss", "metrics"}
"""Arguments of `compile` that are fields of a training."""


def parameters(function: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


COMPILE_AND_FIT = [*parameters(keras.Model.compile), *parameters(keras.Model.fit)]


def test_every_argument_of_compile_and_fit_is_sayable_or_has_a_reason() -> None:
    for function, reasons in (
        (keras.Model.compile, left_out_training.LEFT_OUT_COMPILE_ARGUMENTS),
        (keras.Model.fit, left_out_training.LEFT_OUT_FIT_ARGUMENTS),
    ):
        asked = set(parameters(function))
        assert asked - TrainingSpec.model_fields.keys() == reasons.keys()


def public_members(name: str) -> set[str]:
    return {member for member in dir(getattr(keras.optimizers, name)) if not member.startswith("_")}


@pytest.mark.parametrize("name", kinds(Optimizer))
def test_every_member_of_an_optimizer_is_sayable_or_has_a_reason(name: str) -> None:
    reasons = {**left_out_training.LEFT_OUT_OPTIMIZER_METHODS, **left_out_training.LEFT_OUT_OPTIMIZER_ARGUMENTS}
    asked = public_members(name) | set(parameters(getattr(keras.optimizers, name).__init__))
    assert asked - kinds(Optimizer)[name].model_fields.keys() <= reasons.keys()


def test_no_reason_is_of_what_no_optimizer_has() -> None:
    members = {member for name in kinds(Optimizer) for member in public_members(name)}
    assert left_out_training.LEFT_OUT_OPTIMIZER_METHODS.keys() <= members


@pytest.mark.parametrize("name", sorted({*COMPILE_AND_FIT} - TrainingSpec.model_fields.keys()))
def test_what_compile_and_fit_take_is_refused_with_its_reason_and_no_other_name(name: str) -> None:
    for body, pointer in ((job(**{name: 1}), f"/training/{name}"), ({**job(), name: 1}, f"/{name}")):
        (fault,) = check(body).faults
        assert (fault.pointer, fault.code, fault.suggestion) == (pointer, "not_offered", None)
        assert fault.message == f'"{name}" is not supported. {TrainingSpec.NOT_OFFERED[name]}'


@pytest.mark.parametrize("name", left_out_training.LEFT_OUT_OPTIMIZER_METHODS)
def test_methods_of_optimizers_are_refused_with_their_reason(name: str) -> None:
    reason = left_out_training.LEFT_OUT_OPTIMIZER_METHODS[name]
    (fault,) = check(job(optimizer={"type": "AdamW", name: ["bias"]})).faults
    assert (fault.code, fault.suggestion) == ("not_offered", None)
    assert fault.message == f'"{name}" is not supported. {reason}'


@pytest.mark.parametrize("typo", ["run_eager", "sample_weights", "steps_per_epochs", "validation_frequency"])
def test_what_is_close_to_what_is_not_offered_gets_that_reason(typo: str) -> None:
    (fault,) = check(job(**{typo: 1})).faults
    assert (fault.code, fault.suggestion) == ("unknown_field", None)
    assert "is not supported. " in fault.message


def test_the_catalog_shows_them() -> None:
    told = catalog()["training_left_out"]
    assert told == {
        "compile_arguments": dict(left_out_training.LEFT_OUT_COMPILE_ARGUMENTS),
        "fit_arguments": dict(left_out_training.LEFT_OUT_FIT_ARGUMENTS),
        "optimizer_methods": dict(left_out_training.LEFT_OUT_OPTIMIZER_METHODS),
    }


# --- what reasons say is so --------------------------------------------------------------------------------------


def reasons() -> Iterator[tuple[str, str]]:
    """Everything left out, as "family name", and why."""
    for module in (left_out_network, left_out_training):
        for table, members in vars(module).items():
            if table.startswith("LEFT_OUT_"):
                for name, reason in members.items():
                    yield f"{table} {name}", reason


REASONS = dict(reasons())
FAMILIES = (Layer, Initializer, Regularizer, Optimizer, Schedule, Loss, Metric, Callback)


def all_kinds() -> dict[str, type[Declared]]:
    return {name: kind for family in FAMILIES for name, kind in kinds(family).items()}


def all_fields() -> set[str]:
    sections = (JobSpec, NetworkSpec, TrainingSpec, DatasetSpec, ImageSpec, ResourcesSpec, *all_kinds().values())
    return {name for section in sections for name in section.model_fields}


WORDS = {
    *all_fields(),
    *all_kinds(),
    *ACTIVATION_NAMES,
    *INITIALIZER_NAMES,
    *REGULARIZER_NAMES,
    *LOSS_NAMES,
    *METRIC_NAMES,
    *OPTIMIZER_NAMES,
    *get_args(Precision),
    *("history.csv", "logs", "epoch"),
}
"""What a reason may put into backquotes: what a spec can say, and what a job leaves behind."""

FACTS: Mapping[str, Callable[[], bool]] = {
    r"float32": lambda: "dtype" not in Loss.model_fields and "dtype" not in Metric.model_fields,
    r"every layer computes in float32": lambda: get_args(Precision) == ("float32",),
    r"`precision` of the training": lambda: "precision" in TrainingSpec.model_fields and len(get_args(Precision)) > 1,
    r"one device": lambda: ResourcesSpec.model_validate({}).gpus == 1 and not accepts_gpus(2),
    r"each GPU": lambda: accepts_gpus(2),
    r"compares sequences": lambda: set(get_args(TargetEncoding)) == {"classes", "one_hot", "labels", "number"},
    r"data set (crops|brings) pictures": lambda: (
        "size" in ImageSpec.model_fields and "crop" in get_args(ImageSpec.model_fields["fit"].annotation)
    ),
    r"data set encodes": lambda: "features" in DatasetSpec.model_fields,
    r"is drawn by its initializers": lambda: "initial_weights" in TrainingSpec.model_fields,
    r"wraps another optimizer": lambda: (
        not any("inner_optimizer" in one.model_fields for one in kinds(Optimizer).values())
    ),
    r"low-rank": lambda: "lora_rank" not in all_fields(),
    r"weights of rows are a column": lambda: "sample_weight" in DatasetSpec.model_fields,
    r"images are not": lambda: not any(name.startswith("Random") for name in kinds(Layer)),
    r"input shape comes from": lambda: "input_shape" not in all_fields(),
    r"a network has only one output": lambda: "outputs" not in NetworkSpec.model_fields,
    r"after every epoch": lambda: "validation_freq" not in TrainingSpec.model_fields,
    r"from its name alone": lambda: "value" in Constant.model_fields,
    r"which has a `threshold`": lambda: "threshold" in kinds(Layer)["ReLU"].model_fields,
    r"EarlyStopping": lambda: "restore_best_weights" in kinds(Callback)["EarlyStopping"].model_fields,
    r"a loss is always reported as `loss`": lambda: "name" not in Loss.model_fields,
    r"Keras smooths|focal loss only for": lambda: (
        "label_smoothing" in kinds(Loss)["CategoricalCrossentropy"].model_fields
    ),
}
"""What a reason claims -> whether it is so, as the language itself tells."""


def descendants(base: type[Section]) -> Iterator[type[Section]]:
    """All classes below a class that say an encoding."""
    for one in base.__subclasses__():
        if "encoding" in vars(one).get("__annotations__", {}):
            yield one
        yield from descendants(one)


def accepts_gpus(count: int) -> bool:
    return ResourcesSpec.model_validate({"gpus": count}).gpus == count


ENCODINGS = {kind.model_fields["encoding"].default for kind in descendants(Feature)}
"""How a data set can encode a column."""


@pytest.mark.parametrize("name", REASONS)
def test_a_reason_claims_nothing_that_is_not_so(name: str) -> None:
    reason = REASONS[name]
    for claim, is_so in FACTS.items():
        if re.search(claim, reason, re.IGNORECASE):
            assert is_so(), (claim, reason)
    for word in re.findall(r"`([^`]*)`", reason):
        assert word in WORDS, word
    if "encoding" in reason:
        assert set(re.findall(r'"(\w+)"', reason)) <= ENCODINGS
    for said in re.findall(r"\{\"type\".*?\}", reason):
        parsed = json.loads(said)
        all_kinds()[parsed["type"]].model_validate(parsed)


def test_nothing_that_is_left_out_can_be_said() -> None:
    for table, reason in REASONS.items():
        family, name = table.split()
        if family.endswith("_ARGUMENTS"):
            continue
        assert name not in all_kinds() or "Write it as an object" in reason, (table, reason)


@pytest.mark.parametrize("name", left_out_training.LEFT_OUT_CALLBACKS)
def test_every_callback_that_is_left_out_is_told_the_way(name: str) -> None:
    (fault,) = check(job(callbacks=[{"type": name}])).faults
    assert (fault.code, fault.suggestion) == ("callback_left_out", None)
    assert fault.message == f'"{name}" is not supported. {left_out_training.LEFT_OUT_CALLBACKS[name]}'
    is_base = name in {"Callback", "CallbackList"}
    assert is_base or re.search(r"`|GET /v1|by itself", fault.message)
