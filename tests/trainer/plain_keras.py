"""Jobs as a user would write them at home: Keras's classes by name, ``compile``, ``fit``. Nothing of the service."""

import math
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
Features: TypeAlias = np.ndarray | dict[str, np.ndarray]
Rows: TypeAlias = tuple[Features, np.ndarray] | tuple[Features, np.ndarray, np.ndarray]
"""Features (of several inputs, by their names), targets and perhaps weights, as `fit` takes them."""
Augment: TypeAlias = Sequence[Spec] | dict[str, Sequence[Spec]]
"""Layers that augment; of several inputs, by their names."""
Shape: TypeAlias = tuple[int, ...]

_MODULES = (
    keras.layers,
    keras.initializers,
    keras.regularizers,
    keras.constraints,
    keras.optimizers,
    keras.optimizers.schedules,
)


_NO_ARGUMENTS = {"type", "inputs", "unit", "use_causal_mask"}
"""Of a specification, what no constructor takes."""


class PositionEmbedding:
    """A vector for each position, from Keras's layers: one that normalizes zeros gives its shift, masks and all."""

    def __init__(
        self,
        embeddings_initializer: object = "uniform",
        embeddings_regularizer: object = None,
        embeddings_constraint: object = None,
        activity_regularizer: object = None,
        *,
        name: str = "position_embedding",
    ) -> None:
        governing = (embeddings_initializer, embeddings_regularizer, embeddings_constraint)
        fields = ("beta_initializer", "beta_regularizer", "beta_constraint")
        self.name = name
        self._zeros = keras.layers.ReLU(max_value=0.0)
        self._shift = keras.layers.LayerNormalization(
            axis=(1, 2), scale=False, **dict(zip(fields, governing, strict=True))
        )
        self._sum = keras.layers.Add(activity_regularizer=activity_regularizer)

    def __call__(self, tensor: KerasObject) -> KerasObject:
        return self._sum([tensor, self._shift(self._zeros(tensor))])


class SinePositionEncoding:
    """Sines and cosines of the positions, added up by hand."""

    def __init__(self, max_wavelength: float = 10000.0, name: str = "sine_position_encoding") -> None:
        self.name = name
        self._max_wavelength = max_wavelength

    def __call__(self, tensor: KerasObject) -> KerasObject:
        _, steps, features = tensor.shape
        table = np.zeros((steps, features))
        for step in range(steps):
            for column in range(features):
                angle = step / self._max_wavelength ** ((column - column % 2) / features)
                table[step, column] = math.cos(angle) if column % 2 else math.sin(angle)
        return keras.layers.Rescaling(1.0, table.astype("float32"))(tensor)


POSITIONS: dict[str, Any] = {one.__name__: one for one in (PositionEmbedding, SinePositionEncoding)}
"""What Keras has no class for."""


def instance(spec: object, *modules: ModuleType) -> KerasObject:
    """What ``{"type": name, **arguments}`` says; anything else is passed on, a dictionary without a type too."""
    if not isinstance(spec, dict) or "type" not in spec:
        return spec
    arguments = {name: instance(value) for name, value in spec.items() if name not in _NO_ARGUMENTS}
    if spec["type"] in POSITIONS:
        return POSITIONS[spec["type"]](**arguments)
    module = next(module for module in modules or _MODULES if hasattr(module, spec["type"]))
    return getattr(module, spec["type"])(**arguments)


def shapes_of(rows: Rows) -> Shape | dict[str, Shape]:
    """Of one row."""
    features = rows[0]
    if isinstance(features, dict):
        return {name: array.shape[1:] for name, array in features.items()}
    return features.shape[1:]


def network(
    layers: list[Spec], input_shape: Shape | dict[str, Shape], seed: int, precision: str = "float32"
) -> keras.Model:
    """The network of a spec without defaults; to be made after `clear_session`, so that names begin anew.

    A list of layers, or one line a layer, as the guides have it. The precision stays set, as it does at home.
    """
    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(seed)
    if isinstance(input_shape, dict):
        inputs = [keras.Input(shape, name=name) for name, shape in input_shape.items()]
        return keras.Model(inputs, _output(layers, {one.name: one for one in inputs}))
    if not any("inputs" in layer or layer["type"] in {*ATTENTION, *POSITIONS} for layer in layers):
        return keras.Sequential([keras.Input(input_shape), *map(instance, layers)])
    first = keras.Input(input_shape)
    return keras.Model(first, _output(layers, {"input": first}))


