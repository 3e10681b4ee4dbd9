"""L1 regularization."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.techniques.regularization.penalties import SECTION, Strength, penalized
from coach.techniques.technique import Technique
from spec.language.declared import Section


class L1Parameters(Section):
    """Of the penalty.

    Attributes:
        l1: By what the sum of the absolute weights is multiplied.
    """

    l1: Strength = 1e-4


class L1Regularization(Technique[L1Parameters]):
    """A penalty on the size of weights, which makes many of them zero."""

    NAME = "l1_regularization"
    TITLE = "L1 regularization"
    PURPOSE = "Weights that do not help become zero, so the network uses fewer of its inputs."
    SECTION = SECTION
    SOURCE = "Tibshirani (1996), Regression shrinkage and selection via the lasso"
    PARAMETERS = L1Parameters

    def move(self, job: CoachedJob, parameters: L1Parameters) -> Move | NotApplicable:
        """For all kernels without a penalty."""
        penalty = {"type": "L1", "l1": parameters.l1}
        reason = f"The loss gets {parameters.l1:g} times the sum of the absolute weights of {{layers}}."
        return penalized(job, penalty, reason)
