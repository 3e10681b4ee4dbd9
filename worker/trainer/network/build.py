"""From what a spec declares to Keras's objects: by the allow-list of declared classes, never by a deserializer."""

import inspect
import random
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR

from spec.language.declared import Declared
from spec.layers.attention import Attending
from spec.layers.base import INPUT, Layer
from spec.layers.wrappers import without_cudnn
from spec.metrics import Metric
from spec.networks.constraints import Constraint
from spec.networks.inference import InputShapes, infer
from spec.networks.initializers import Initializer
from spec.networks.networks import NetworkSpec
from spec.networks.regularizers import Regularizer
from spec.training.callbacks import Callback
from spec.training.losses import Loss
from spec.training.optimizers import Optimizer, optimizer_of
from spec.training.schedules import OneCycle, Schedule
from spec.training.training import TrainingSpec
from spec.training.weight_decay import NamedVariable, is_meant
from worker.trainer import callbacks as own_callbacks
from worker.trainer.network import deep_softmax, own_layers, strided_kernels
from worker.trainer.network.layerwise_rates import layerwise
from worker.trainer.network.precision import scaled
from worker.trainer.untyped import KerasObject, Model, Tensor

FAMILIES: dict[type[Declared], tuple[Any, ...]] = {
    Layer: (own_layers, keras.layers),
    Initializer: (keras.initializers,),
    Regularizer: (keras.regularizers,),
    Constraint: (keras.constraints,),
    Optimizer: (keras.optimizers,),
    Schedule: (keras.optimizers.schedules,),
    Loss: (keras.losses,),
    Metric: (keras.metrics,),
    Callback: (own_callbacks, keras.callbacks),
}
"""Where Keras keeps the classes of each family; ahead of it, those of the service's own."""


class NotDeclared(Exception):
    """Something of no family: the spec's language and this module have come apart."""


def keras_class(kind: type[Declared]) -> Any:  # noqa: ANN401 (one of Keras's classes)
    """The Keras class that a declared class stands for.

    Raises:
        NotDeclared: If it belongs to no family.
    """
    name = kind.model_fields["type"].default
    for family, modules in FAMILIES.items():
        if issubclass(kind, family):
            return getattr(next((one for one in modules if hasattr(one, name)), modules[-1]), name)
    raise NotDeclared(kind.__name__)


def made(declared: Declared) -> KerasObject:
    """The Keras object that a declaration stands for.

    Nested declarations are made first, in the order of the Keras constructor's arguments: where they draw seeds,
    they draw them as they would in code that names the arguments in that order. Strings are passed on as strings.
    """
    arguments = declared.arguments()
    rank = {name: place for place, name in enumerate(_parameters(type(declared)))}
    names = sorted(arguments, key=lambda name: rank.get(name, len(rank)))
    return keras_class(type(declared))(**{name: _value(arguments[name]) for name in names})


@cache
def _parameters(kind: type[Declared]) -> tuple[str, ...]:
    return tuple(inspect.signature(keras_class(kind).__init__).parameters)


def _value(value: object) -> object:
    if isinstance(value, Declared):
        return made(value)
    if isinstance(value, tuple | list):
        members: Sequence[object] = value
        return type(value)(_value(member) for member in members)
    return value


def build_network(network: NetworkSpec, shapes: InputShapes, seed: int) -> Model:
    """The network as after ``keras.utils.set_random_seed(seed)``, its layers made in the order of the spec.

    Args:
        network: With the defaults already in its layers.
        shapes: Of one row; or of each of several inputs by their names, in order.
        seed: 0 … 2**32 - 1.

    Returns:
        A Sequential where no layer says ``inputs`` or needs a graph, else a functional model, in which each layer is
        made when it is called, as in code that writes one layer a line; either built, not compiled. Several inputs are
        a list, as in Keras's guides: `fit` and `predict` take arrays by the names of the inputs, and in their order. A
        dictionary would be sorted.
    """
    strided_kernels.install()
    deep_softmax.install()
    _set_random_seed(seed)
    if isinstance(shapes, Mapping):
        inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    else:
        inputs = {INPUT: keras.Input(shapes)}
    first, *others = inputs.values()
    specs = _as_made(network, shapes)
    if all(layer.inputs is None and not layer.NEEDS_GRAPH for layer in specs):
        layers = [made(layer) for layer in specs]
        return _held(keras.Sequential([first, *layers]), specs, layers)
    tensors = dict(inputs)
    layers: list[KerasObject] = []
    previous = first
    for spec in specs:
        layer = made(spec)
        layers.append(layer)
        read = [previous] if spec.inputs is None else [tensors[name] for name in spec.inputs]
        previous = _called(layer, spec, read)
        tensors[layer.name] = previous
    return _held(keras.Model([first, *others] if others else first, previous), specs, layers)


