"""Exponential scheduling, by epoch."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from coach.reading.optimizers import TrainingReading
from coach.techniques.schedules.scheduled_rate import ScheduledRate
from spec.language.declared import Section
from spec.training.schedules import ExponentialDecay


class ExponentialParameters(Section):
    """Of the exponential scheduling.

    Attributes:
        decay_rate: By what the rate is multiplied each time.
        decay_epochs: In how many epochs that happens once. By default, over the whole training.
    """

    decay_rate: Annotated[float, Field(gt=0, lt=1)] = 0.1
    decay_epochs: Annotated[int, Field(ge=1, le=100_000)] | None = None


class ExponentialScheduling(ScheduledRate[ExponentialParameters]):
    """The rate falls by the same factor in each epoch."""

    NAME = "exponential_scheduling"
    TITLE = "Exponential scheduling"
    PURPOSE = "The learning rate falls by the same factor in each epoch: large steps first, small ones in the end."
    SOURCE = "Senior, Heigold, Ranzato and Yang (2013), An empirical study of learning rates in deep neural networks"
    PARAMETERS = ExponentialParameters
    KIND = ExponentialDecay
    FEWEST_EPOCHS: ClassVar[int] = 2

    def schedule(self, training: TrainingReading, parameters: ExponentialParameters) -> dict[str, Any]:
        """By epochs."""
        return {
            "type": "ExponentialDecay",
            "initial_learning_rate": training.base_rate,
            "decay_steps": parameters.decay_epochs or training.epochs,
            "decay_rate": parameters.decay_rate,
            "unit": "epoch",
        }

    def reason(self, training: TrainingReading, parameters: ExponentialParameters) -> str:
        """How fast."""
        epochs = parameters.decay_epochs or training.epochs
        factor = f"{parameters.decay_rate:g}"
        return f"The learning rate of {training.base_rate:g} is multiplied by {factor} in {epochs:,} epochs."
