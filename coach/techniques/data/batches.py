"""How many rows a batch has."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading

BatchSize = Annotated[int, Field(ge=1, le=65_536)]
SOURCE = "Keskar et al. (2017), On large-batch training for deep learning: generalization gap and sharp minima"


def batches_of(job: CoachedJob, size: int) -> Move | NotApplicable:
    """Batches of another size."""
    training = TrainingReading(job)
    now = training.spec.batch_size
    draft = Draft(job)
    draft.training["batch_size"] = size
    then = -(-training.train_rows // size)
    return draft.move(f"An epoch gets {then:,} steps of {size:,} rows, where it has {training.steps:,} of {now:,} now.")
