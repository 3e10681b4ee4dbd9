"""Larger batches."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.optimizers import TrainingReading
from coach.techniques.data.batches import SOURCE, BatchSize, batches_of
from coach.techniques.technique import Technique
from spec.language.declared import Section

_STEPS = 10
"""An epoch keeps at least so many."""


class LargerBatchesParameters(Section):
    """Of the batches.

    Attributes:
        batch_size: How many rows a batch has at least, as long as an epoch keeps 10 steps.
    """

    batch_size: BatchSize = 128


class LargerBatches(Technique[LargerBatchesParameters]):
    """Gradients with less noise."""

    NAME = "larger_batches"
    TITLE = "Larger batches"
    PURPOSE = "The gradient of a larger batch has less noise, so the loss jumps less, and an epoch takes less time."
    SECTION = None
    SOURCE = SOURCE
    PARAMETERS = LargerBatchesParameters

    def move(self, job: CoachedJob, parameters: LargerBatchesParameters) -> Move | NotApplicable:
        """Where they are smaller now."""
        training = TrainingReading(job)
        now, most = training.spec.batch_size, training.train_rows // _STEPS
        wanted = min(parameters.batch_size, most)
        if now >= wanted:
            rows = f"{training.train_rows:,} training rows"
            return NotApplicable(f"A batch has {now:,} of the {rows}, which is not fewer than {wanted:,}.")
        return batches_of(job, wanted)
