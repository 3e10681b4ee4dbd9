"""Batch normalization after the activation."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.words import layers_called
from coach.techniques.normalization.unnormalized import NOTHING, SECTION, SOURCE, unnormalized
from coach.techniques.technique import NoParameters, Technique


class BatchNormalizationAfter(Technique[NoParameters]):
    """Batch normalization between one hidden layer and the next."""

    NAME = "batch_normalization"
    TITLE = "Batch normalization after the activation"
    PURPOSE = "Each hidden layer gets inputs of mean 0 and variance 1, whatever the layers before it are learning."
    SECTION = SECTION
    SOURCE = SOURCE
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """One for each hidden layer that has none."""
        del parameters
        kernels = unnormalized(NetworkReading(job))
        if not kernels:
            return NotApplicable(NOTHING)
        draft = Draft(job)
        for kernel in kernels:
            draft.insert_after(kernel.activated_at, {"type": "BatchNormalization"})
        called = layers_called([one.name for one in kernels], "hidden")
        return draft.move(f"The outputs of {called} are normalized, so what follows gets inputs of one scale.")
