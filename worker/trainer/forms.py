"""What of a spec is compiled into its training program; jobs that agree in it can share one.

Left out is what a program reads from variables when it runs (weights and so their initializers, seeds, the rate of
learning, strengths of regularization, rates of dropout) and what never enters it (epochs, callbacks).
"""

import json
from collections.abc import Sequence
from typing import Any

from spec.declared import Declared
from spec.layers.base import Layer
from spec.networks import NetworkSpec
from spec.optimizers import optimizer_of
from spec.regularizers import L1, L1L2, L2, regularizer_of
from spec.schedules import OneCycle
from spec.training import TrainingSpec
from worker.trainer.build import is_by_step
from worker.trainer.hyperparameters import SHARED_RATES

_ANY = "any"


def form_of(network: NetworkSpec, training: TrainingSpec) -> str:
    """Equal for two specs whose programs are equal, on rows of the same kind (JSON)."""
    optimizer = optimizer_of(training.optimizer)
    told = _told(optimizer)
    schedule = optimizer.schedule
    if schedule is None or not (is_by_step(schedule) or isinstance(schedule, OneCycle)):
        told["learning_rate"] = _ANY
    form = {
        "layers": [_told(layer) for layer in network.layers],
        "optimizer": told,
        "loss": _value(training.loss),
        "metrics": [_value(metric) for metric in training.metrics],
        "batch_size": training.batch_size,
    }
    return json.dumps(form, sort_keys=True)


def _told(declared: Declared) -> dict[str, Any]:
    told = {name: _field(declared, name) for name in type(declared).model_fields}
    return {name: value for name, value in told.items() if value is not _LEFT_OUT}


_LEFT_OUT = object()


def _field(declared: Declared, name: str) -> object:
    value = getattr(declared, name)
    if isinstance(declared, Layer) and (name == "seed" or name.endswith("_initializer")):
        return _LEFT_OUT
    if name == "rate" and declared.type in SHARED_RATES:
        return _ANY if 0 < value < 1 else value
    if name.endswith("_regularizer") and value is not None:
        value = regularizer_of(value)
    if isinstance(declared, L1 | L2 | L1L2) and name in ("l1", "l2"):
        return _ANY if value else value
    return _value(value)


def _value(value: object) -> object:
    if isinstance(value, Declared):
        return _told(value)
    if isinstance(value, list | tuple):
        members: Sequence[object] = value
        return [_value(member) for member in members]
    return value
