"""Layers with learning rates of their own: Keras's `MultiOptimizer`, whose optimizers go by one rate."""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import keras

from spec.training.learning_rate_multipliers import multiplier_of
from spec.training.optimizers import Optimizer
from worker.trainer.untyped import KerasObject, Model


class _Group(NamedTuple):
    """The layers of one factor, and their optimizer."""

    factor: float
    optimizer: KerasObject


class LayerwiseOptimizer(keras.optimizers.MultiOptimizer):
    """One optimizer for each factor, all of one kind; the rate of each is a multiple of one rate.

    Keras's own has no rate, which callbacks and schedules by epoch set, and which the metrics of an epoch tell.

    Args:
        plain: The optimizer of the layers that are not multiplied.
        groups: Paths of variables as a regular expression -> the factor, and the optimizer of those variables.
    """

    _members: list[_Group]

    def __init__(self, plain: KerasObject, groups: Mapping[str, tuple[float, KerasObject]]) -> None:
        by_path = {paths: optimizer for paths, (_, optimizer) in groups.items()}
        super().__init__(keras.optimizers.OptimizerMap(plain, by_path))
        # Past Keras's own way of setting attributes, which would take them for a part of the state.
        members = [_Group(1.0, plain), *(_Group(*group) for group in groups.values())]
        object.__setattr__(self, "_members", members)

    @property
    def groups(self) -> Sequence[KerasObject]:
        """The optimizers, that of the layers that are not multiplied first."""
        return [group.optimizer for group in self._members]

    @property
    def learning_rate(self) -> KerasObject:
        """The rate that the others are multiples of."""
        used = next((group for group in self._members if group.optimizer.built), self._members[0])
        rate = used.optimizer.learning_rate
        return rate if used.factor == 1 else rate / used.factor

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] (Keras's raises)
        for group in self._members:
            group.optimizer.learning_rate = value * group.factor


def layerwise(
    model: Model, optimizer: Optimizer, multipliers: Mapping[str, float], made: Callable[[Optimizer], KerasObject]
) -> LayerwiseOptimizer:
    """An optimizer for each factor.

    Args:
        model: Built.
        optimizer: What is said of all.
        multipliers: Names of layers -> factors.
        made: Makes the Keras optimizer.
    """
    layers: dict[float, list[str]] = {}
    for layer in model.layers:
        layers.setdefault(multiplier_of(multipliers, layer.name), []).append(layer.name)
    plain = made(optimizer)
    groups = {
        _paths_of(names, model): (factor, made(optimizer.multiplied(factor)))
        for factor, names in layers.items()
        if factor != 1
    }
    return LayerwiseOptimizer(plain, groups)


def _paths_of(names: Sequence[str], model: Model) -> str:
    """What all paths of these layers' variables match: in a Sequential, its own name stands before theirs.

    Another layer, or one that another holds, may be called like the model or like one of these: so nothing else may
    stand there, and nothing less.
    """
    ahead = f"{re.escape(model.name)}/" if isinstance(model, keras.Sequential) else ""
    return rf"{ahead}(?:{'|'.join(map(re.escape, names))})/.*"


def optimizers_of(optimizer: KerasObject) -> Sequence[KerasObject]:
    """The optimizers that hold what is kept of variables: those of the groups, or the optimizer itself."""
    return optimizer.groups if isinstance(optimizer, LayerwiseOptimizer) else [optimizer]


@contextmanager
def without_layerwise_optimizer(model: Model) -> Generator[None]:
    """Have a model seem not compiled, if its optimizer is one of several."""
    if not isinstance(model.optimizer, LayerwiseOptimizer):
        yield
        return
    optimizer = vars(model).pop("optimizer")
    model.compiled = False
    try:
        yield
    finally:
        model.compiled = True
        vars(model)["optimizer"] = optimizer
