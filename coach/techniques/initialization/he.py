"""He initialization."""

from typing import Literal

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.activations import RECTIFYING
from coach.reading.kernels import Kernel
from coach.techniques.initialization.first_weights import begins_with, move_to
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.networks.initializers import HeNormal, HeUniform

KINDS = {"normal": HeNormal, "uniform": HeUniform}


class HeParameters(Section):
    """Of the He initialization.

    Attributes:
        distribution: From which the weights are drawn.
    """

    distribution: Literal["normal", "uniform"] = "normal"


class HeInitialization(Technique[HeParameters]):
    """Twice the variance of LeCun's, since a rectifier lets half of a signal through."""

    NAME = "he_initialization"
    TITLE = "He initialization"
    PURPOSE = "The first weights before a rectifier are drawn wider, because it lets only half of the signal through."
    SECTION = "Glorot and He Initialization"
    SOURCE = "He, Zhang, Ren and Sun (2015), Delving deep into rectifiers"
    PARAMETERS = HeParameters

    def move(self, job: CoachedJob, parameters: HeParameters) -> Move | NotApplicable:
        """Every hidden layer with a rectifier."""

        def wanted(kernel: Kernel) -> bool:
            return kernel.activation in RECTIFYING and not begins_with(kernel, KINDS[parameters.distribution])

        return move_to(
            job,
            f"he_{parameters.distribution}",
            wanted,
            why="get twice the usual variance, because a ReLU lets about half of the signal through.",
            nothing="There is no hidden layer with a ReLU or a similar activation that begins otherwise.",
        )
