"""Metrics that tell how often the output is right."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.metrics.base import Classes, Metric, several
from spec.networks.sizes import Fraction, Positive

ONE_K = several("This must be a single whole number of at least 1.", "values")
"""What is said of a ``k`` that is none."""


class Accuracy(Metric):
    """How often output and target are equal, number by number. Usually the string "accuracy" is meant instead."""

    type: Literal["Accuracy"] = "Accuracy"
    CALLED = "accuracy"
    IS_OF_CLASSES = True
    DIRECTION = "up"


class BinaryAccuracy(Metric):
    """How often the output is on the same side of a threshold as the target."""

    type: Literal["BinaryAccuracy"] = "BinaryAccuracy"
    CALLED = "binary_accuracy"
    IS_OF_CLASSES = True
    DIRECTION = "up"
    threshold: Fraction = 0.5

    def cut(self) -> tuple[str, float] | None:
        """Always one."""
        return "threshold", self.threshold


class CategoricalAccuracy(Metric):
    """How often the largest output is that of the right class, for one-hot targets."""

    type: Literal["CategoricalAccuracy"] = "CategoricalAccuracy"
    CALLED = "categorical_accuracy"
    WANTS = "one_hot"
    DIRECTION = "up"


class SparseCategoricalAccuracy(Metric):
    """How often the largest output is that of the right class, for class numbers as targets."""

    type: Literal["SparseCategoricalAccuracy"] = "SparseCategoricalAccuracy"
    CALLED = "sparse_categorical_accuracy"
    WANTS = "classes"
    DIRECTION = "up"


class TopKCategoricalAccuracy(Metric):
    """How often the right class is among the `k` largest outputs, for one-hot targets."""

    type: Literal["TopKCategoricalAccuracy"] = "TopKCategoricalAccuracy"
    CALLED = "top_k_categorical_accuracy"
    WANTS = "one_hot"
    DIRECTION = "up"
    EXPLAINED: ClassVar[Mapping[str, str]] = {**Metric.EXPLAINED, "k": ONE_K}
    k: Classes = 5

    def choice(self) -> tuple[str, int] | None:
        """Always one."""
        return "k", self.k


class SparseTopKCategoricalAccuracy(Metric):
    """How often the right class is among the `k` largest outputs, for class numbers as targets."""

    type: Literal["SparseTopKCategoricalAccuracy"] = "SparseTopKCategoricalAccuracy"
    CALLED = "sparse_top_k_categorical_accuracy"
    WANTS = "classes"
    DIRECTION = "up"
    EXPLAINED: ClassVar[Mapping[str, str]] = {**Metric.EXPLAINED, "k": ONE_K}
    k: Classes = 5
    from_sorted_ids: bool = False

    def choice(self) -> tuple[str, int] | None:
        """None where the outputs are the classes in their order, not a number for each."""
        return None if self.from_sorted_ids else ("k", self.k)


class FScore(Metric):
    """Base of the F scores. ``average`` must be said: without it Keras yields one number a class."""

    DIRECTION = "up"
    EXPLAINED: ClassVar[Mapping[str, str]] = {
        **Metric.EXPLAINED,
        "average": (
            'This must be "micro", "macro" or "weighted". Without it, Keras returns one number per class, '
            "and an epoch reports one number per metric."
        ),
        "threshold": several("This must be a single number greater than 0 and at most 1.", "thresholds"),
    }
    average: Literal["micro", "macro", "weighted"]
    threshold: Annotated[float, Field(gt=0, le=1)] | None = None

    IS_OF_CLASSES = True

    def cut(self) -> tuple[str, float] | None:
        """None where the greatest output counts."""
        return None if self.threshold is None else ("threshold", self.threshold)

    def numbers(self, output_units: int) -> int:
        """Right, wrong and missed ones and a weight; of each class, unless all are counted together."""
        return 4 * (1 if self.average == "micro" else output_units)


class F1Score(FScore):
    """Harmonic mean of precision and recall."""

    type: Literal["F1Score"] = "F1Score"
    CALLED = "f1_score"


class FBetaScore(FScore):
    """Harmonic mean of precision and recall, in which recall counts `beta` times as much."""

    type: Literal["FBetaScore"] = "FBetaScore"
    CALLED = "fbeta_score"
    beta: Positive = 1.0
