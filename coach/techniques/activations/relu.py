"""ReLU where activations saturate."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.activations import BOUNDED
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.words import layers_called
from coach.techniques.activations.changed_activation import name_activations, suit_rectifiers, with_activations
from coach.techniques.technique import NoParameters, Technique
from spec.language.sentences import enumeration, quoted


class Relu(Technique[NoParameters]):
    """An activation whose slope is 1 for all positive numbers."""

    NAME = "relu"
    TITLE = "ReLU in place of activations that saturate"
    PURPOSE = "The slope of a ReLU does not shrink for large inputs, so gradients reach the first layers."
    SECTION = "Nonsaturating Activation Functions"
    SOURCE = "Glorot, Bordes and Bengio (2011), Deep sparse rectifier neural networks"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """Every hidden layer with a saturating activation."""
        del parameters
        network = NetworkReading(job)
        kernels = with_activations(network, BOUNDED.__contains__)
        if not kernels:
            return NotApplicable("There is no hidden layer with an activation that saturates, such as sigmoid or tanh.")
        draft = Draft(job)
        name_activations(draft, network, kernels, "relu")
        suit_rectifiers(draft, kernels)
        former = enumeration(quoted(name) for name in dict.fromkeys(one.activation for one in kernels))
        called = layers_called([one.name for one in kernels], "hidden")
        return draft.move(
            f"Gradients shrink or grow on their way through {former}; a ReLU in {called} keeps their size."
        )
