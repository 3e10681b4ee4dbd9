"""Glorot initialization."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.words import layers_called
from coach.techniques.initialization.first_weights import begins_with, initialize
from coach.techniques.technique import NoParameters, Technique
from spec.networks.initializers import GlorotNormal, GlorotUniform


class GlorotInitialization(Technique[NoParameters]):
    """First weights whose size follows from the inputs and the outputs of their layer."""

    NAME = "glorot_initialization"
    TITLE = "Glorot initialization"
    PURPOSE = (
        "The first weights get the variance at which a signal keeps its size on the way forward and its gradient on "
        "the way back."
    )
    SECTION = "Glorot and He Initialization"
    SOURCE = "Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """Every trained layer with a kernel begins as Keras would have it."""
        del parameters
        network = NetworkReading(job)
        trained = [one for one in network.kernels if one.layer.trainable and one.roles]
        others = [one for one in trained if not begins_with(one, (GlorotUniform, GlorotNormal))]
        if not others:
            return NotApplicable("All layers begin with the Glorot initialization already.")
        draft = Draft(job)
        initialize(draft, others, "glorot_uniform")
        called = layers_called([one.name for one in others])
        return draft.move(f"The first weights of {called} get the variance that follows from the size of the layer.")
