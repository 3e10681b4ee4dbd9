"""How a job gets a schedule in the place of its learning rate, or of another schedule."""

from abc import abstractmethod
from typing import Any, ClassVar

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading
from coach.techniques.optimizers.learning_rates import OWN_RATES
from coach.techniques.technique import P, Technique
from spec.training.callbacks import ReduceLROnPlateau
from spec.training.schedules import Schedule

SECTION = "Learning Rate Scheduling"


class ScheduledRate(Technique[P]):
    """Base of the techniques that are a schedule.

    Class attributes:
        KIND: The schedule.
        FEWEST_EPOCHS: Over how many epochs it must run to mean anything.
    """

    KIND: ClassVar[type[Schedule]]
    FEWEST_EPOCHS: ClassVar[int] = 1
    SECTION = SECTION

    @abstractmethod
    def schedule(self, training: TrainingReading, parameters: P) -> dict[str, Any]:
        """The schedule, as a spec says it, for a training that has an unscheduled rate."""

    @abstractmethod
    def reason(self, training: TrainingReading, parameters: P) -> str:
        """What it does here, in a sentence."""

    def move(self, job: CoachedJob, parameters: P) -> Move | NotApplicable:
        """The schedule; a callback that lowers the rate has no place beside it."""
        training = TrainingReading(job)
        if not training.is_rate_used:
            return NotApplicable(OWN_RATES)
        if self.is_followed(training):
            return NotApplicable(f"The learning rate follows `{self.KIND.__name__}` already.")
        if training.epochs < self.FEWEST_EPOCHS or training.updates <= 1:
            return NotApplicable(f"The training is too short for it, with {_epochs(training.epochs)}.")
        draft = Draft(job)
        draft.optimizer["learning_rate"] = self.schedule(training, parameters)
        drop_plateaus(draft, training)
        return draft.move(self.reason(training, parameters))

    def is_followed(self, training: TrainingReading) -> bool:
        """Whether the training has such a schedule."""
        return isinstance(training.optimizer.schedule, self.KIND)


def drop_plateaus(draft: Draft, training: TrainingReading) -> None:
    """Leave out the callbacks that lower the rate: only one hand may be on it."""
    places = [index for index, one in enumerate(training.spec.callbacks) if isinstance(one, ReduceLROnPlateau)]
    for index in reversed(places):
        del draft.callbacks()[index]


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count:,} epochs"
