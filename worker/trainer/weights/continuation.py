"""A training that goes on where another one ended: its state in the file of weights, beside the weights themselves."""

import json
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from spec.training.optimizers import optimizer_of
from spec.training.training import TrainingSpec
from worker.trainer.checkpoints.files import CallbackState, Header, Snapshot, form_of
from worker.trainer.checkpoints.state import TrainingState
from worker.trainer.untyped import Array, Tensor
from worker.trainer.weights.files import WeightsFile, WeightsRefused
from worker.trainer.weights.keys import STATE, weight_keys

_STATE = f"{STATE}state"
_EPOCHS = f"{STATE}epochs"
_SCHEDULED = "LearningRateScheduler"


class _Told(BaseModel):
    """What there is of a state beside its arrays.

    Attributes:
        header: As in a checkpoint, without the forms of its arrays, which the file tells itself.
        keys: The name in the file of each of its arrays.
        rate_places: Which of them are learning rates.
        learning_rate: As the optimizer has it in the spec.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: Header
    keys: list[str]
    rate_places: list[int]
    learning_rate: Any


def state_arrays(
    state: TrainingState, snapshot: Snapshot, weights: Mapping[str, Tensor], training: TrainingSpec
) -> dict[str, Array]:
    """The arrays that a file of weights has for those that go on from it, by name.

    An array that is the same as a weight of the file is not written once more.

    Args:
        state: Of the training.
        snapshot: Its state at its end.
        weights: Those that the file has, by name.
        training: Its spec.
    """
    entries = _Entries(weights)
    keys = state.keys()
    placed = [entries.place(key, array, "last") for key, array in zip(keys, snapshot.arrays, strict=False)]
    others = iter(snapshot.arrays[len(keys) :])
    of_weights = weight_keys(state.model)
    for index, callback in enumerate(snapshot.header.callbacks):
        for name, count in callback.arrays.items():
            group = f"callbacks/{index}/{name}"
            placed += [entries.place(key, next(others), group) for key in of_weights[:count]]
    placed += [entries.place(key, array, "best") for key, array in zip(of_weights, others, strict=False)]
    told = _Told(header=snapshot.header, keys=placed, rate_places=state.rate_places(), learning_rate=_rate_of(training))
    # Unlike pydantic's own JSON, this one keeps NaN and infinities.
    entries.added[_STATE] = np.frombuffer(json.dumps(told.model_dump()).encode(), np.uint8)
    entries.added[_EPOCHS] = np.frombuffer(snapshot.rows, np.uint8)
    return entries.added


class _Entries:
    """The arrays of a file beside its weights.

    Attributes:
        added: By name.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.added: dict[str, Array] = {}
        self._alike = {key: {key: np.asarray(weight)} for key, weight in weights.items()}

    def place(self, key: str, array: Array | Tensor, group: str) -> str:
        """Under which name an array is found, in its group unless it is there already.

        Args:
            key: Of a weight, or the name of what is none.
            array: What it is.
            group: The group of those that differ from the weight.
        """
        values, alike = np.asarray(array), self._alike.get(key)
        if alike is None:
            self.added[key] = values
            return key
        for name, other in alike.items():
            if is_same(values, other):
                return name
        name = f"{STATE}{group}/{key}"
        self.added[name] = alike[name] = values
        return name


class Continuation:
    """What a training goes on from.

    Args:
        file: The weights that it begins with.

    Raises:
        WeightsRefused: They are of a training that nobody can go on from: it broke off within a step.
    """

    def __init__(self, file: WeightsFile) -> None:
        self._file = file
        if _STATE not in file.names:
            raise WeightsRefused("They are of a training that broke off within a step, so it cannot be continued.")
        try:
            self._told = _Told.model_validate(json.loads(file.read(_STATE).tobytes()))
        except (ValueError, ValidationError) as error:
            raise WeightsRefused(f"It is damaged ({type(error).__name__}).") from error

    @property
    def epochs(self) -> int:
        """How many epochs had ended."""
        return self._told.header.epoch

    def give(self, state: TrainingState, training: TrainingSpec) -> None:
        """Bring a training that has not begun to where the other one ended, as from a checkpoint.

        Where it is said to have another learning rate, that is left as it is. What asked the other training to stop
        does not count: the callbacks will ask for it again, and a loss that was not finite says nothing of the weights.
        Nor does the time that the other one took.

        Args:
            state: Of the training.
            training: Its spec.

        Raises:
            WeightsRefused: It is not one that could go on from there.
            CheckpointRefused: Likewise.
        """
        here, told = state.capture(), self._told
        arrays = self._arrays(state, here, is_rate_kept=_rate_of(training) == told.learning_rate)
        others = iter([one for one in told.header.callbacks if one.kind != _SCHEDULED])
        callbacks: list[CallbackState] = [
            one if one.kind == _SCHEDULED else next(others, one) for one in here.header.callbacks
        ]
        header = told.header.model_copy(
            update={
                "identity": dict(state.identity),
                "is_to_stop": False,
                "non_finite_loss": None,
                "first_step_seconds": None,
                "evaluation_seconds": 0.0,
                "timings": dict.fromkeys(told.header.timings, 0.0),
                "callbacks": callbacks,
                "forms": [form_of(array) for array in arrays],
            }
        )
        state.restore(Snapshot(header, self._file.read(_EPOCHS).tobytes(), arrays))
        for callback in state.callbacks:
            if type(callback) is keras.callbacks.LearningRateScheduler:
                # It sets the rate as an epoch begins, and one may be under way.
                callback.on_epoch_begin(self.epochs)

    def _arrays(self, state: TrainingState, here: Snapshot, *, is_rate_kept: bool) -> list[Array]:
        told = self._told
        if is_rate_kept:
            return [self._file.read(key) for key in told.keys]
        keys = [key for place, key in enumerate(told.keys) if place not in told.rate_places]
        arrays = [self._file.read(key) for key in keys]
        for place in state.rate_places():
            arrays.insert(place, np.asarray(here.arrays[place]))
        return arrays


def _rate_of(training: TrainingSpec) -> Any:  # noqa: ANN401 (JSON)
    return optimizer_of(training.optimizer).model_dump(mode="json", include={"learning_rate"})["learning_rate"]


def is_same(one: Array, other: Array) -> bool:
    """Whether two arrays are equal to the bit."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return one.ctypes.data == other.ctypes.data or np.array_equal(_bytes_of(one), _bytes_of(other))


def _bytes_of(array: Array) -> Array:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
