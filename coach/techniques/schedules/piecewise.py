"""Piecewise constant scheduling."""

from typing import Any, ClassVar

from coach.reading.optimizers import TrainingReading, rounded
from coach.techniques.schedules.scheduled_rate import ScheduledRate
from coach.techniques.technique import NoParameters
from spec.training.schedules import PiecewiseConstantDecay

_PARTS = (1.0, 0.5, 0.1)
"""Of the first rate, in each part, as the notebook has them."""


class PiecewiseScheduling(ScheduledRate[NoParameters]):
    """A constant rate, then a lower one, then a still lower one."""

    NAME = "piecewise_scheduling"
    TITLE = "Piecewise constant scheduling"
    PURPOSE = "The learning rate stays constant while the training makes fast progress, and is lowered in two steps."
    SOURCE = "Krizhevsky, Sutskever and Hinton (2012), ImageNet classification with deep convolutional neural networks"
    PARAMETERS = NoParameters
    KIND = PiecewiseConstantDecay
    FEWEST_EPOCHS: ClassVar[int] = 3

    def schedule(self, training: TrainingReading, parameters: NoParameters) -> dict[str, Any]:
        """By epochs."""
        del parameters
        values = [rounded(training.base_rate * part) for part in _PARTS]
        return {
            "type": "PiecewiseConstantDecay",
            "boundaries": _boundaries(training.epochs),
            "values": values,
            "unit": "epoch",
        }

    def reason(self, training: TrainingReading, parameters: NoParameters) -> str:
        """When."""
        del parameters
        first, second = _boundaries(training.epochs)
        half, tenth = (rounded(training.base_rate * part) for part in _PARTS[1:])
        return (
            f"After {first + 1} and {second + 1} of {training.epochs:,} epochs, the learning rate of "
            f"{training.base_rate:g} falls to {half:g} and {tenth:g}."
        )


def _boundaries(epochs: int) -> list[int]:
    """The last epochs, from 0, of the first two parts: a quarter of all epochs, and a half more."""
    first = max(0, round(epochs / 4) - 1)
    return [first, max(first + 1, round(3 * epochs / 4) - 1)]
