"""What training rows are like, as the network gets them: the ranges of its inputs, and how its targets are spread."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from spec.training.targets import Encoding
from worker.trainer.untyped import Array

MOST_NUMBERS = 2**21
"""Of an input, and of the targets, that are looked at: some 0.05 s, and never all of what does not fit into memory."""

_SEED = (0, 2)


def row_statistics(inputs: Sequence[Array], target: Array, encoding: Encoding) -> dict[str, Any]:
    """By the names of `coach.evidence.StartSeen`, but for the inputs, which have no names here: ``columns`` lists them.

    Of many rows it is a sample, the same for the same rows: ``default_rng([0, 2]).choice``. Rows of classes are counted
    in the sample and multiplied by what it leaves out.

    Args:
        inputs: Features of each input (float32).
        target: As the encoding says.
        encoding: How the targets are laid.
    """
    rows = len(target)
    seen = _some(target)
    told: dict[str, Any] = {"train_rows": rows, "columns": [_columns(_some(one)) for one in inputs]}
    if encoding == "classes":
        counts = np.bincount(seen.ravel().astype(np.int64))
    elif encoding in ("one_hot", "labels"):
        counts = seen.reshape(len(seen), -1).sum(axis=0, dtype=np.float64)
    else:
        numbers = seen.astype(np.float64)
        return {**told, "target_mean": float(numbers.mean()), "target_deviation": float(numbers.std())}
    return {**told, "class_rows": [round(float(one) * rows / len(seen)) for one in counts]}


def _some(array: Array) -> Array:
    """All rows, or a sample of them."""
    most = max(1, MOST_NUMBERS // max(1, array[:1].size))
    if len(array) <= most:
        return array
    places = np.random.default_rng(_SEED).choice(len(array), most, replace=False)
    return array[np.sort(places)]


def _columns(features: Array) -> dict[str, float]:
    """By the names of `coach.evidence.ColumnsSeen`; columns are those of a table, all else is one."""
    columns = features if features.ndim == 2 else features.reshape(-1, 1)  # noqa: PLR2004 (rows and columns)
    scales = np.sqrt(np.square(columns, dtype=np.float64).mean(axis=0))
    is_varied = columns.min(axis=0) != columns.max(axis=0)
    return {
        "least": float(columns.min()),
        "most": float(columns.max()),
        "mean": float(columns.mean(dtype=np.float64)),
        "deviation": float(columns.std(dtype=np.float64)),
        "largest_scale": float(scales.max()),
        "smallest_scale": float(scales[is_varied].min() if is_varied.any() else scales.max()),
    }
