"""Jobs as a user would write them at home: Keras's classes by name, ``compile``, ``fit``. Nothing of the service."""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from types import ModuleType
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf
from sklearn.utils.class_weight import compute_class_weight

Spec: TypeAlias = dict[str, Any]
KerasObject: TypeAlias = Any

_MODULES = (
    keras.layers,
    keras.initializers,
    keras.regularizers,
    keras.constraints,
    keras.optimizers,
    keras.optimizers.schedules,
)


def instance(spec: object, *modules: ModuleType) -> KerasObject:
    """What ``{"type": name, **arguments}`` says; anything else is passed on, a dictionary without a type too."""
    if not isinstance(spec, dict) or "type" not in spec:
        return spec
    arguments = {name: instance(value) for name, value in spec.items() if name not in {"type", "inputs", "unit"}}
    module = next(module for module in modules or _MODULES if hasattr(module, spec["type"]))
    return getattr(module, spec["type"])(**arguments)


def network(layers: list[Spec], input_shape: tuple[int, ...], seed: int, precision: str = "float32") -> keras.Model:
    """The network of a spec without defaults; to be made after `clear_session`, so that names begin anew.

    The precision stays set, as it does at home.
    """
    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(seed)
    made = [instance(layer) for layer in layers]
    if not any("inputs" in layer for layer in layers):
        return keras.Sequential([keras.Input(input_shape), *made])
    first = tensor = keras.Input(input_shape)
    tensors = {"input": first}
    for spec, layer in zip(layers, made, strict=True):
        read = [tensors[name] for name in spec.get("inputs", [])] or [tensor]
        tensor = layer(read if len(read) > 1 else read[0])
        tensors[layer.name] = tensor
    return keras.Model(first, tensor)


def optimizer(model: keras.Model, said: Spec | str) -> KerasObject:
    """The optimizer; ``exclude_from_weight_decay`` holds paths of variables here, as ``dense/kernel``."""
    if isinstance(said, str):
        return said
    made = instance({name: value for name, value in said.items() if name != "exclude_from_weight_decay"})
    if "exclude_from_weight_decay" in said:
        spared = set(said["exclude_from_weight_decay"])
        made.exclude_from_weight_decay(
            [variable for variable in model.variables if variable.path.removeprefix("sequential/") in spared]
        )
    return made


@cache
def mirrored(devices: tuple[str, ...]) -> tf.distribute.Strategy:
    """The strategy as TensorFlow makes it; one for all, since a second would take the first one's sums for its own."""
    return tf.distribute.MirroredStrategy(list(devices))


def compiled(
    layers: list[Spec], training: Spec, input_shape: tuple[int, ...], devices: Sequence[str] = ()
) -> keras.Model:
    """The network with its optimizer, loss and metrics; made on several devices, where they are said."""
    # Within a strategy's scope it would take the strategy's own stack along.
    keras.backend.clear_session(free_memory=False)
    with mirrored(tuple(devices)).scope() if devices else nullcontext():
        model = network(layers, input_shape, training["seed"], training.get("precision", "float32"))
        model.compile(
            optimizer=optimizer(model, training.get("optimizer", {"type": "SGD", "learning_rate": 0.05})),
            loss=instance(training["loss"], keras.losses),
            metrics=[instance(metric, keras.metrics) for metric in training.get("metrics", [])],
            weighted_metrics=[instance(metric, keras.metrics) for metric in training.get("weighted_metrics", [])],
        )
    return model


def fit(
    model: keras.Model,
    training: Spec,
    rows: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray] | None,
    callbacks: list[Any] | None = None,
) -> list[dict[str, float]]:
    """Every epoch's logs. Shuffled rows are put in the promised order, one call of ``fit`` an epoch."""
    features, target = rows
    shared = {"batch_size": training["batch_size"], "shuffle": False, "verbose": 0, "validation_data": validation}
    if training.get("class_weight") == "balanced":
        present = np.unique(target)
        weights = compute_class_weight("balanced", classes=present, y=target)
        shared["class_weight"] = dict(zip(present.tolist(), weights.tolist(), strict=True))
    elif training.get("class_weight"):
        shared["class_weight"] = {int(number): weight for number, weight in training["class_weight"].items()}
    epochs = training["epochs"]
    if not training["shuffle"]:
        history = model.fit(features, target, epochs=epochs, callbacks=callbacks, **shared).history
        return [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
    logs: list[dict[str, float]] = []
    for epoch in range(epochs):
        order = np.random.default_rng([training["seed"], epoch]).permutation(len(features))
        history = model.fit(
            features[order], target[order], initial_epoch=epoch, epochs=epoch + 1, callbacks=callbacks, **shared
        ).history
        logs.append({name: values[0] for name, values in history.items()})
    return logs
