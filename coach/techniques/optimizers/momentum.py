"""Momentum."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading
from coach.techniques.optimizers.exchanged_optimizer import OWN_RATE
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.training.optimizers import SGD


class MomentumParameters(Section):
    """Of the momentum.

    Attributes:
        momentum: How much of the former step is kept in the next one.
    """

    momentum: Annotated[float, Field(gt=0, lt=1)] = 0.9


def why_not_sgd(training: TrainingReading) -> str | None:
    """Why gradient descent cannot get another momentum, as a sentence; None where it can."""
    if not training.is_optimizer_used:
        return OWN_RATE
    if not isinstance(training.optimizer, SGD):
        return f"The training has {training.optimizer.type}, and this technique is for SGD."
    return None


class Momentum(Technique[MomentumParameters]):
    """Gradient descent that gathers speed."""

    NAME = "momentum"
    TITLE = "Momentum optimization"
    PURPOSE = "Steps in the same direction add up, so the training gets faster through long valleys."
    SECTION = "Momentum Optimization"
    SOURCE = "Polyak (1964), Some methods of speeding up the convergence of iteration methods"
    PARAMETERS = MomentumParameters

    def move(self, job: CoachedJob, parameters: MomentumParameters) -> Move | NotApplicable:
        """For SGD without momentum."""
        training = TrainingReading(job)
        reason = why_not_sgd(training)
        if reason is not None:
            return NotApplicable(reason)
        if isinstance(training.optimizer, SGD) and training.optimizer.momentum:
            return NotApplicable(f"SGD has a momentum of {training.optimizer.momentum:g} already.")
        draft = Draft(job)
        draft.optimizer["momentum"] = parameters.momentum
        faster = 1 / (1 - parameters.momentum)
        return draft.move(
            f"SGD has no momentum; with {parameters.momentum:g}, steady steps get up to {faster:.3g} times as long."
        )
