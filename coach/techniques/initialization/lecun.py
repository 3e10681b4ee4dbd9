"""LeCun initialization."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.techniques.initialization.first_weights import begins_with, move_to
from coach.techniques.technique import NoParameters, Technique
from spec.networks.initializers import LecunNormal


class LecunInitialization(Technique[NoParameters]):
    """A variance of one divided by the number of inputs."""

    NAME = "lecun_initialization"
    TITLE = "LeCun initialization"
    PURPOSE = "The first weights get the variance at which a layer without an activation keeps the size of its input."
    SECTION = "Nonsaturating Activation Functions"
    SOURCE = "LeCun, Bottou, Orr and Müller (1998), Efficient BackProp"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """Every hidden layer."""
        del parameters
        return move_to(
            job,
            "lecun_normal",
            lambda kernel: not begins_with(kernel, LecunNormal),
            why="get a variance of one divided by the number of the inputs.",
            nothing="There is no hidden layer that begins otherwise.",
        )
