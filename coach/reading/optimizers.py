"""The optimizer and the learning rate of a job, and how many updates of the weights it makes."""

import math
from collections.abc import Iterator
from typing import Any, cast

from coach.coached_job import CoachedJob
from spec.datasets.choice import dataset_of
from spec.datasets.counts import row_counts
from spec.training.optimizers import Optimizer, optimizer_of
from spec.training.schedules import Schedule

RATES = frozenset({*Schedule.RATES, "max_learning_rate", "final_learning_rate"})
"""Fields of schedules that are rates."""

USUAL_CHANGE = 1e-3
"""Of a weight's size: what a step usually changes it by (A. Karpathy, CS231n). Shorter ones are slow."""


class TrainingReading:
    """How a job trains."""

    def __init__(self, job: CoachedJob) -> None:
        self._job = job
        self.spec = job.spec.training
        self.optimizer: Optimizer = optimizer_of(self.spec.optimizer)

    @property
    def is_optimizer_used(self) -> bool:
        """Whether the training, or a phase of it, has the optimizer of the training."""
        return not self.spec.phases or any(phase.optimizer is None for phase in self.spec.phases)

    @property
    def is_rate_used(self) -> bool:
        """Whether the training, or a phase of it, has the learning rate of the training's optimizer."""
        return not self.spec.phases or any(
            phase.optimizer is None and phase.learning_rate is None for phase in self.spec.phases
        )

    @property
    def epochs(self) -> int:
        """Over how many epochs a schedule of the optimizer runs: schedules begin again with each phase."""
        phases = [one.epochs for one in self.spec.phases if one.optimizer is None and one.learning_rate is None]
        return max(phases) if phases else self.spec.epochs

    @property
    def train_rows(self) -> int:
        """How many rows an epoch trains on, at most."""
        counts = row_counts(dataset_of(self._job.spec.dataset), self._job.facts, self.spec.validation_split)
        return max(1, counts.train)

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return math.ceil(self.train_rows / self.spec.batch_size)

    @property
    def updates(self) -> int:
        """Over how many updates a schedule of the optimizer runs."""
        return self.epochs * self.steps

    @property
    def has_validation(self) -> bool:
        """Whether rows are held back for validation."""
        return bool(self.spec.validation_split) or dataset_of(self._job.spec.dataset).has_validation

    @property
    def monitored(self) -> str:
        """The loss that tells best how the training goes."""
        return "val_loss" if self.has_validation else "loss"

    @property
    def rate(self) -> float:
        """The learning rate, or the highest one of its schedule."""
        return highest(self.optimizer.learning_rate)

    @property
    def fastest(self) -> tuple[float, Optimizer]:
        """The highest learning rate that the training or a phase of it has, beside what is usual, and its optimizer."""
        return max(self._trained_with(), key=lambda one: one[0] / usual_rate(type(one[1])))

    @property
    def decay(self) -> float:
        """The share of the weights that a step takes away, at the most: the weight decay times the learning rate."""
        return max(rate * (optimizer.weight_decay or 0.0) for rate, optimizer in self._trained_with())

    def _trained_with(self) -> Iterator[tuple[float, Optimizer]]:
        """The learning rates (of schedules the highest ones) and their optimizers: of each phase, if there are any."""
        if not self.spec.phases:
            yield self.rate, self.optimizer
        for phase in self.spec.phases:
            optimizer = self.optimizer if phase.optimizer is None else optimizer_of(phase.optimizer)
            yield highest(optimizer.learning_rate if phase.learning_rate is None else phase.learning_rate), optimizer

    @property
    def base_rate(self) -> float:
        """What a schedule can begin with: the present rate, or the usual one where that is 0 all along."""
        return self.rate or self.usual_rate

    @property
    def usual_rate(self) -> float:
        """Keras's default for the optimizer."""
        return usual_rate(type(self.optimizer))


def usual_rate(kind: type[Optimizer]) -> float:
    """The learning rate that Keras gives an optimizer."""
    return float(kind.model_fields["learning_rate"].default)


def highest(rate: float | Schedule) -> float:
    """The highest learning rate that a schedule states, or the number itself."""
    return max(_rates(rate), default=0.0) if isinstance(rate, Schedule) else rate


def _rates(schedule: Schedule) -> Iterator[float]:
    for name in RATES & type(schedule).model_fields.keys():
        said: float | tuple[float, ...] | None = getattr(schedule, name)
        yield from said if isinstance(said, tuple) else () if said is None else (said,)


def multiplied(rate: float | dict[str, Any], factor: float) -> float | dict[str, Any]:
    """A learning rate as a spec says it, with all rates that it states multiplied.

    Args:
        rate: A number, or a schedule's body.
        factor: By how much.
    """
    if not isinstance(rate, dict):
        return rounded(rate * factor)
    changed: dict[str, Any] = {}
    for name, said in rate.items():
        if name not in RATES or said is None:
            changed[name] = said
        else:
            rates = cast("list[float]", said) if isinstance(said, list) else [said]
            scaled = [rounded(one * factor) for one in rates]
            changed[name] = scaled if isinstance(said, list) else scaled[0]
    return changed


def rounded(number: float) -> float:
    """To three digits that count, so that 0.1 times 3 reads as 0.3."""
    return float(f"{number:.3g}")
