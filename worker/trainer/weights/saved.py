"""The weights that a training leaves, however it ended."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spec.training.epoch_columns import LOSS, VALIDATION
from spec.training.training import TrainingSpec
from worker.messages import Artifact
from worker.trainer.checkpoints.files import Snapshot
from worker.trainer.checkpoints.state import TrainingState
from worker.trainer.results.course import BestEpoch, Course
from worker.trainer.results.outcome import best_row
from worker.trainer.untyped import Tensor
from worker.trainer.weights.best import weights_of
from worker.trainer.weights.continuation import is_same, state_arrays
from worker.trainer.weights.files import BEST_WEIGHTS, WEIGHTS, write
from worker.trainer.weights.keys import STATE, layer_kinds, weight_keys


@dataclass(frozen=True)
class SavedWeights:
    """What was saved.

    Attributes:
        artifacts: The files.
        best: What the results tell of the weights of the best epoch; None where they are not known.
    """

    artifacts: list[Artifact]
    best: dict[str, Any] | None


def save_weights(state: TrainingState, snapshot: Snapshot | None, training: TrainingSpec, folder: Path) -> SavedWeights:
    """Save the weights of this moment, with what is needed to go on, and those of the best epoch where they differ.

    Args:
        state: Of the training.
        snapshot: Its state at its end, ahead of what was done to the weights then; None where it broke off within a
            step, and nobody can go on.
        training: Its spec.
        folder: Where to.

    Raises:
        OSError: The disk is full; nothing is left of the file that could not be written.
    """
    keys, kinds = weight_keys(state.model), layer_kinds(state.model)
    weights = dict(zip(keys, weights_of(state.model), strict=True))
    others = _states_of(state) if snapshot is None else state_arrays(state, snapshot, weights, training)
    artifacts = [write({**weights, **others}, kinds, folder / WEIGHTS)]
    best = _known_best(state.course)
    if best is None:
        return SavedWeights(artifacts, None)
    of_best = dict(zip(keys, best.weights or (), strict=True))
    if _are_same(of_best, weights):
        return SavedWeights(artifacts, {"epoch": best.number, "artifact": WEIGHTS})
    artifacts.append(write(of_best, kinds, folder / BEST_WEIGHTS))
    return SavedWeights(artifacts, {"epoch": best.number, "artifact": BEST_WEIGHTS})


def _states_of(state: TrainingState) -> dict[str, Tensor]:
    """All variables but the weights, as they are."""
    pairs = zip(state.keys(), state.capture().arrays, strict=False)
    return {key: array for key, array in pairs if key.startswith(STATE)}


def _known_best(course: Course) -> BestEpoch | None:
    """The best epoch, if its weights are known, and it is the one that the results tell."""
    told, best = best_row(course.rows), course.best
    if told is None or best is None or best.weights is None or told[0] != f"{VALIDATION}{LOSS}":
        return None
    return best if told[1].number == best.number else None


def _are_same(some: dict[str, Tensor], others: dict[str, Tensor]) -> bool:
    return all(is_same(np.asarray(array), np.asarray(others[key])) for key, array in some.items())
