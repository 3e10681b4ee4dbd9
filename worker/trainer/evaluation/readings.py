"""What the outputs of a network say: a class, labels, or a number."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spec.datasets.facts import DatasetFacts
from spec.training.losses import Circle, Hinge, SquaredHinge, loss_of
from spec.training.training import TrainingSpec
from worker.trainer.untyped import Array

NO_CLASS = -1
"""Stands for the class of an output that has none: it is NaN, or belongs to a unit beyond the last class."""


@dataclass(frozen=True)
class Reading:
    """How outputs are read.

    Attributes:
        kind: As what: one of several classes, labels that may all hold, or numbers.
        classes: How many classes there are; 0 of others.
        threshold: A label, or of two classes the second one, is what lies above it.
    """

    kind: Literal["classes", "labels", "number"]
    classes: int = 0
    threshold: float = 0.5

    def classes_in(self, outputs: Array) -> Array:
        """The class of each row: of several units the greatest, the first of equals; `NO_CLASS` where there is none.

        Args:
            outputs: Float, shape (rows, units).

        Returns:
            int64, shape (rows,).
        """
        if outputs.shape[1] == 1:
            found = (outputs[:, 0] > self.threshold).astype(np.int64)
        else:
            found = outputs.argmax(axis=1).astype(np.int64)
        found[np.isnan(outputs).any(axis=1) | (found >= self.classes)] = NO_CLASS
        return found


def reading_of(training: TrainingSpec, facts: DatasetFacts, output_units: int) -> Reading | None:
    """How the outputs of a network are read that was trained so.

    What a loss takes for a number is one: the numbers of three classes and more, before a single unit. Of two classes
    each is told apart by what lies halfway between them, for the loss: 0.5, or 0 for logits and for hinges, which read
    the targets as -1 and 1.

    Args:
        training: Its loss is what counts.
        facts: Of the part of the data set that the job uses.
        output_units: The size of the output's last axis.

    Returns:
        None where an output is none of these: an embedding.
    """
    loss = loss_of(training.loss, output_units)
    if isinstance(loss, Circle):
        return None
    threshold = 0.0 if loss.has_logits or isinstance(loss, Hinge | SquaredHinge) else 0.5
    if facts.target == "labels":
        return Reading("labels", threshold=threshold)
    two_classes = 2
    if facts.classes is None or (output_units == 1 and facts.classes > two_classes):
        return Reading("number")
    return Reading("classes", facts.classes, threshold)


def class_numbers(target: Array) -> Array:
    """The class numbers, int64 (rows,), in targets laid in any way of `spec.training.targets.Encoding`."""
    if target.ndim > 1 and target.shape[1] > 1:
        return target.argmax(axis=1)
    return target.reshape(-1).astype(np.int64)
