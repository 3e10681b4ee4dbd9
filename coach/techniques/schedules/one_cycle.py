"""1cycle."""

from typing import Annotated, Any

from pydantic import Field

from coach.reading.optimizers import TrainingReading, rounded
from coach.techniques.schedules.scheduled_rate import ScheduledRate
from spec.language.declared import Section
from spec.training.optimizers import SGD
from spec.training.schedules import OneCycle

_MOMENTA = {"max_momentum": 0.95, "min_momentum": 0.85}
"""Those of the paper."""


class OneCycleParameters(Section):
    """Of 1cycle.

    Attributes:
        factor: The highest rate, as a multiple of the present one.
    """

    factor: Annotated[float, Field(gt=0, le=1000)] = 3.0


class OneCycleScheduling(ScheduledRate[OneCycleParameters]):
    """One rise and one fall over the whole training."""

    NAME = "one_cycle"
    TITLE = "1cycle scheduling"
    PURPOSE = "The learning rate rises once, far above what could be kept up, and falls again over the whole training."
    SOURCE = "Smith (2018), A disciplined approach to neural network hyper-parameters: part 1"
    PARAMETERS = OneCycleParameters
    KIND = OneCycle

    def schedule(self, training: TrainingReading, parameters: OneCycleParameters) -> dict[str, Any]:
        """With a momentum of SGD that mirrors it, where there is one."""
        optimizer = training.optimizer
        momenta = _MOMENTA if isinstance(optimizer, SGD) and optimizer.momentum else {}
        return {"type": "OneCycle", "max_learning_rate": self._highest(training, parameters), **momenta}

    def reason(self, training: TrainingReading, parameters: OneCycleParameters) -> str:
        """How high."""
        top = self._highest(training, parameters)
        return f"The learning rate rises to {top:g} and falls again, once in {training.updates:,} updates."

    @staticmethod
    def _highest(training: TrainingReading, parameters: OneCycleParameters) -> float:
        return rounded(parameters.factor * training.base_rate)
