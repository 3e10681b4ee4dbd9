"""Constraints: what a variable is projected back to after every step."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from spec.language.declared import Declared, OneOf, kinds, rule, said_by
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import formerly
from spec.language.vocabularies import Vocabulary
from spec.networks.left_out import LEFT_OUT_CONSTRAINTS
from spec.networks.sizes import Fraction, NotNegative, Whole, WholeOrList, listed

NormAxes = Annotated[Whole, WholeOrList(-32, 31)]
"""Axes of a variable: 0 is its first. A norm is taken along them."""


class Constraint(Declared, is_base=True):
    """Base of the constraints."""

    def misfit(self, shape: Sequence[int]) -> str | None:
        """Why this cannot bind a variable of that shape, as a sentence; None where it can."""
        del shape
        return None


class NormConstraint(Constraint, is_base=True):
    """Base of those that bound a norm along some axes."""

    axis: NormAxes = 0

    def misfit(self, shape: Sequence[int]) -> str | None:
        """Every axis must be one of the variable's, and be said once."""
        axes: list[int] = []
        for axis in listed(self.axis):
            if not -len(shape) <= axis < len(shape):
                return f"`{self.type}` uses axis {axis}, which this variable does not have."
            axes.append(axis % len(shape))
        return f"`{self.type}` lists an axis twice." if len(set(axes)) < len(axes) else None


class MaxNorm(NormConstraint):
    """Limits the norm to at most `max_value`."""

    max_value: NotNegative = 2

    RETIRED: ClassVar = {"m": formerly("max_value")}


class MinMaxNorm(NormConstraint):
    """Moves the norm between `min_value` and `max_value`, by the fraction `rate` of the way in each step."""

    min_value: NotNegative = 0.0
    max_value: NotNegative = 1.0
    rate: Fraction = 1.0

    @rule
    def _check_order(self) -> None:
        if self.min_value > self.max_value:
            raise_faults(
                [fault_error("out_of_range", "`min_value` must not be greater than `max_value`.", at=("min_value",))]
            )


class NonNeg(Constraint):
    """Sets negative values to 0."""


class UnitNorm(NormConstraint):
    """Scales to the norm 1."""


CONSTRAINT_NAMES: Mapping[str, type[Constraint]] = {
    **kinds(Constraint),
    "max_norm": MaxNorm,
    "min_max_norm": MinMaxNorm,
    "non_neg": NonNeg,
    "unit_norm": UnitNorm,
}
"""Every string that Keras takes for a constraint."""

RENAMED: Mapping[str, str] = {"maxnorm": "max_norm", "nonneg": "non_neg", "unitnorm": "unit_norm"}
"""What older Kerases call them."""

ConstraintField = Annotated[
    Constraint | str,
    OneOf(Constraint, Vocabulary("constraint", RENAMED, LEFT_OUT_CONSTRAINTS), names=CONSTRAINT_NAMES),
]
"""A constraint, by its name or as an object with a ``type``."""


def constraint_of(value: Constraint | str) -> Constraint:
    """The constraint that a field's value says."""
    return said_by(value, CONSTRAINT_NAMES)
