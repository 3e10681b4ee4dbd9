"""Precision, recall and F1 from counts, as scikit-learn defines them: 0 where nothing could be counted."""

import numpy as np

from worker.trainer.untyped import Array

MOST_SHOWN = 100
"""Of how many classes or labels the results tell one by one: a hundred have a confusion matrix of some 20 kB."""


class Scores:
    """The scores of several classes or labels.

    Args:
        hits: How many rows of each were found; int64 (classes,), as the others.
        predicted: How many rows were said to be of it.
        support: How many rows are of it.
    """

    def __init__(self, hits: Array, predicted: Array, support: Array) -> None:
        self.precision = _ratio(hits, predicted)
        self.recall = _ratio(hits, support)
        # scikit-learn divides counts, rather than take the harmonic mean of two quotients: another rounding.
        self.f1 = _ratio(2 * hits, predicted + support)
        self._support = support
        self._occurs = (predicted + support) > 0

    @property
    def macro_f1(self) -> float:
        """The mean F1 of those that are in the rows or among the predictions."""
        return float(self.f1[self._occurs].mean()) if self._occurs.any() else 0.0

    def told(self, place: int) -> dict[str, float | int]:
        """Those of one class."""
        return {
            "precision": float(self.precision[place]),
            "recall": float(self.recall[place]),
            "f1": float(self.f1[place]),
            "support": int(self._support[place]),
        }


def most_frequent(support: Array, most: int = MOST_SHOWN) -> Array:
    """The places of the greatest counts, at most so many, in ascending order; of equal ones the first."""
    return np.sort(np.argsort(-support, kind="stable")[:most])


def _ratio(counts: Array, divisors: Array) -> Array:
    return np.divide(counts, divisors, out=np.zeros(len(counts)), where=divisors > 0)
