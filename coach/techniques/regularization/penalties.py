"""Penalties on large weights."""

from typing import Annotated, Any

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading, roles_of
from coach.reading.words import layers_called

SECTION = "$\\ell_{1}$ and $\\ell_{2}$ Regularization"

Strength = Annotated[float, Field(gt=0, le=100)]


def penalized(job: CoachedJob, penalty: dict[str, Any], reason: str) -> Move | NotApplicable:
    """A regularizer for all trained kernels that have none.

    Args:
        job: A sound job.
        penalty: The regularizer, as a spec says it.
        reason: With a place for the layers.
    """
    network = NetworkReading(job)
    wanting = [
        (role, index)
        for index in network.trained
        for role in roles_of(network.layers[index])
        if getattr(network.layers[index], f"{role}_regularizer") is None
    ]
    if not wanting:
        return NotApplicable("All trained layers with a kernel have a penalty on it already.")
    draft = Draft(job)
    for role in dict.fromkeys(role for role, _ in wanting):
        draft.put([index for other, index in wanting if other == role], f"{role}_regularizer", penalty)
    names = [network.name(index) for index in dict.fromkeys(index for _, index in wanting)]
    return draft.move(reason.format(layers=layers_called(names)))
