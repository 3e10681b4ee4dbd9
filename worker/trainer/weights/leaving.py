"""The files of weights that a training leaves, from its arrays. Imports no TensorFlow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spec.training.epoch_columns import LOSS, VALIDATION
from spec.weights.stored import BEST_WEIGHTS_FILE, WEIGHTS_FILE
from worker.messages import Artifact
from worker.trainer.results.course import BestEpoch, EpochRow, best_row
from worker.trainer.untyped import Array, Tensor
from worker.trainer.weights.files import write
from worker.trainer.weights.state_arrays import is_same


@dataclass(frozen=True)
class SavedWeights:
    """What was saved.

    Attributes:
        artifacts: The files.
        best: What the results tell of the weights of the best epoch; None where they are not known.
    """

    artifacts: list[Artifact]
    best: dict[str, Any] | None


def save_arrays(
    weights: Mapping[str, Array | Tensor],
    others: Mapping[str, Array | Tensor],
    best: BestEpoch | None,
    layers: Sequence[tuple[str, str]],
    folder: Path,
) -> SavedWeights:
    """Save weights, and those of the best epoch where they differ.

    Args:
        weights: By name, in the model's order.
        others: What is saved beside them, by name.
        best: The best epoch, as `known_best` finds it.
        layers: Name and Keras class of each layer of the model.
        folder: Where to.

    Raises:
        OSError: The disk is full; nothing is left of the file that could not be written.
    """
    artifacts = [write({**weights, **others}, layers, folder / WEIGHTS_FILE)]
    if best is None:
        return SavedWeights(artifacts, None)
    of_best = dict(zip(weights, best.weights or (), strict=True))
    if all(is_same(np.asarray(array), np.asarray(weights[key])) for key, array in of_best.items()):
        return SavedWeights(artifacts, {"epoch": best.number, "artifact": WEIGHTS_FILE})
    artifacts.append(write(of_best, layers, folder / BEST_WEIGHTS_FILE))
    return SavedWeights(artifacts, {"epoch": best.number, "artifact": BEST_WEIGHTS_FILE})


def known_best(rows: Sequence[EpochRow], best: BestEpoch | None) -> BestEpoch | None:
    """The best epoch, if its weights are known, and it is the one that the results tell."""
    told = best_row(rows)
    if told is None or best is None or best.weights is None or told[0] != f"{VALIDATION}{LOSS}":
        return None
    return best if told[1].number == best.number else None
