"""Metrics that divide intersection by union, class by class."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.language.declared import rule
from spec.language.faults import MOST_FAULTS, fault_error, raise_faults
from spec.language.lists import AtMost, OneOrMore
from spec.language.sentences import counted
from spec.metrics.base import ONE_THRESHOLD, Classes, ClassNumber, Metric
from spec.networks.sizes import Fraction
from spec.training.targets import Wants

TargetClasses = Annotated[OneOrMore[ClassNumber], AtMost(10_000, "classes")]
"""Classes to look at."""


def _refuse_unknown(target_class_ids: Sequence[int], num_classes: int) -> None:
    beyond = (index for index, number in enumerate(target_class_ids) if number >= num_classes)
    errors = [
        fault_error(
            "out_of_range",
            f"This must be less than `num_classes`, which is {num_classes:,}.",
            at=("target_class_ids", index),
        )
        for index in islice(beyond, MOST_FAULTS)
    ]
    raise_faults(errors)


class Matrix(Metric, is_base=True):
    """Base of those that keep a confusion matrix of all classes."""

    IS_NUMBERED = True
    DIRECTION = "up"

    num_classes: Classes

    def misfit(self, output_units: int, classes: int | None) -> tuple[str, str] | None:
        """There must be no more classes than the output has numbers, or, where it is one number, than the target."""
        if self.wants() != "number":
            most, owner = output_units, f"the output has {counted(output_units, 'number')} per row"
        elif classes is not None:
            most, owner = max(classes, 2), f"the target has {counted(classes, 'class', 'classes')}"
        else:
            return None
        return (
            ("num_classes", f"This must be at most {most:,}, not {self.num_classes:,}, because {owner}.")
            if self.num_classes > most
            else None
        )

    def numbers(self, output_units: int) -> int:
        """Every class by every class."""
        del output_units
        return self.num_classes**2


class Overlap(Matrix, is_base=True):
    """Base of those over several classes.

    Targets and predictions are class numbers where they are ``sparse``, else vectors whose greatest number counts.
    """

    ignore_class: ClassNumber | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: Literal[-1] = -1

    @rule
    def _check_sides(self) -> None:
        if self.sparse_y_pred and not self.sparse_y_true:
            sentence = (
                "If `sparse_y_true` is false, this must be false, too, because targets and predictions need the "
                "same form."
            )
            raise_faults([fault_error("exclusive", sentence, at=("sparse_y_pred",))])

    def wants(self) -> Wants:
        """By which sides are class numbers."""
        if self.sparse_y_pred:
            return "number"
        return "classes" if self.sparse_y_true else "one_hot"


class Targeted(Matrix, is_base=True):
    """Base of those that look at some of the classes."""

    target_class_ids: TargetClasses

    @rule
    def _check_targets(self) -> None:
        _refuse_unknown(self.target_class_ids, self.num_classes)


class IoU(Targeted, Overlap):
    """Intersection over union of some classes, from single numbers unless `sparse_y_pred` is false."""


class MeanIoU(Overlap):
    """Mean intersection over union of all classes, from single numbers unless `sparse_y_pred` is false."""


class OneHot(Matrix, is_base=True):
    """Base of those for one-hot targets."""

    WANTS = "one_hot"
    ignore_class: ClassNumber | None = None
    sparse_y_pred: Literal[False] = False
    axis: Literal[-1] = -1


class OneHotIoU(OneHot, Targeted):
    """Intersection over union of some classes, for one-hot targets."""


class OneHotMeanIoU(OneHot):
    """Mean intersection over union of all classes, for one-hot targets."""


class BinaryIoU(Metric):
    """Intersection over union of the two sides of a threshold."""

    IS_NUMBERED = True
    DIRECTION = "up"
    target_class_ids: Annotated[OneOrMore[Annotated[int, Field(ge=0, le=1)]], AtMost(2, "classes")] = (0, 1)
    EXPLAINED: ClassVar[Mapping[str, str]] = {**Metric.EXPLAINED, "threshold": ONE_THRESHOLD}
    IS_OF_CLASSES = True
    threshold: Fraction = 0.5

    def numbers(self, output_units: int) -> int:
        """Two classes by two."""
        del output_units
        return 4

    def cut(self) -> tuple[str, float] | None:
        """Always one."""
        return "threshold", self.threshold
