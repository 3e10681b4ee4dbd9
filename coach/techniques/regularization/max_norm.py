"""Max-norm regularization."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.words import layers_called
from coach.techniques.technique import Technique
from spec.language.declared import Section


class MaxNormParameters(Section):
    """Of the constraint.

    Attributes:
        max_value: The largest norm that the incoming weights of a unit can have.
    """

    max_value: Annotated[float, Field(gt=0, le=1e6)] = 1.0


class MaxNorm(Technique[MaxNormParameters]):
    """The incoming weights of a unit never get longer than a bound."""

    NAME = "max_norm"
    TITLE = "Max-norm regularization"
    PURPOSE = "The incoming weights of each unit are kept within a bound, which prevents both overfitting and blow-ups."
    SECTION = "Max-Norm Regularization"
    SOURCE = "Srebro, Rennie and Jaakkola (2005), Maximum-margin matrix factorization"
    PARAMETERS = MaxNormParameters

    def move(self, job: CoachedJob, parameters: MaxNormParameters) -> Move | NotApplicable:
        """For all hidden layers with one kernel and no constraint."""
        network = NetworkReading(job)
        kernels = [
            one
            for one in network.hidden
            if one.roles == ("kernel",) and one.layer.kernel_constraint is None  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the role says so
        ]
        if not kernels:
            return NotApplicable("There is no hidden layer with a kernel that has no constraint already.")
        draft = Draft(job)
        for rank in dict.fromkeys(len(network.kernel_shape(one.index, "kernel")) for one in kernels):
            # A unit's incoming weights are along all axes of the kernel but the last.
            axes = {} if rank <= 2 else {"axis": list(range(rank - 1))}  # noqa: PLR2004 -- a matrix, whose axis is 0
            of_rank = [one.index for one in kernels if len(network.kernel_shape(one.index, "kernel")) == rank]
            draft.put(of_rank, "kernel_constraint", {"type": "MaxNorm", "max_value": parameters.max_value, **axes})
        called = layers_called([one.name for one in kernels], "hidden")
        return draft.move(
            f"The incoming weights of each unit of {called} get a norm of at most {parameters.max_value:g}."
        )
