"""Batch normalization before the activation."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import Kernel, NetworkReading
from coach.reading.words import layers_called
from coach.techniques.normalization.unnormalized import NOTHING, SECTION, SOURCE, unnormalized
from coach.techniques.technique import NoParameters, Technique


class BatchNormalizationBefore(Technique[NoParameters]):
    """Batch normalization between a hidden layer and its activation, which becomes a layer of its own."""

    NAME = "batch_normalization_before_activation"
    TITLE = "Batch normalization before the activation"
    PURPOSE = "Activations get inputs of mean 0 and variance 1, where they bend most and saturate least."
    SECTION = SECTION
    SOURCE = SOURCE
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """One for each hidden layer that has none; its bias is left out, since the normalization has a shift."""
        del parameters
        network = NetworkReading(job)
        kernels = unnormalized(network)
        if not kernels:
            return NotApplicable(NOTHING)
        draft = Draft(job)
        draft.clear([one.index for one in kernels if one.has_own_activation], "activation")
        draft.put([one.index for one in kernels if _is_bias_lost(one, network)], "use_bias", value=False)
        for kernel in kernels:
            if kernel.has_own_activation:
                activation = {"type": "Activation", "activation": kernel.activation}
                draft.insert_after(kernel.index, {"type": "BatchNormalization"}, activation)
            else:
                draft.insert_before(kernel.activated_at, {"type": "BatchNormalization"})
        called = layers_called([one.name for one in kernels], "hidden")
        return draft.move(f"The activations of {called} get normalized inputs, at which they have a slope.")


def _is_bias_lost(kernel: Kernel, network: NetworkReading) -> bool:
    """Whether the normalization directly after a layer takes its bias off again."""
    has_bias = getattr(kernel.layer, "use_bias", False)
    return has_bias and (kernel.has_own_activation or network.sources(kernel.activated_at) == (kernel.index,))
