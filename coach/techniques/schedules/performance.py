"""Performance scheduling."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading
from coach.techniques.optimizers.learning_rates import OWN_RATES
from coach.techniques.schedules.scheduled_rate import SECTION
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.training.callbacks import ReduceLROnPlateau


class PerformanceParameters(Section):
    """Of the performance scheduling.

    Attributes:
        factor: By what the rate is multiplied each time.
        patience: After how many epochs without progress.
    """

    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    patience: Annotated[int, Field(ge=1, le=10_000)] = 5


class PerformanceScheduling(Technique[PerformanceParameters]):
    """The rate falls whenever the training stops making progress."""

    NAME = "performance_scheduling"
    TITLE = "Performance scheduling"
    PURPOSE = "The learning rate is lowered whenever the loss has stopped falling, and only then."
    SECTION = SECTION
    SOURCE = "Géron (2019), Hands-on machine learning with Scikit-Learn, Keras, and TensorFlow, chapter 11"
    PARAMETERS = PerformanceParameters

    def move(self, job: CoachedJob, parameters: PerformanceParameters) -> Move | NotApplicable:
        """A callback; a schedule gives way to its highest rate."""
        training = TrainingReading(job)
        if any(isinstance(one, ReduceLROnPlateau) for one in training.spec.callbacks):
            return NotApplicable("The training lowers its learning rate already when it stops making progress.")
        if not training.is_rate_used:
            return NotApplicable(OWN_RATES)
        draft = Draft(job)
        if training.optimizer.schedule is not None:
            draft.optimizer["learning_rate"] = training.base_rate
        monitor = {} if training.has_validation else {"monitor": "loss"}
        said = {"factor": parameters.factor, "patience": parameters.patience}
        draft.callbacks().append({"type": "ReduceLROnPlateau", **monitor, **said})
        return draft.move(
            f'Whenever "{training.monitored}" has not fallen for {parameters.patience} epochs, the learning rate of '
            f"{training.base_rate:g} is multiplied by {parameters.factor:g}."
        )
