"""Warm-up, and then half a cosine."""

import math
from typing import Annotated, Any

from pydantic import Field

from coach.reading.optimizers import TrainingReading
from coach.techniques.schedules.scheduled_rate import ScheduledRate
from spec.language.declared import Section
from spec.training.schedules import CosineDecay


class WarmUpParameters(Section):
    """Of the warm-up.

    Attributes:
        fraction: Of all updates, in which the rate rises.
    """

    fraction: Annotated[float, Field(gt=0, lt=1)] = 0.1


class WarmUp(ScheduledRate[WarmUpParameters]):
    """Low, high, low again."""

    NAME = "warm_up"
    TITLE = "Warm-up with cosine decay"
    PURPOSE = "The learning rate rises while the first weights are still far off, and then falls along half a cosine."
    SOURCE = "Goyal et al. (2017), Accurate, large minibatch SGD; Loshchilov and Hutter (2017), SGDR"
    PARAMETERS = WarmUpParameters
    KIND = CosineDecay

    def schedule(self, training: TrainingReading, parameters: WarmUpParameters) -> dict[str, Any]:
        """By updates, over the whole training."""
        rising = self._rising(training, parameters)
        return {
            "type": "CosineDecay",
            "initial_learning_rate": 0.0,
            "warmup_target": training.base_rate,
            "warmup_steps": rising,
            "decay_steps": training.updates - rising,
        }

    def reason(self, training: TrainingReading, parameters: WarmUpParameters) -> str:
        """How long."""
        rising = self._rising(training, parameters)
        return (
            f"The learning rate rises to {training.base_rate:g} in the first {rising:,} of {training.updates:,} "
            "updates, and falls to 0 in the others."
        )

    def is_followed(self, training: TrainingReading) -> bool:
        """Only with a warm-up."""
        schedule = training.optimizer.schedule
        return isinstance(schedule, CosineDecay) and schedule.warmup_target is not None and schedule.warmup_steps > 0

    @staticmethod
    def _rising(training: TrainingReading, parameters: WarmUpParameters) -> int:
        return min(math.ceil(parameters.fraction * training.updates), training.updates - 1)
