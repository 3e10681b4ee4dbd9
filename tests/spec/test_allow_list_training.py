"""What is declared for trainings against what the installed Keras offers: nothing is missing by accident."""

import inspect
from collections.abc import Mapping
from typing import Any

import keras
import pytest
from keras.src.losses import ALL_OBJECTS_DICT as KERAS_LOSS_NAMES
from keras.src.metrics import ALL_OBJECTS_DICT as KERAS_METRIC_NAMES
from keras.src.optimizers import ALL_OBJECTS_DICT as KERAS_OPTIMIZER_NAMES

from spec.language.declared import Declared, kinds
from spec.metrics import CHOSEN_BY_SHAPE, METRIC_NAMES, SPELLED_OUT, Metric
from spec.training import left_out
from spec.training.callbacks import Callback
from spec.training.losses import LOSS_NAMES, Loss
from spec.training.optimizers import OPTIMIZER_NAMES, Optimizer
from spec.training.schedules import Schedule

OURS = {"OneCycle"}
"""Declared, and not Keras's."""

FAMILIES: dict[str, tuple[type[Declared], Any, Mapping[str, str], Mapping[str, str]]] = {
    "optimizers": (
        Optimizer,
        keras.optimizers,
        left_out.LEFT_OUT_OPTIMIZERS,
        left_out.LEFT_OUT_OPTIMIZER_ARGUMENTS,
    ),
    "schedules": (
        Schedule,
        keras.optimizers.schedules,
        left_out.LEFT_OUT_SCHEDULES,
        left_out.LEFT_OUT_SCHEDULE_ARGUMENTS,
    ),
    "losses": (Loss, keras.losses, left_out.LEFT_OUT_LOSSES, left_out.LEFT_OUT_LOSS_ARGUMENTS),
    "metrics": (Metric, keras.metrics, left_out.LEFT_OUT_METRICS, left_out.LEFT_OUT_METRIC_ARGUMENTS),
    "callbacks": (Callback, keras.callbacks, left_out.LEFT_OUT_CALLBACKS, left_out.LEFT_OUT_CALLBACK_ARGUMENTS),
}

KINDS = [
    pytest.param(family, name, id=f"{family}-{name}")
    for family, (base, *_) in FAMILIES.items()
    for name in kinds(base)
    if name not in OURS
]

REQUIRED_HERE = {("F1Score", "average"), ("FBetaScore", "average")}
"""Arguments that Keras has a default for which yields more than one number."""


def signature(family: str, name: str) -> dict[str, inspect.Parameter]:
    parameters = dict(inspect.signature(getattr(FAMILIES[family][1], name).__init__).parameters)
    del parameters["self"]
    return parameters


@pytest.mark.parametrize("family", FAMILIES)
def test_every_class_of_keras_is_declared_or_left_out_with_a_reason(family: str) -> None:
    base, module, reasons, _ = FAMILIES[family]
    offered = {name for name in dir(module) if inspect.isclass(getattr(module, name))}
    declared = set(kinds(base)) - OURS
    assert declared <= offered
    assert declared.isdisjoint(reasons)
    assert offered - declared - set(reasons) == set()
    assert all(reasons.values())


@pytest.mark.parametrize(("family", "name"), KINDS)
def test_every_argument_is_declared_or_left_out_with_a_reason(family: str, name: str) -> None:
    base, _, _, reasons = FAMILIES[family]
    kind = kinds(base)[name]
    declared = set(kind.model_fields) - {"type"} - getattr(kind, "NOT_KERAS", frozenset())
    assert declared <= set(signature(family, name))
    assert declared.isdisjoint(reasons)
    assert set(signature(family, name)) - declared - set(reasons) == set()


@pytest.mark.parametrize(("family", "name"), KINDS)
def test_defaults_are_keras_own(family: str, name: str) -> None:
    kind = kinds(FAMILIES[family][0])[name]
    for argument, parameter in signature(family, name).items():
        field = kind.model_fields.get(argument)
        if field is None or (name, argument) in REQUIRED_HERE:
            continue
        if family == "metrics" and argument == "name":
            assert parameter.default in {None, kind.CALLED}
        elif parameter.default is inspect.Parameter.empty:
            assert field.is_required(), argument
        else:
            assert field.get_default(call_default_factory=True) == parameter.default, argument


def test_every_string_for_an_optimizer() -> None:
    assert {name.lower() for name in OPTIMIZER_NAMES} | {name.lower() for name in left_out.LEFT_OUT_OPTIMIZERS} == set(
        KERAS_OPTIMIZER_NAMES
    )
    for name, kind in OPTIMIZER_NAMES.items():
        assert type(keras.optimizers.get(name)).__name__ == kind.__name__


def test_every_string_for_a_loss() -> None:
    assert set(LOSS_NAMES) | set(left_out.LEFT_OUT_LOSSES) >= set(KERAS_LOSS_NAMES)
    for name, kind in LOSS_NAMES.items():
        meant = keras.losses.get(name)
        if isinstance(meant, keras.losses.Loss):
            assert type(meant).__name__ == kind.__name__
        else:
            assert getattr(keras.losses, kind.__name__)().fn is meant


def test_every_string_for_a_metric() -> None:
    known = {*METRIC_NAMES, *CHOSEN_BY_SHAPE, *SPELLED_OUT, *left_out.LEFT_OUT_METRICS}
    assert known >= set(KERAS_METRIC_NAMES)
    for name, kind in METRIC_NAMES.items():
        assert type(keras.metrics.get(name)).__name__ == kind.__name__
