"""L1 and L2 regularization together."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.techniques.regularization.penalties import SECTION, Strength, penalized
from coach.techniques.technique import Technique
from spec.language.declared import Section


class L1L2Parameters(Section):
    """Of the penalty.

    Attributes:
        l1: By what the sum of the absolute weights is multiplied.
        l2: By what the sum of the squared weights is multiplied.
    """

    l1: Strength = 1e-4
    l2: Strength = 1e-3


class L1L2Regularization(Technique[L1L2Parameters]):
    """Both penalties: few weights, and small ones."""

    NAME = "l1_l2_regularization"
    TITLE = "L1 and L2 regularization"
    PURPOSE = "Weights that do not help become zero, and the others stay small."
    SECTION = SECTION
    SOURCE = "Zou and Hastie (2005), Regularization and variable selection via the elastic net"
    PARAMETERS = L1L2Parameters

    def move(self, job: CoachedJob, parameters: L1L2Parameters) -> Move | NotApplicable:
        """For all kernels without a penalty."""
        penalty = {"type": "L1L2", "l1": parameters.l1, "l2": parameters.l2}
        reason = (
            f"The loss gets {parameters.l1:g} times the absolute and {parameters.l2:g} times the squared weights of "
            "{layers}."
        )
        return penalized(job, penalty, reason)
