"""What of a spec is compiled into its training program; jobs that agree in it can share one.

Left out is what a program reads from variables when it runs (weights and so their initializers, seeds, the rate of
learning, strengths of regularization, rates of dropout) and what never enters it (epochs, callbacks).
"""

import json
from collections.abc import Sequence
from typing import Any

from spec.datasets.augmentation import Augmenting
from spec.language.declared import Section
from spec.layers.base import Layer
from spec.networks.networks import NetworkSpec
from spec.networks.regularizers import L1, L1L2, L2, regularizer_of
from spec.training.learning_rate_multipliers import multiplier_of
from spec.training.optimizers import optimizer_of
from spec.training.schedules import OneCycle
from spec.training.training import TrainingSpec
from worker.trainer.compilation.hyperparameters import SHARED_RATES
from worker.trainer.network.build import is_by_step

_ANY = "any"


def form_of(
    network: NetworkSpec,
    training: TrainingSpec,
    names: Sequence[str],
    inputs: Sequence[str] = (),
    augmenting: Augmenting = (),
) -> str:
    """Equal for two specs whose programs are equal, on rows of the same kind (JSON).

    Under mixed precision nothing of a layer is read from a variable but its weights, unless it computes in float32.

    Args:
        network: As it is trained.
        training: How.
        names: Of the network's layers, as Keras names them.
        inputs: The names of its inputs, in order, where they have some: rows come without them.
        augmenting: What augments the batches of each input. It reads nothing from variables but its generators.
    """
    is_exact = training.precision == "float32"
    optimizer = optimizer_of(training.optimizer)
    told = _told(optimizer)
    schedule = optimizer.schedule
    if schedule is None or not (is_by_step(schedule) or isinstance(schedule, OneCycle)):
        told["learning_rate"] = _ANY
    form = {
        "inputs": list(inputs),
        "augment": [[_told(layer) for layer in of_input] for of_input in augmenting],
        "layers": [_told(layer, is_exact=is_exact or layer.dtype == "float32") for layer in network.layers],
        "optimizer": told,
        "loss": _value(training.loss),
        "metrics": [_value(metric) for metric in training.metrics],
        "weighted_metrics": [_value(metric) for metric in training.weighted_metrics],
        "batch_size": training.batch_size,
        "precision": training.precision,
        "factors": [multiplier_of(training.learning_rate_multipliers, name) for name in names]
        if training.learning_rate_multipliers
        else [],
    }
    return json.dumps(form, sort_keys=True)


_LEFT_OUT = object()


def _told(declared: Section, *, is_exact: bool = False) -> dict[str, Any]:
    told = {name: _field(declared, name, is_exact=is_exact) for name in type(declared).model_fields}
    return {name: value for name, value in told.items() if value is not _LEFT_OUT}


def _field(declared: Section, name: str, *, is_exact: bool) -> object:
    value = getattr(declared, name)
    if isinstance(declared, Layer) and (name == "seed" or name.endswith("_initializer")):
        return _LEFT_OUT
    if isinstance(declared, Layer) and isinstance(value, Layer):
        # The layer that holds another may compute in float32 alone.
        return _told(value, is_exact=is_exact and (declared.dtype is None or value.dtype is not None))
    if is_exact and name == "rate" and isinstance(declared, Layer) and declared.type in SHARED_RATES:
        return _ANY if 0 < value < 1 else value
    if name.endswith("_regularizer") and value is not None:
        value = regularizer_of(value)
    if is_exact and isinstance(declared, L1 | L2 | L1L2) and name in ("l1", "l2"):
        return _ANY if value else value
    return _value(value, is_exact=is_exact)


def _value(value: object, *, is_exact: bool = False) -> object:
    if isinstance(value, Section):
        return _told(value, is_exact=is_exact)
    if isinstance(value, list | tuple):
        members: Sequence[object] = value
        return [_value(member, is_exact=is_exact) for member in members]
    return value
