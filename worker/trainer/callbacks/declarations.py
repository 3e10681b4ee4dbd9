"""From Keras's callbacks back to what declares them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import keras

from spec.language.declared import kinds
from spec.training.callbacks import Callback
from spec.training.training import TrainingSpec
from worker.trainer.network.build import NotDeclared, keras_class
from worker.trainer.untyped import KerasObject


@cache
def declarations() -> Mapping[type, type[Callback]]:
    """The class of every callback that a spec can have -> what declares it."""
    return {keras_class(kind): kind for kind in kinds(Callback).values()}


def kept_names(callback: KerasObject) -> tuple[str, ...]:
    """The attributes of a callback that a checkpoint keeps.

    Raises:
        NotDeclared: Nothing declares it.
    """
    if type(callback) is keras.callbacks.LearningRateScheduler:
        return ()  # made for a schedule: its function is of the spec, and the rate is a variable
    declared = declarations().get(type(callback))
    if declared is None:
        raise NotDeclared(type(callback).__name__)
    return declared.STATE


def kept(callback: KerasObject) -> dict[str, Any]:
    """What a callback remembers, by attribute."""
    return {name: getattr(callback, name) for name in kept_names(callback)}


def declared_with(training: TrainingSpec, callbacks: Sequence[KerasObject]) -> Iterator[tuple[Callback, KerasObject]]:
    """Each callback of a spec with the one that `worker.trainer.network.build.build_callbacks` made of it."""
    own = callbacks[len(callbacks) - len(training.callbacks) :]
    return zip(training.callbacks, own, strict=True)
