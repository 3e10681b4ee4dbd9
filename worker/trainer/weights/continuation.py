"""A training that goes on where another one ended: its state in the file of weights, beside the weights themselves."""

import json

import keras
import numpy as np
from pydantic import ValidationError

from spec.training.training import TrainingSpec
from worker.trainer.checkpoints.files import CallbackState, Snapshot, form_of
from worker.trainer.checkpoints.state import TrainingState, rate_of
from worker.trainer.untyped import Array
from worker.trainer.weights.files import WeightsFile, WeightsRefused
from worker.trainer.weights.state_arrays import EPOCHS, TOLD, Told

_SCHEDULED = "LearningRateScheduler"


class Continuation:
    """What a training goes on from.

    Args:
        file: The weights that it begins with.

    Raises:
        WeightsRefused: They are of a training that nobody can go on from: it broke off within a step.
    """

    def __init__(self, file: WeightsFile) -> None:
        self._file = file
        if TOLD not in file.names:
            raise WeightsRefused("They are of a training that broke off within a step, so it cannot be continued.")
        try:
            self._told = Told.model_validate(json.loads(file.read(TOLD).tobytes()))
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
        arrays = self._arrays(state, here, is_rate_kept=rate_of(training) == told.learning_rate)
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
        state.restore(Snapshot(header, self._file.read(EPOCHS).tobytes(), arrays))
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
