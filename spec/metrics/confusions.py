"""Metrics of what is seen and missed at one threshold, or over all of them."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.language.declared import rule
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, OneOrMore
from spec.language.sentences import counted
from spec.metrics.base import ONE_THRESHOLD, Classes, ClassNumber, Metric, Thresholds, several
from spec.networks.sizes import Fraction, NotNegative

COUNTS = 4
"""Of a confusion matrix at one threshold: true and false, positives and negatives."""
_HALF = 0.5


class Counted(Metric, is_base=True):
    """Base of the four counts of a confusion matrix at one threshold."""

    IS_NUMBERED = True
    DIRECTION = None
    IS_OF_CLASSES = True
    EXPLAINED: ClassVar[Mapping[str, str]] = {**Metric.EXPLAINED, "thresholds": ONE_THRESHOLD}
    thresholds: Fraction | None = None

    def numbers(self, output_units: int) -> int:
        """The count."""
        del output_units
        return 1

    def cut(self) -> tuple[str, float] | None:
        """Always one: Keras's is a half."""
        return "thresholds", _HALF if self.thresholds is None else self.thresholds


class TruePositives(Counted):
    """Number of true positives."""


class TrueNegatives(Counted):
    """Number of true negatives."""


class FalsePositives(Counted):
    """Number of false positives."""


class FalseNegatives(Counted):
    """Number of false negatives."""


class OfOneClass(Metric, is_base=True):
    """Base of those that may look at one class alone."""

    IS_NUMBERED = True
    DIRECTION = "up"
    EXPLAINED: ClassVar[Mapping[str, str]] = {
        **Metric.EXPLAINED,
        "class_id": several("This must be the number of a single class, counted from 0.", "classes"),
    }
    IS_OF_CLASSES = True
    class_id: ClassNumber | None = None

    def misfit(self, output_units: int, classes: int | None) -> tuple[str, str] | None:
        """The class must be one of the output's."""
        del classes
        if self.class_id is not None and self.class_id >= output_units:
            return (
                "class_id",
                f"The output has {counted(output_units, 'number')} per row, so the last class is {output_units - 1}.",
            )
        return None


class Ratio(OfOneClass, is_base=True):
    """Base of precision and recall."""

    EXPLAINED: ClassVar[Mapping[str, str]] = {
        **OfOneClass.EXPLAINED,
        "thresholds": ONE_THRESHOLD,
        "top_k": several("This must be a single whole number of at least 1.", "values"),
    }
    thresholds: Fraction | None = None
    top_k: Classes | None = None

    def cut(self) -> tuple[str, float] | None:
        """Keras's is a half, unless the greatest outputs count."""
        if self.thresholds is None and self.top_k is not None:
            return None
        return "thresholds", _HALF if self.thresholds is None else self.thresholds

    def choice(self) -> tuple[str, int] | None:
        """None unless it is asked for."""
        return None if self.top_k is None else ("top_k", self.top_k)

    def misfit(self, output_units: int, classes: int | None) -> tuple[str, str] | None:
        """There must be ``top_k`` outputs to choose from."""
        if self.top_k is not None and self.top_k > output_units:
            return (
                "top_k",
                f"This cannot be greater than the {counted(output_units, 'number')} that the output has per row.",
            )
        return super().misfit(output_units, classes)


class Precision(Ratio):
    """Share of the predicted positives that are right."""


class Recall(Ratio):
    """Share of the actual positives that are found."""


class AtThresholds(OfOneClass, is_base=True):
    """Base of those that look for the best threshold of many."""

    num_thresholds: Thresholds = 200

    def has_curve_of_fractions(self) -> bool:
        """Keras has no other."""
        return True

    def numbers(self, output_units: int) -> int:
        """The four counts of a confusion matrix at each threshold."""
        del output_units
        return COUNTS * self.num_thresholds


class PrecisionAtRecall(AtThresholds):
    """Best precision at a recall of at least `recall`."""

    recall: Fraction


class RecallAtPrecision(AtThresholds):
    """Best recall at a precision of at least `precision`."""

    precision: Fraction


class SensitivityAtSpecificity(AtThresholds):
    """Best sensitivity at a specificity of at least `specificity`."""

    specificity: Fraction


class SpecificityAtSensitivity(AtThresholds):
    """Best specificity at a sensitivity of at least `sensitivity`."""

    sensitivity: Fraction


class AUC(Metric):
    """Area under the ROC curve, or under the precision-recall curve."""

    IS_OF_CLASSES = True
    IS_NUMBERED = True
    DIRECTION = "up"
    num_thresholds: Annotated[int, Field(ge=2, le=100_000)] = 200
    curve: Literal["ROC", "PR"] = "ROC"
    summation_method: Literal["interpolation", "minoring", "majoring"] = "interpolation"
    thresholds: Annotated[OneOrMore[Fraction], AtMost(10_000, "thresholds")] | None = None
    multi_label: bool = False
    num_labels: Classes | None = None
    label_weights: Annotated[OneOrMore[NotNegative], AtMost(10_000, "weights")] | None = None
    from_logits: bool = False

    def has_curve_of_fractions(self) -> bool:
        """Keras squashes logits into fractions where it is told of them."""
        return not self.from_logits

    @rule
    def _check_labels(self) -> None:
        if self.num_labels is not None and not self.multi_label:
            sentence = "`num_labels` can only be set together with `multi_label`."
            raise_faults([fault_error("exclusive", sentence, at=("num_labels",))])

    def misfit(self, output_units: int, classes: int | None) -> tuple[str, str] | None:
        """Labels and their weights must be as many as the outputs."""
        del classes
        if self.num_labels is not None and self.num_labels != output_units:
            return (
                "num_labels",
                f"This must be {output_units}, because the output has {counted(output_units, 'number')} per row.",
            )
        if self.label_weights is not None and len(self.label_weights) != output_units:
            return (
                "label_weights",
                f"This must have {counted(output_units, 'weight')}, one for each number that the output has per row.",
            )
        return None

    def numbers(self, output_units: int) -> int:
        """The four counts of a confusion matrix at each threshold, and of each label apart where that is asked for."""
        thresholds = self.num_thresholds if self.thresholds is None else len(self.thresholds) + 2  # 0 and 1 are added
        return COUNTS * thresholds * (output_units if self.multi_label else 1)
