"""What all metrics share.

A row of an epoch holds one number a metric, so what would yield one number a class or a threshold is not taken.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from spec.language.declared import Declared, rule
from spec.language.faults import fault_error, raise_faults
from spec.training.epoch_columns import is_reserved
from spec.training.left_out import LEFT_OUT_METRIC_ARGUMENTS
from spec.training.targets import Wants

MetricName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)]
"""What a metric may be called: it becomes a column."""

ClassNumber = Annotated[int, Field(ge=0, lt=10_000)]
"""A class, from 0."""

Classes = Annotated[int, Field(ge=1, le=10_000)]
"""How many classes; a confusion matrix has the square of it."""

Thresholds = Annotated[int, Field(ge=1, le=100_000)]
"""How many thresholds a curve is drawn through."""


def several(wanted: str, noun: str) -> str:
    """What is said where Keras would take a list, and give as many numbers a row."""
    way = f"For several {noun}, list the metric several times, each with its own `name`."
    return f"{wanted} An epoch reports one number per metric. {way}"


def snake_case(name: str) -> str:
    """The string that Keras makes of a class's name."""
    apart = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", apart).lower()


ONE_THRESHOLD = several("This must be a single number from 0 to 1.", "thresholds")
"""What is said of a threshold that is none."""


class Metric(Declared, is_base=True):
    """Base of the metrics.

    Attributes:
        name: The name under which the metric is reported. By default, the name that Keras gives it.

    Class attributes:
        WANTS: What the output is compared with.
        CALLED: What Keras calls one without a name of its own: unless said, its class's name in snake case.
        IS_NUMBERED: Whether Keras numbers further ones without a name (``auc``, ``auc_1``).
        IS_OF_CLASSES: Whether it counts classes, and so tells nothing of a target that is a number.
        DIRECTION: Whether more is better ("up") or less ("down"), as Keras knows it; None where it does not.
    """

    WANTS: ClassVar[Wants] = "match"
    CALLED: ClassVar[str] = ""
    IS_NUMBERED: ClassVar[bool] = False
    IS_OF_CLASSES: ClassVar[bool] = False
    DIRECTION: ClassVar[Literal["up", "down"] | None] = "down"

    NOT_OFFERED: ClassVar[Mapping[str, str]] = LEFT_OUT_METRIC_ARGUMENTS
    EXPLAINED: ClassVar[Mapping[str, str]] = {
        "name": (
            "The name of a metric must have 1 to 64 characters, because it becomes a column: the letters A to Z and "
            "a to "
            "z, digits and underscores. It must not begin with a digit."
        )
    }

    name: MetricName | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - pydantic's signature
        """Name it as Keras does."""
        super().__pydantic_init_subclass__(**kwargs)
        if "CALLED" not in vars(cls):
            cls.CALLED = snake_case(cls.__name__)

    @rule
    def _check_name(self) -> None:
        name = self.name
        if name is not None and is_reserved(name):
            sentence = f'"{name}" is reserved for a column that the service writes itself. Choose another name.'
            raise_faults([fault_error("reserved_name", sentence, at=("name",))])

    def arguments(self) -> dict[str, Any]:
        """The constructor arguments that were said; no name leaves Keras to its own, which None would not."""
        return {name: value for name, value in super().arguments().items() if name != "name" or value is not None}

    def wants(self) -> Wants:
        """What the output is compared with, by this metric's arguments."""
        return self.WANTS

    def cut(self) -> tuple[str, float] | None:
        """The field that says above which output it counts a class as seen, and that output; None without one."""
        return None

    def choice(self) -> tuple[str, int] | None:
        """The field that says how many of the greatest outputs it looks at, and how many; None without one."""
        return None

    def has_curve_of_fractions(self) -> bool:
        """Whether it tries thresholds between 0 and 1 on outputs as they are."""
        return False

    def misfit(self, output_units: int, classes: int | None) -> tuple[str, str] | None:
        """The field that does not fit an output of so many numbers a row, and why; None where all fit.

        Args:
            output_units: Numbers a row.
            classes: Of the target; None for one that is a number.
        """
        del output_units, classes
        return None

    def numbers(self, output_units: int) -> int:
        """How many numbers its variables hold, before an output of so many numbers a row: of a mean, sum and count."""
        del output_units
        return 2
