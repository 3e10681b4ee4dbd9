"""The evaluation of a network on rows that were held back from its training."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from worker.trainer.data.parts import slices
from worker.trainer.evaluation.classes import ClassesEvaluation, counts_in
from worker.trainer.evaluation.labels import LabelsEvaluation
from worker.trainer.evaluation.numbers import NumbersEvaluation
from worker.trainer.evaluation.readings import Reading
from worker.trainer.untyped import Array


class HeldBack:
    """Evaluates outputs on rows that a network did not learn from, beside what would be said without it.

    Args:
        reading: Of the outputs.
        training: The target of the training rows.
        names: Of the classes or labels, in their order; their numbers unless said.
    """

    def __init__(self, reading: Reading, training: Array, names: Sequence[str] | None = None) -> None:
        self._reading = reading
        self._names = names
        self._usual = counts_in(training, reading) if reading.kind == "classes" else _means_of(training)

    def evaluated(self, target: Array, outputs: Iterable[Array]) -> dict[str, Any]:
        """What the results tell of some rows; each counts once, whatever it weighs.

        Args:
            target: Of them, laid as for the training.
            outputs: Of all of them in their order, some at a time: float, shape (some, units).
        """
        counted = self._counted(target)
        begin = 0
        for some in outputs:
            counted.add(target[begin : begin + len(some)], some)
            begin += len(some)
        return counted.told()

    def _counted(self, target: Array) -> ClassesEvaluation | LabelsEvaluation | NumbersEvaluation:
        reading = self._reading
        if reading.kind == "classes":
            support = counts_in(target, reading)
            return ClassesEvaluation(reading, support, self._usual, self._names)
        if reading.kind == "labels":
            return LabelsEvaluation(reading, self._usual, self._names)
        return NumbersEvaluation(len(target), self._usual)


def _means_of(target: Array) -> Array:
    """The mean of each unit, float64 (units,)."""
    units = target.reshape(len(target), -1)
    sums = [units[some].sum(axis=0, dtype=np.float64) for some in slices(units.shape, units.dtype)]
    return np.array([math.fsum(one) / len(units) for one in zip(*sums, strict=True)])
