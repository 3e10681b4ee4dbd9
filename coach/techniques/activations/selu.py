"""SELU, with the initializer and the dropout that it needs."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.words import layers_called
from coach.techniques.activations.changed_activation import name_activations, suit_selu, with_activations
from coach.techniques.initialization.first_weights import begins_with
from coach.techniques.technique import NoParameters, Technique
from spec.layers.dropout import Dropout
from spec.networks.initializers import LecunNormal


class Selu(Technique[NoParameters]):
    """An activation with which a stack of dense layers normalizes itself."""

    NAME = "selu"
    TITLE = "SELU"
    PURPOSE = (
        "A stack of layers with SELU and LeCun's normal initialization keeps mean and variance by itself, however deep "
        "it is."
    )
    SECTION = "Nonsaturating Activation Functions"
    SOURCE = "Klambauer, Unterthiner, Mayr and Hochreiter (2017), Self-normalizing neural networks"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """All hidden layers with an activation, since one without it breaks the stack."""
        del parameters
        network = NetworkReading(job)
        kernels = with_activations(network, bool)
        others = [one for one in kernels if one.activation != "selu"]
        dropping = [
            index
            for one in kernels
            for index in network.readers[one.activated_at]
            if type(network.layers[index]) is Dropout
        ]
        if not kernels:
            return NotApplicable("There is no hidden layer with an activation.")
        if not others and not dropping and all(begins_with(one, LecunNormal) for one in kernels):
            return NotApplicable("All hidden layers have SELU with the LeCun normal initialization already.")
        draft = Draft(job)
        name_activations(draft, network, others, "selu")
        suit_selu(draft, kernels)
        for index in dict.fromkeys(dropping):
            draft.body(index)["type"] = "AlphaDropout"
        called = layers_called([one.name for one in kernels], "hidden")
        return draft.move(f"With SELU and LeCun normal weights, {called} can keep mean and variance by themselves.")
