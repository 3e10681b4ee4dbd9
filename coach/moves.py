"""Techniques applied to jobs: the one way from a name and parameters to a move that passes the check."""

from collections.abc import Mapping
from typing import Any

from coach.coached_job import CoachedJob, JobFaulty
from coach.outcomes import Move, NotApplicable
from coach.reading.differences import Copy
from coach.techniques import TECHNIQUES
from coach.techniques.technique import Technique
from spec.language.faults import Fault
from spec.language.json_bounds import MAX_VALUES
from spec.language.sections import read_section
from spec.patches.application import Budget, apply
from spec.patches.operations import read_patch

_MOST_CHARACTERS = 100_000_000
"""Of a patch that is our own: what bounds it is the spec that it was made for."""

BY_NAME: Mapping[str, Technique[Any]] = {technique.NAME: technique for technique in TECHNIQUES}
"""Every technique by its name."""


class ParametersFaulty(Exception):
    """Something is wrong with the parameters of a technique.

    Attributes:
        faults: All of it, with pointers into the parameters.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("The parameters of the technique are invalid.")
        self.faults = faults


def read_parameters(technique: Technique[Any], parameters: object = None) -> Any:  # noqa: ANN401 -- of the technique's own class
    """The parameters of a technique, checked.

    Args:
        technique: One of `TECHNIQUES`.
        parameters: As they were sent; None stands for the defaults.

    Raises:
        ParametersFaulty: If they are not those of the technique.
    """
    read = read_section(technique.PARAMETERS, {} if parameters is None else parameters, at=())
    if read.section is None:
        raise ParametersFaulty(read.faults)
    return read.section


def applied(technique: Technique[Any], job: CoachedJob, parameters: object = None) -> Move | NotApplicable:
    """A technique on a job: a move whose result passes the check, or the reason why there is none.

    Args:
        technique: One of `TECHNIQUES`.
        job: A sound job.
        parameters: As they were sent; None stands for the defaults.

    Raises:
        ParametersFaulty: If they are not those of the technique.
    """
    move = technique.move(job, read_parameters(technique, parameters))
    if isinstance(move, NotApplicable):
        return move
    try:
        job.look_at(moved(job.said, move))
    except JobFaulty as error:
        return NotApplicable(f"The changed job would have a fault. {error.faults[0].message}")
    return move


def moved(said: Mapping[str, Any], move: Move) -> dict[str, Any]:
    """The spec that a move makes of the one that it was made for, which stays as it is."""
    operations = read_patch([dict(operation) for operation in move.patch])
    return apply(Copy(said).document, operations, Budget(MAX_VALUES, _MOST_CHARACTERS)).document
