"""What the end of a network must be like for the target and the loss, and what the loss must be like for the target."""

from dataclasses import dataclass
from functools import cached_property

from coach.coached_job import CoachedJob
from coach.reading.activations import EXCLUSIVE, activation_name
from coach.reading.kernels import Kernel, NetworkReading
from spec.metrics import CHOSEN_BY_SHAPE
from spec.training.losses import (
    CategoricalHinge,
    Huber,
    KLDivergence,
    LogCosh,
    Loss,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    loss_of,
    named_loss,
)

REGRESSION = (
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
)
"""Losses of numbers."""

TWO = 2
POSITIVE = frozenset({"softplus", "exponential", "squareplus"})
"""Activations whose output is above 0 without being stuck at 0: right for targets that are, and for no others."""
SIGMOIDS = frozenset({"sigmoid", "hard_sigmoid", "sparse_sigmoid"})
LINEAR = "linear"


@dataclass(frozen=True)
class Fitting:
    """What fits.

    Attributes:
        activation: Of the output; None where any may be right.
        loss: As a name; None where the present one fits.
        units: Of the output; None where it has as many.
    """

    activation: str | None = None
    loss: str | None = None
    units: int | None = None


class OutputReading:
    """The output of a job's network beside its target and its loss."""

    def __init__(self, job: CoachedJob) -> None:
        self._job = job
        self.network = NetworkReading(job)
        self.kernel: Kernel | None = self.network.output
        self.facts = job.facts
        self.units: int = (job.inferred.output_shape or (1,))[-1]
        self.loss: Loss = loss_of(job.spec.training.loss, self.units)

    @cached_property
    def activations(self) -> dict[int, str]:
        """The activations at the end of the network by their places: the output's is the last of them."""
        places = () if self.kernel is None else (self.kernel.index, *self.kernel.behind)
        named = {index: activation_name(self.network.layers[index]) for index in places}
        return {index: name for index, name in named.items() if name is not None}

    @property
    def activation(self) -> str:
        """What the output ends with."""
        return next(reversed(self.activations.values()), LINEAR)

    @property
    def target(self) -> str:
        """What is predicted, as a sentence says it."""
        if self.facts.target == "classes":
            return f"one of {self.facts.classes} classes"
        return "labels" if self.facts.target == "labels" else "a number"

    @cached_property
    def is_between_0_and_1(self) -> bool:
        """Whether a target of numbers is known to be no more and no less."""
        target = next((column for column in self.facts.read if column.name == self.facts.target_column), None)
        least, most = (None, None) if target is None else (target.min, target.max)
        return least is not None and most is not None and least >= 0 and most <= 1

    @property
    def is_loss_fitting(self) -> bool:
        """Whether the loss is one of such targets."""
        if self.facts.target == "number":
            is_of_classes = self.loss.IS_BINARY or isinstance(self.loss, KLDivergence | CategoricalHinge)
            return self.is_between_0_and_1 or not is_of_classes
        if isinstance(self.loss, REGRESSION):
            return False
        return self.facts.target == "labels" or self.units == 1 or not self.loss.IS_BINARY

    @property
    def fitting_units(self) -> int:
        """How many units the output should have."""
        classes = self.facts.classes
        if classes is None:
            return self.facts.target_units
        return 1 if classes == TWO and self.units == 1 else classes

    @property
    def fitting_loss(self) -> str:
        """The usual loss of such targets, laid as the metrics need them."""
        if self.facts.target == "number":
            return "mse"
        if self.facts.classes is None or self.fitting_units == 1:
            return "binary_crossentropy"
        metrics = self._job.spec.training.all_metrics
        is_any = all(isinstance(one, str) and one in CHOSEN_BY_SHAPE for one in metrics)
        return "sparse_categorical_crossentropy" if is_any else "categorical_crossentropy"

    def fitting_activation(self, loss: Loss) -> str | None:
        """The activation of the output that fits a loss; None where the present one may be right.

        Args:
            loss: The present one, or the fitting one.
        """
        now = self.activation
        if self.facts.target == "number":
            return None if now == LINEAR or self._is_bounded_rightly(loss) else LINEAR
        if loss.has_logits:
            return None
        if not loss.IS_CROSSENTROPY and not isinstance(loss, (*REGRESSION, KLDivergence)):
            return None
        is_one = self.facts.classes is None or self.fitting_units == 1
        fine = SIGMOIDS if is_one else EXCLUSIVE - {"log_softmax"}
        return None if now in fine else "sigmoid" if is_one else "softmax"

    def fitting(self) -> Fitting:
        """All that would have to change, of what can."""
        loss = None if self.is_loss_fitting else self.fitting_loss
        activation = self.fitting_activation(self.loss if loss is None else named_loss(loss))
        units = None if self.units == self.fitting_units else self.fitting_units
        return Fitting(activation, loss, units)

    def _is_bounded_rightly(self, loss: Loss) -> bool:
        """Whether the targets lie where the present activation can reach."""
        if self.activation in SIGMOIDS:
            return self.is_between_0_and_1
        if self.activation == "relu":
            return isinstance(loss, Poisson | MeanSquaredLogarithmicError)
        return self.activation in POSITIVE
