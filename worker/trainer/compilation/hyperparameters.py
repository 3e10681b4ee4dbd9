"""Numbers of a network that its compiled program reads from variables rather than holds as constants.

Where a constant and a variable of the same value give the same bits: strengths of L1 and L2 regularization, rates of
dropout. TracedFunctions can then be shared by jobs that differ in them.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import keras
import tensorflow as tf

from worker.trainer.untyped import KerasObject, Model, Tensor

SHARED_RATES = frozenset({"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"})
"""Layers whose ``rate`` is such a number, by their type."""

_STRENGTHS = ("l1", "l2")
_EXACT = "float32"
"""The only type for which rounding to the variable's type is all the rounding that a constant undergoes."""


class _Variable(float):
    """A number that is read from a variable wherever it becomes a tensor."""

    variable: tf.Variable

    @classmethod
    def of(cls, value: float) -> Self:
        number = cls(value)
        number.variable = tf.Variable(tf.constant(value, tf.float32), trainable=False)
        return number

    def __tf_tensor__(self, dtype: tf.DType | None = None, name: str | None = None) -> Tensor:
        """The tensor, for TensorFlow."""
        return tf.cast(tf.convert_to_tensor(self.variable, name=name), dtype or tf.float32)


class _Rate(_Variable):
    """A rate of dropout.

    What is kept is multiplied by ``1 / (1 - rate)``. TensorFlow computes that in Python while it traces, in double
    precision: another variable.
    """

    kept: "_Kept"

    @classmethod
    def of(cls, value: float) -> Self:
        number = super().of(value)
        number.kept = _Kept(1 - value)
        number.kept.inverse = _Variable.of(1 / (1 - value))
        return number

    def __rsub__(self, other: float) -> float:
        return self.kept if other == 1 else other - float(self)


class _Kept(float):
    """The share that dropout keeps."""

    inverse: _Variable

    def __rtruediv__(self, other: float) -> float:
        return self.inverse if other == 1 else other / float(self)


@dataclass(frozen=True)
class _Place:
    owner: KerasObject
    name: str
    value: object
    number: _Variable

    @property
    def variables(self) -> list[tf.Variable]:
        inverse = [self.number.kept.inverse.variable] if isinstance(self.number, _Rate) else []
        return [self.number.variable, *inverse]


class Hyperparameters:
    """The numbers of one model.

    Attributes:
        variables: Theirs, in the order of the model's layers.
    """

    def __init__(self, model: Model) -> None:
        self._places = _places_of(model)
        self.variables: list[KerasObject] = [variable for place in self._places for variable in place.variables]

    @contextmanager
    def as_variables(self) -> Generator[None]:
        """What is traced meanwhile reads them from the variables."""
        for place in self._places:
            setattr(place.owner, place.name, place.number)
        try:
            yield
        finally:
            for place in self._places:
                setattr(place.owner, place.name, place.value)


def _places_of(model: Model) -> list[_Place]:
    places: list[_Place] = []
    known: set[int] = set()  # A layer has the penalties of the layers that it holds.
    for layer in model._flatten_layers(include_self=False):  # noqa: SLF001 (Keras has no public way to all of them)
        if layer.compute_dtype != _EXACT:
            continue
        if type(layer).__name__ in SHARED_RATES and 0 < layer.rate < 1:
            places.append(_Place(layer, "rate", layer.rate, _Rate.of(layer.rate)))
        penalties = [layer.activity_regularizer, *(variable.regularizer for variable in layer.trainable_variables)]
        for penalty in penalties:
            is_strong = isinstance(penalty, keras.regularizers.L1 | keras.regularizers.L2 | keras.regularizers.L1L2)
            if is_strong and id(penalty) not in known:
                known.add(id(penalty))
                places += _strengths_of(penalty)
    return places


def _strengths_of(penalty: KerasObject) -> list[_Place]:
    found = [(name, vars(penalty)[name]) for name in _STRENGTHS if name in vars(penalty)]
    return [_Place(penalty, name, value, _Variable.of(float(value))) for name, value in found if float(value) != 0]
