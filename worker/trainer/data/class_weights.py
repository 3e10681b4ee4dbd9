"""The weights of classes as a training uses them, from its rows."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from spec.training.class_weights import balanced
from spec.training.targets import Encoding
from worker.trainer.data.parts import slices
from worker.trainer.untyped import Array


def class_counts(targets: Iterable[Array], classes: int = 0) -> list[int]:
    """How many rows each class has, from class 0 on.

    Args:
        targets: Class numbers, piece by piece.
        classes: How many classes are counted at least, whether or not there are rows of them.
    """
    counts = np.zeros(classes, np.int64)
    for piece in targets:
        found = np.bincount(np.asarray(piece, np.int64), minlength=len(counts))
        found[: len(counts)] += counts
        counts = found
    return counts.tolist()


def class_weights(said: Mapping[str, float] | str, counts: Sequence[int]) -> dict[int, float]:
    """Class number -> weight; a class that is missing has the weight 1.

    Args:
        said: The field of the training.
        counts: As `class_counts` gives them.
    """
    if isinstance(said, str):
        return balanced(counts)
    return {int(number): weight for number, weight in said.items()}


def weights_told(said: Mapping[str, float] | str | None, target: Array, encoding: Encoding) -> dict[str, float] | None:
    """What the results tell: the weights that were used, by class number; None where rows have none.

    Args:
        said: The field of the training.
        target: Of the training rows.
        encoding: How it is laid.
    """
    if said is None or not isinstance(said, str):
        return None if said is None else dict(said)
    pieces = (target[some] for some in slices(target.shape, target.dtype))
    numbers = (piece.argmax(axis=1) if encoding == "one_hot" else piece.reshape(-1) for piece in pieces)
    return {str(number): weight for number, weight in balanced(class_counts(numbers)).items()}
