"""Gradient clipping."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading
from coach.techniques.optimizers.exchanged_optimizer import OWN_RATE
from coach.techniques.technique import Technique
from spec.language.declared import Section


class ClippingParameters(Section):
    """Of the clipping.

    Attributes:
        norm: The longest gradient that a variable can have.
    """

    norm: Annotated[float, Field(gt=0, le=1e6)] = 1.0


class GradientClipping(Technique[ClippingParameters]):
    """Gradients that are too long are shortened, and keep their direction."""

    NAME = "gradient_clipping"
    TITLE = "Gradient clipping"
    PURPOSE = "A single gradient that is far too long cannot throw the weights away any more."
    SECTION = None
    SOURCE = "Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks"
    PARAMETERS = ClippingParameters

    def move(self, job: CoachedJob, parameters: ClippingParameters) -> Move | NotApplicable:
        """By the norm of each variable's gradient."""
        training = TrainingReading(job)
        if not training.is_optimizer_used:
            return NotApplicable(OWN_RATE)
        for name in ("clipnorm", "clipvalue", "global_clipnorm"):
            if getattr(training.optimizer, name) is not None:
                return NotApplicable(f"The optimizer clips gradients already, by its `{name}`.")
        draft = Draft(job)
        draft.optimizer["clipnorm"] = parameters.norm
        return draft.move(
            f"{training.optimizer.type} shortens each gradient to a length of at most {parameters.norm:g}."
        )
