"""Predicted labels beside true ones, of which several may hold for a row."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from worker.trainer.evaluation.readings import Reading
from worker.trainer.evaluation.scores import Scores, most_frequent
from worker.trainer.untyped import Array


class LabelsEvaluation:
    """Counts for each label what was predicted of it.

    Args:
        reading: Of the outputs.
        frequencies: The share of the training rows that have each label, (labels,): what is said without a network is
            that a label holds if it does for more than half of them.
        names: Of the labels; their numbers unless said.
    """

    def __init__(self, reading: Reading, frequencies: Array, names: Sequence[str] | None) -> None:
        labels = len(frequencies)
        self._reading = reading
        self._usual = frequencies > 0.5  # noqa: PLR2004 (half of them)
        self._names = [str(number) for number in range(labels)] if names is None else [str(name) for name in names]
        self._hits = np.zeros(labels, np.int64)
        self._predicted = np.zeros(labels, np.int64)
        self._support = np.zeros(labels, np.int64)
        self._rows = self._unclassified = self._exact = self._usual_exact = 0

    def add(self, target: Array, outputs: Array) -> None:
        """Count some rows.

        Args:
            target: 1 where a label holds and 0 elsewhere, shape (rows, labels).
            outputs: Float, of the same shape. Of a row that has a NaN among them, no label counts as predicted.
        """
        true = target > 0.5  # noqa: PLR2004 (between 0 and 1)
        is_classified: Array = np.logical_not(np.isnan(outputs).any(axis=1))
        predicted = (outputs > self._reading.threshold) & is_classified[:, None]
        self._rows += len(true)
        self._unclassified += len(true) - int(is_classified.sum())
        self._hits += (true & predicted).sum(axis=0)
        self._predicted += predicted.sum(axis=0)
        self._support += true.sum(axis=0)
        self._exact += int(((true == predicted).all(axis=1) & is_classified).sum())
        self._usual_exact += int((true == self._usual).all(axis=1).sum())

    def told(self) -> dict[str, Any]:
        """As the results tell it."""
        scores = Scores(self._hits, self._predicted, self._support)
        shown: list[int] = most_frequent(self._support).tolist()
        return {
            "target": "labels",
            "rows": self._rows,
            "unclassified_rows": self._unclassified,
            "exact_match": self._exact / self._rows,
            "macro_f1": scores.macro_f1,
            "labels_left_out": len(self._names) - len(shown),
            "by_label": [{"label": self._names[place], **scores.told(place)} for place in shown],
            "baseline": {
                "labels": [self._names[place] for place in shown if self._usual[place]],
                "exact_match": self._usual_exact / self._rows,
            },
        }
