"""ELU."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.words import layers_called
from coach.techniques.activations.changed_activation import (
    bounded_or_dying,
    name_activations,
    suit_rectifiers,
    with_activations,
)
from coach.techniques.technique import NoParameters, Technique


class Elu(Technique[NoParameters]):
    """A smooth rectifier whose outputs have a mean near zero."""

    NAME = "elu"
    TITLE = "ELU"
    PURPOSE = "Units have a gradient for negative inputs too, and their outputs have a mean near zero."
    SECTION = "Nonsaturating Activation Functions"
    SOURCE = "Clevert, Unterthiner and Hochreiter (2016), Fast and accurate deep network learning by ELUs"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """Every hidden layer with a ReLU or a saturating activation."""
        del parameters
        network = NetworkReading(job)
        kernels = with_activations(network, bounded_or_dying)
        if not kernels:
            return NotApplicable("There is no hidden layer with a ReLU or with an activation that saturates.")
        draft = Draft(job)
        name_activations(draft, network, kernels, "elu")
        suit_rectifiers(draft, kernels)
        called = layers_called([one.name for one in kernels], "hidden")
        return draft.move(f"An ELU in {called} has a gradient on both sides of zero, so units do not stop learning.")
