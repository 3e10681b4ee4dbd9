"""The weights that a training leaves, however it ended."""

from pathlib import Path

from worker.trainer.checkpoints.files import Snapshot
from worker.trainer.checkpoints.state import TrainingState
from worker.trainer.untyped import Tensor
from worker.trainer.weights.best import weights_of
from worker.trainer.weights.keys import STATE, layer_kinds, weight_keys
from worker.trainer.weights.leaving import SavedWeights, known_best, save_arrays
from worker.trainer.weights.state_arrays import state_arrays


def save_weights(state: TrainingState, snapshot: Snapshot | None, folder: Path) -> SavedWeights:
    """Save the weights of this moment, with what is needed to go on, and those of the best epoch where they differ.

    Args:
        state: Of the training.
        snapshot: Its state at its end, ahead of what was done to the weights then; None where it broke off within a
            step, and nobody can go on.
        folder: Where to.

    Raises:
        OSError: The disk is full; nothing is left of the file that could not be written.
    """
    weights = dict(zip(weight_keys(state.model), weights_of(state.model), strict=True))
    others = _states_of(state) if snapshot is None else state_arrays(state.names, snapshot, weights)
    best = known_best(state.course.rows, state.course.best)
    return save_arrays(weights, others, best, layer_kinds(state.model), folder)


def _states_of(state: TrainingState) -> dict[str, Tensor]:
    """All variables but the weights, as they are."""
    pairs = zip(state.names.keys, state.capture().arrays, strict=False)
    return {key: array for key, array in pairs if key.startswith(STATE)}
