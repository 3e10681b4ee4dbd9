"""Weights of another job."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.techniques.technique import Technique
from spec.ids import pattern_of
from spec.language.declared import Section
from spec.training.initial_weights import Checkpoint


class ReuseParameters(Section):
    """Of the reuse.

    Attributes:
        job: The id of the job that has the weights. Without one, the technique does not apply.
        checkpoint: Which of its weights.
    """

    job: Annotated[str, Field(pattern=pattern_of("job"))] | None = None
    checkpoint: Checkpoint = "last"


class ReusedWeights(Technique[ReuseParameters]):
    """A training that begins with what another network has learned."""

    NAME = "reuse_weights"
    TITLE = "Reuse of weights"
    PURPOSE = "Layers that another network has learned on a similar task are a better beginning than random weights."
    SECTION = "Faster Optimizers"
    SOURCE = "Yosinski, Clune, Bengio and Lipson (2014), How transferable are features in deep neural networks?"
    PARAMETERS = ReuseParameters

    def move(self, job: CoachedJob, parameters: ReuseParameters) -> Move | NotApplicable:
        """Of all layers with the same names."""
        if job.spec.training.initial_weights is not None:
            return NotApplicable("The training begins with the weights of another job already.")
        if parameters.job is None:
            return NotApplicable("The parameter `job` must name the job that has the weights.")
        draft = Draft(job)
        checkpoint = {} if parameters.checkpoint == "last" else {"checkpoint": parameters.checkpoint}
        draft.training["initial_weights"] = {"from": {"job": parameters.job, **checkpoint}}
        which = "best" if parameters.checkpoint == "best" else "last"
        return draft.move(f"Layers with the same names begin with the {which} weights of {parameters.job}.")
