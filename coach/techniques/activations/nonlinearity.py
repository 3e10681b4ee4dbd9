"""A nonlinearity between layers that have none."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import Kernel, NetworkReading
from coach.reading.words import layers_called
from coach.techniques.activations.changed_activation import suit_rectifiers
from coach.techniques.technique import NoParameters, Technique


def linear_hidden(network: NetworkReading) -> list[Kernel]:
    """The hidden layers after which only layers follow that do not bend anything, up to the next kernel."""
    return [one for one in network.hidden if one.activation is None and network.next_kernel(one) is not None]


class Nonlinearity(Technique[NoParameters]):
    """Layers in a row without an activation compute no more than one of them."""

    NAME = "nonlinearity"
    TITLE = "A nonlinearity between layers"
    PURPOSE = "Several layers without an activation between them can compute no more than a single one."
    SECTION = None
    SOURCE = "Goodfellow, Bengio and Courville (2016), Deep learning, section 6.1"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """A ReLU for each, after the normalization where there is one."""
        del parameters
        network = NetworkReading(job)
        kernels = linear_hidden(network)
        if not kernels:
            return NotApplicable("There are no layers in a row without an activation between them.")
        draft = Draft(job)
        draft.put([one.index for one in kernels if one.normalized_at is None], "activation", "relu")
        for index in (one.normalized_at for one in kernels):
            if index is not None:
                draft.insert_after(index, {"type": "Activation", "activation": "relu"})
        suit_rectifiers(draft, kernels)
        called = layers_called([one.name for one in kernels], "hidden")
        return draft.move(f"Without an activation, {called} and what follows compute no more than a single layer.")
