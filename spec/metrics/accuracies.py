"""Metrics that tell how often the output is right."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.metrics.base import Classes, Metric, several
from spec.networks.sizes import Fraction, Positive

ONE_K = several("This must be a single whole number of at least 1.", "values")
"""What is said of a ``k`` that is none."""


class Hits(Metric, is_base=True):
    """Base of those that tell how often the output is right."""

    DIRECTION = "up"


class Accuracy(Hits):
    """How often output and target are equal, number by number. Usually the string "accuracy" is meant instead."""

    IS_OF_CLASSES = True


class BinaryAccuracy(Hits):
    """How often the output is on the same side of a threshold as the target."""

    IS_OF_CLASSES = True
    threshold: Fraction = 0.5

    def cut(self) -> tuple[str, float] | None:
        """Always one."""
        return "threshold", self.threshold


class CategoricalAccuracy(Hits):
    """How often the largest output is that of the right class, for one-hot targets."""

    WANTS = "one_hot"


class SparseCategoricalAccuracy(Hits):
    """How often the largest output is that of the right class, for class numbers as targets."""

    WANTS = "classes"


class TopK(Hits, is_base=True):
    """Base of those that look at the `k` largest outputs."""

    EXPLAINED: ClassVar[Mapping[str, str]] = {**Metric.EXPLAINED, "k": ONE_K}
    k: Classes = 5

    def choice(self) -> tuple[str, int] | None:
        """Always one."""
        return "k", self.k


class TopKCategoricalAccuracy(TopK):
    """How often the right class is among the `k` largest outputs, for one-hot targets."""

    WANTS = "one_hot"


class SparseTopKCategoricalAccuracy(TopK):
    """How often the right class is among the `k` largest outputs, for class numbers as targets."""

    WANTS = "classes"
    from_sorted_ids: bool = False

    def choice(self) -> tuple[str, int] | None:
        """None where the outputs are the classes in their order, not a number for each."""
        return None if self.from_sorted_ids else ("k", self.k)


class FScore(Hits, is_base=True):
    """Base of the F scores. ``average`` must be said: without it Keras yields one number a class."""

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


class FBetaScore(FScore):
    """Harmonic mean of precision and recall, in which recall counts `beta` times as much."""

    CALLED = "fbeta_score"
    beta: Positive = 1.0
