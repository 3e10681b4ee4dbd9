"""L2 regularization."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.techniques.regularization.penalties import SECTION, Strength, penalized
from coach.techniques.technique import Technique
from spec.language.declared import Section


class L2Parameters(Section):
    """Of the penalty.

    Attributes:
        l2: By what the sum of the squared weights is multiplied.
    """

    l2: Strength = 1e-3


class L2Regularization(Technique[L2Parameters]):
    """A penalty on the squares of weights."""

    NAME = "l2_regularization"
    TITLE = "L2 regularization"
    PURPOSE = "Weights stay small, so the output does not change abruptly from one row to a similar one."
    SECTION = SECTION
    SOURCE = "Krogh and Hertz (1991), A simple weight decay can improve generalization"
    PARAMETERS = L2Parameters

    def move(self, job: CoachedJob, parameters: L2Parameters) -> Move | NotApplicable:
        """For all kernels without a penalty."""
        penalty = {"type": "L2", "l2": parameters.l2}
        reason = f"The loss gets {parameters.l2:g} times the sum of the squared weights of {{layers}}."
        return penalized(job, penalty, reason)
