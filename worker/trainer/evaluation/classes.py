"""Predicted classes beside true ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from worker.trainer.data.class_weights import class_counts
from worker.trainer.data.parts import slices
from worker.trainer.evaluation.readings import NO_CLASS, Reading
from worker.trainer.evaluation.scores import Scores, most_frequent
from worker.trainer.untyped import Array


def counts_in(target: Array, reading: Reading) -> Array:
    """How many rows each class has, int64 (classes,).

    Args:
        target: Of them.
        reading: Of it.
    """
    numbers = (reading.true_classes(target[some]) for some in slices(target.shape, target.dtype))
    return np.array(class_counts(numbers, reading.classes), np.int64)


class ClassesEvaluation:
    """Counts what was predicted for each class; its memory does not depend on the rows.

    Args:
        reading: Of the outputs.
        support: How many rows each class has among those that will be added; int64 (classes,).
        training: How many it has among the training rows, likewise: what is said without a network is the commonest.
        names: Of the classes; their numbers unless said.
    """

    def __init__(self, reading: Reading, support: Array, training: Array, names: Sequence[str] | None) -> None:
        self._reading = reading
        self._support = support
        self._commonest = int(training.argmax())
        self._names = names
        self._shown = most_frequent(support)
        self._place_of = np.full(len(support), NO_CLASS, np.int64)
        self._place_of[self._shown] = np.arange(len(self._shown))
        self._hits = np.zeros(len(support), np.int64)
        self._predicted = np.zeros(len(support), np.int64)
        self._matrix = np.zeros((len(self._shown), len(self._shown)), np.int64)
        self._unclassified = 0

    def add(self, target: Array, outputs: Array) -> None:
        """Count some rows.

        Args:
            target: Of them.
            outputs: Float, shape (rows, units).
        """
        true, predicted = self._reading.true_classes(target), self._reading.predicted_classes(outputs)
        is_classified = predicted != NO_CLASS
        self._unclassified += len(true) - int(is_classified.sum())
        true, predicted = true[is_classified], predicted[is_classified]
        classes, shown = len(self._support), len(self._shown)
        self._predicted += np.bincount(predicted, minlength=classes)
        self._hits += np.bincount(true[true == predicted], minlength=classes)
        row, column = self._place_of[true], self._place_of[predicted]
        is_shown = (row != NO_CLASS) & (column != NO_CLASS)
        cells = row[is_shown] * shown + column[is_shown]
        self._matrix += np.bincount(cells, minlength=shown * shown).reshape(shown, shown)

    def told(self) -> dict[str, Any]:
        """As the results tell it."""
        scores = Scores(self._hits, self._predicted, self._support)
        rows, names = int(self._support.sum()), [self._name(number) for number in self._shown.tolist()]
        return {
            "target": "classes",
            "rows": rows,
            "unclassified_rows": self._unclassified,
            "accuracy": int(self._hits.sum()) / rows,
            "macro_f1": scores.macro_f1,
            "classes": names,
            "classes_left_out": len(self._support) - len(names),
            "confusion_matrix": self._matrix.tolist(),
            "by_class": [
                {"class": name, **scores.told(number)} for name, number in zip(names, self._shown.tolist(), strict=True)
            ],
            "baseline": {
                "class": self._name(self._commonest),
                "accuracy": int(self._support[self._commonest]) / rows,
            },
        }

    def _name(self, number: int) -> str:
        return str(number) if self._names is None else str(self._names[number])