def augmented(model: keras.Model, augment: Augment, input_shape: Shape | dict[str, Shape]) -> keras.Model:
    """A network behind layers that augment, as one model; grey pictures get an axis of channels, and lose it again."""
    if isinstance(input_shape, dict):
        inputs = [keras.Input(shape, name=name) for name, shape in input_shape.items()]
        assert isinstance(augment, dict)
        made = {name: keras.Sequential([instance(layer) for layer in layers]) for name, layers in augment.items()}
        return keras.Model(inputs, model([made[one.name](one) if one.name in made else one for one in inputs]))
    layers = [instance(layer) for layer in augment]
    if len(input_shape) == 2:
        layers = [keras.layers.Reshape((*input_shape, 1)), *layers, keras.layers.Reshape(input_shape)]
    return keras.Sequential([keras.Input(input_shape), *layers, model])


def _output(layers: list[Spec], tensors: dict[str, KerasObject]) -> KerasObject:
    tensor = next(iter(tensors.values()))
    for spec in layers:
        layer = instance(spec)
        read = [tensors[name] for name in spec.get("inputs", [])] or [tensor]
        tensor = called(layer, spec, read)
        tensors[layer.name] = tensor
    return tensor


ATTENTION = ("MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention")


def called(layer: KerasObject, spec: Spec, read: list[KerasObject]) -> KerasObject:
    """What a layer makes of its inputs; layers of attention attend to what they read, where they read one thing."""
    if spec["type"] not in ATTENTION:
        return layer(read if len(read) > 1 else read[0])
    more = {name: spec[name] for name in ("use_causal_mask",) if name in spec}
    both = read if len(read) > 1 else [*read, *read]
    return layer(*both, **more) if spec["type"].startswith(("Multi", "Group")) else layer(both, **more)


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
    layers: list[Spec],
    training: Spec,
    input_shape: Shape | dict[str, Shape],
    devices: Sequence[str] = (),
    augment: Augment = (),
) -> keras.Model:
    """The network with its optimizer, loss and metrics; made on several devices, where they are said.

    Behind layers that augment, it is one model with these.
    """
    # Within a strategy's scope it would take the strategy's own stack along.
    keras.backend.clear_session(free_memory=False)
    with mirrored(tuple(devices)).scope() if devices else nullcontext():
        model = network(layers, input_shape, training["seed"], training.get("precision", "float32"))
        model = augmented(model, augment, input_shape) if augment else model
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
    rows: Rows,
    validation: Rows | None,
    callbacks: list[Any] | None = None,
) -> list[dict[str, float]]:
    """Every epoch's logs. Shuffled rows are put in the promised order, one call of ``fit`` an epoch."""
    features, target, *weights = rows
    shared = {"batch_size": training["batch_size"], "shuffle": False, "verbose": 0, "validation_data": validation}
    if training.get("class_weight") == "balanced":
        present = np.unique(target)
        balanced = compute_class_weight("balanced", classes=present, y=target)
        shared["class_weight"] = dict(zip(present.tolist(), balanced.tolist(), strict=True))
    elif training.get("class_weight"):
        shared["class_weight"] = {int(number): weight for number, weight in training["class_weight"].items()}
    epochs = training["epochs"]
    if not training["shuffle"]:
        of_rows = {"sample_weight": weights[0]} if weights else {}
        history = model.fit(features, target, epochs=epochs, callbacks=callbacks, **of_rows, **shared).history
        return [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
    logs: list[dict[str, float]] = []
    for epoch in range(epochs):
        order = np.random.default_rng([training["seed"], epoch]).permutation(len(target))
        placed = (
            {name: array[order] for name, array in features.items()} if isinstance(features, dict) else features[order]
        )
        of_rows = {"sample_weight": weights[0][order]} if weights else {}
        history = model.fit(
            placed, target[order], initial_epoch=epoch, epochs=epoch + 1, callbacks=callbacks, **of_rows, **shared
        ).history
        logs.append({name: values[0] for name, values in history.items()})
    return logs
