"""More epochs."""

import math
from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading
from coach.techniques.technique import Technique
from spec.language.declared import Section


class MoreEpochsParameters(Section):
    """Of the training.

    Attributes:
        updates: How many steps the training makes at least, in whole epochs.
        most_epochs: How many epochs it gets at most.
    """

    updates: Annotated[int, Field(ge=1, le=10_000_000)] = 5_000
    most_epochs: Annotated[int, Field(ge=1, le=100_000)] = 300


class MoreEpochs(Technique[MoreEpochsParameters]):
    """Enough steps to get somewhere."""

    NAME = "more_epochs"
    TITLE = "More epochs"
    PURPOSE = "A training that ends while its loss still falls has not learned what it could."
    SECTION = None
    SOURCE = "Hoffer, Hubara and Soudry (2017), Train longer, generalize better"
    PARAMETERS = MoreEpochsParameters

    def move(self, job: CoachedJob, parameters: MoreEpochsParameters) -> Move | NotApplicable:
        """As many as make so many steps."""
        training = TrainingReading(job)
        if training.spec.phases:
            return NotApplicable("Each phase of this training has its own number of epochs. Change those.")
        now, made = training.spec.epochs, training.updates
        wanted = min(math.ceil(parameters.updates / training.steps), parameters.most_epochs)
        if now >= wanted:
            return NotApplicable(f"The training makes {made:,} steps in {now:,} epochs, which should be enough.")
        draft = Draft(job)
        draft.training["epochs"] = wanted
        return draft.move(f"The training makes only {made:,} steps in {now:,} epochs; {wanted:,} epochs make enough.")
