"""What the outputs of a network say, and its targets: a class, labels, or a number."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spec.datasets.facts import DatasetFacts
from spec.training.losses import Circle, Hinge, SquaredHinge, loss_of
from spec.training.targets import Encoding
from spec.training.training import TrainingSpec, target_encoding
from worker.trainer.untyped import Array

NO_CLASS = -1
"""Stands for the class of an output that has none: it is NaN, or belongs to a unit beyond the last class."""


@dataclass(frozen=True)
class Reading:
    """How outputs and targets are read.

    Attributes:
        kind: As what: one of several classes, labels that may all hold, or numbers.
        encoding: How the targets are laid. Of classes that are laid as numbers, the output has a single unit.
        classes: How many classes there are; 0 of others.
        threshold: A label, or before a single unit the second of two classes, is what lies above it.
    """

    kind: Literal["classes", "labels", "number"]
    encoding: Encoding = "number"
    classes: int = 0
    threshold: float = 0.5

    def predicted_classes(self, outputs: Array) -> Array:
        """The class of each row: of several units the greatest, the first of equals; `NO_CLASS` where there is none.

        Args:
            outputs: Float, shape (rows, units).

        Returns:
            int64, shape (rows,).
        """
        if self.encoding == "number":
            found = (outputs[:, 0] > self.threshold).astype(np.int64)
        else:
            found = outputs.argmax(axis=1).astype(np.int64)
        found[np.isnan(outputs).any(axis=1) | (found >= self.classes)] = NO_CLASS
        return found

    def true_classes(self, target: Array) -> Array:
        """The class of each row, int64 (rows,).

        Args:
            target: As it is laid.
        """
        return target.argmax(axis=1) if self.encoding == "one_hot" else target.reshape(-1).astype(np.int64)


def reading_of(training: TrainingSpec, facts: DatasetFacts, output_units: int) -> Reading | None:
    """How the outputs of a network are read that was trained so.

    What a loss takes for a number is one: the numbers of three classes and more, before a single unit. Two classes are
    told apart by what lies halfway between them, for the loss: 0.5, or 0 for logits and for hinges, which read the
    targets as -1 and 1.

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
    encoding = target_encoding(training, facts.classes, output_units)
    two_classes = 2
    if facts.classes is None or (encoding == "number" and facts.classes > two_classes):
        return Reading("number")
    return Reading("classes", encoding, facts.classes, threshold)
