"""Learning rates of other sizes, as multiples of what is usual for the optimizer."""

from typing import Annotated, Any

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading, multiplied, rounded
from spec.language.declared import Section

OWN_RATES = "All phases of this training have a learning rate of their own. Change those."

Factor = Annotated[float, Field(gt=0, le=1e6)]


class LowerRateParameters(Section):
    """Of a lower learning rate.

    Attributes:
        factor: The new learning rate, as a multiple of Keras's default for the optimizer.
    """

    factor: Factor = 0.1


class HigherRateParameters(Section):
    """Of a higher learning rate.

    Attributes:
        factor: The new learning rate, as a multiple of Keras's default for the optimizer.
    """

    factor: Factor = 10.0


def rate_moved(job: CoachedJob, factor: float, *, is_lower: bool) -> Move | NotApplicable:
    """Another learning rate, where it lies on that side of the present one.

    Args:
        job: A sound job.
        factor: Of Keras's default for the optimizer.
        is_lower: Whether the rate is to become lower.
    """
    training = TrainingReading(job)
    if not training.is_rate_used:
        return NotApplicable(OWN_RATES)
    now, then = training.rate, rounded(training.usual_rate * factor)
    # Rounded rates of a schedule may be off by a little.
    if rounded(now) <= then if is_lower else rounded(now) >= then:
        side = "higher" if is_lower else "lower"
        return NotApplicable(f"The learning rate is {now:g}, which is not {side} than {then:g}.")
    draft = Draft(job)
    said: Any = draft.optimizer.get("learning_rate", now)
    is_scaled = training.optimizer.schedule is not None and now > 0
    draft.optimizer["learning_rate"] = multiplied(said, then / now) if is_scaled else then
    which = "learning rate" if training.optimizer.schedule is None else "highest learning rate of the schedule"
    usual = f"{training.usual_rate:g} is usual for {training.optimizer.type}"
    return draft.move(f"The {which} is {now:g} and becomes {then:g}, where {usual}.")
