"""Smaller batches."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.techniques.data.batches import SOURCE, BatchSize, batches_of
from coach.techniques.technique import Technique
from spec.language.declared import Section


class SmallerBatchesParameters(Section):
    """Of the batches.

    Attributes:
        batch_size: How many rows a batch has at most.
    """

    batch_size: BatchSize = 16


class SmallerBatches(Technique[SmallerBatchesParameters]):
    """More steps for the same epochs."""

    NAME = "smaller_batches"
    TITLE = "Smaller batches"
    PURPOSE = "An epoch has more steps, so the network gets further in the same number of epochs."
    SECTION = None
    SOURCE = SOURCE
    PARAMETERS = SmallerBatchesParameters

    def move(self, job: CoachedJob, parameters: SmallerBatchesParameters) -> Move | NotApplicable:
        """Where they are larger now."""
        now, wanted = job.spec.training.batch_size, parameters.batch_size
        if now <= wanted:
            return NotApplicable(f"A batch has {now:,} rows, which is not more than {wanted:,}.")
        return batches_of(job, wanted)
