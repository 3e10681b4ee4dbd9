"""Power scheduling."""

from typing import Annotated, Any

from pydantic import Field

from coach.reading.optimizers import TrainingReading, rounded
from coach.techniques.schedules.scheduled_rate import ScheduledRate
from spec.language.declared import Section
from spec.training.schedules import InverseTimeDecay

_END = 4
"""By how much the rate is divided in the end, unless a decay is given."""


class PowerParameters(Section):
    """Of the power scheduling.

    Attributes:
        decay_rate: Of each update. By default, the training ends with a quarter of its first rate.
    """

    decay_rate: Annotated[float, Field(gt=0, le=1000)] | None = None


class PowerScheduling(ScheduledRate[PowerParameters]):
    """The rate is divided by a number that grows with each update."""

    NAME = "power_scheduling"
    TITLE = "Power scheduling"
    PURPOSE = "The learning rate falls quickly at first and ever more slowly later."
    SOURCE = "Robbins and Monro (1951), A stochastic approximation method"
    PARAMETERS = PowerParameters
    KIND = InverseTimeDecay

    def schedule(self, training: TrainingReading, parameters: PowerParameters) -> dict[str, Any]:
        """By updates, as older Kerases did it."""
        return {
            "type": "InverseTimeDecay",
            "initial_learning_rate": training.base_rate,
            "decay_steps": 1,
            "decay_rate": self._decay(training, parameters),
        }

    def reason(self, training: TrainingReading, parameters: PowerParameters) -> str:
        """From where to where."""
        end = training.base_rate / (1 + self._decay(training, parameters) * training.updates)
        return f"The learning rate falls from {training.base_rate:g} to {end:.3g} in {training.updates:,} updates."

    @staticmethod
    def _decay(training: TrainingReading, parameters: PowerParameters) -> float:
        return parameters.decay_rate or rounded((_END - 1) / training.updates)