def _as_made(network: NetworkSpec, shapes: InputShapes) -> list[Layer]:
    """The layers as Keras makes them: those that a mask comes to without NVIDIA's kernels, unless these were said."""
    masks = infer(network, shapes).masks
    return [
        without_cudnn(layer) if masked.role == "used" else layer
        for layer, masked in zip(network.layers, masks, strict=True)
    ]


def _held(model: Model, specs: Sequence[Layer], layers: Sequence[KerasObject]) -> Model:
    """The model, whose layers that are not trained hold still as a whole.

    Keras 3.15 hands `trainable` on to the layers within a layer that are there when it is set, but neither to those
    that a wrapper is given nor to those that come when it is called: they would be trained all the same.
    """
    for layer, spec in zip(layers, specs, strict=True):
        if not spec.trainable:
            # It is told to none of them where it is the same as before.
            layer.trainable = True
            layer.trainable = False
    return model


def _called(layer: KerasObject, spec: Layer, read: Sequence[Tensor]) -> Tensor:
    """What a layer makes of its inputs, handed over as its Keras class takes them."""
    if isinstance(spec, Attending):
        asked = list(read) if len(read) > 1 else [*read, *read]
        return layer(*([asked] if spec.ARE_INPUTS_LISTED else asked), **spec.call_arguments())
    return layer(read if spec.MOST_INPUTS != 1 else read[0])


def _set_random_seed(seed: int) -> None:
    """As ``keras.utils.set_random_seed``, but for TensorFlow's own generators, which nothing that is built draws from.

    To seed them would drop every compiled function that the process has ready.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (the state that Keras seeds)
    global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, None)


def build_optimizer(model: Model, training: TrainingSpec) -> KerasObject:
    """The optimizer; where a schedule is not Keras's own, by step, it begins with the schedule's first rate."""
    optimizer = optimizer_of(training.optimizer)
    schedule = optimizer.schedule
    if schedule is not None and not is_by_step(schedule):
        optimizer = optimizer.model_copy(update={"learning_rate": schedule.rate(0, total_steps=1)})

    def built(optimizer: Optimizer) -> KerasObject:
        keras_optimizer = made(optimizer)
        if optimizer.exclude_from_weight_decay is not None:
            spared = spared_variables(model, optimizer.exclude_from_weight_decay)
            keras_optimizer.exclude_from_weight_decay(var_list=spared)
        return keras_optimizer

    multipliers = training.learning_rate_multipliers
    return layerwise(model, optimizer, multipliers, built) if multipliers else built(optimizer)


def spared_variables(model: Model, words: Sequence[str]) -> list[KerasObject]:
    """The variables of a model that weight decay spares, by the words of `spec.training.weight_decay`."""
    return [
        variable
        for layer in model.layers
        for variable in layer.trainable_variables
        if any(
            is_meant(word, NamedVariable(type(getattr(layer, "layer", layer)).__name__, layer.name, variable.name))
            for word in words
        )
    ]


def is_by_step(schedule: Schedule) -> bool:
    """Whether Keras's optimizers follow the schedule by themselves."""
    return schedule.unit == "step" and not isinstance(schedule, OneCycle)


def build_callbacks(training: TrainingSpec, first_epoch: int = 0) -> list[KerasObject]:
    """The spec's callbacks in its order, after the one that sets each epoch's rate where a schedule asks for it.

    Args:
        training: What they are for.
        first_epoch: How many epochs had ended when it began: its schedule counts on from there.
    """
    schedule = optimizer_of(training.optimizer).schedule
    callbacks = [made(callback) for callback in training.callbacks]
    if schedule is None or isinstance(schedule, OneCycle) or is_by_step(schedule):
        return callbacks
    by_epoch = made(schedule)
    return [keras.callbacks.LearningRateScheduler(lambda epoch: float(by_epoch(epoch - first_epoch))), *callbacks]


def freeze(model: Model, network: NetworkSpec, names: Sequence[str]) -> None:
    """Have a model that is built train the layers that a network says, and no others; it must be compiled after it.

    Args:
        model: Of `build_network`, of a network that differs in nothing else.
        network: Says of each layer whether it is trained.
        names: Of the network's layers, as Keras names them.
    """
    is_trained = {name: layer.trainable for name, layer in zip(names, network.layers, strict=True)}
    for layer in model.layers:
        # The input of the network is one of Keras's layers, and none of the spec's.
        layer.trainable = is_trained.get(layer.name, layer.trainable)


def compile_model(model: Model, training: TrainingSpec) -> None:
    """Give the model its optimizer, loss and metrics.

    Left to Keras, XLA compiles all of a network on a GPU until a layer is added that it cannot compile, and then none
    of it, with other numbers. So it is never used.
    """
    model.compile(
        optimizer=scaled(build_optimizer(model, training), model),
        loss=_value(training.loss),
        metrics=[_value(metric) for metric in training.metrics],
        weighted_metrics=[_value(metric) for metric in training.weighted_metrics],
        jit_compile=False,
    )
