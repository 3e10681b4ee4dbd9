"""Dropout."""

from typing import Annotated, Any

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.activations import EXCLUSIVE
from coach.reading.draft import Draft
from coach.reading.kernels import DROPPING, LEARNING, Kernel, NetworkReading
from coach.reading.words import layers_called
from coach.techniques.activations.changed_activation import with_activations
from coach.techniques.technique import Technique
from spec.language.declared import Section


class DropoutParameters(Section):
    """Of the dropout.

    Attributes:
        rate: The share of the units that is dropped.
        on_input: Whether inputs are dropped as well.
    """

    rate: Annotated[float, Field(gt=0, lt=1)] = 0.2
    on_input: bool = False


class Dropout(Technique[DropoutParameters]):
    """Units that are left out at random in each step of the training."""

    NAME = "dropout"
    TITLE = "Dropout"
    PURPOSE = "No unit can rely on another one, so the network learns what holds for other rows, too."
    SECTION = "Dropout"
    SOURCE = "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), Dropout"
    PARAMETERS = DropoutParameters

    def move(self, job: CoachedJob, parameters: DropoutParameters) -> Move | NotApplicable:
        """After each hidden layer that has none; after SELU, the one that keeps mean and variance."""
        network = NetworkReading(job)
        kernels = [
            one for one in with_activations(network, lambda name: name not in EXCLUSIVE) if one.dropped_at is None
        ]
        first = _first_dense(network) if parameters.on_input else None
        if not kernels and first is None:
            return NotApplicable("There is no hidden layer with an activation that is not followed by dropout already.")
        draft = Draft(job)
        if first is not None:
            draft.insert_before(first.index, {"type": "Dropout", "rate": parameters.rate})
        for kernel in kernels:
            draft.insert_after(_end(kernel), _dropout(kernel, parameters.rate))
        where = layers_called([one.name for one in kernels], "hidden") if kernels else "the first layer"
        return draft.move(f"In each step, {parameters.rate:.0%} of the units of {where} are left out at random.")


def _dropout(kernel: Kernel, rate: float) -> dict[str, Any]:
    kind = "AlphaDropout" if kernel.activation == "selu" and kernel.normalized_at is None else "Dropout"
    return {"type": kind, "rate": rate}


def _end(kernel: Kernel) -> int:
    """Behind the activation, and behind a normalization after it."""
    normalized = kernel.normalized_at
    return normalized if normalized is not None and normalized > kernel.activated_at else kernel.activated_at


def _first_dense(network: NetworkReading) -> Kernel | None:
    """The first layer with a kernel, where nothing is dropped ahead of it that reads the network's input."""
    if not network.kernels:
        return None
    first = network.kernels[0]
    index = first.index
    while index >= 0:
        sources = network.sources(index)
        if len(sources) != 1:
            return None
        index = sources[0]
        if index >= 0 and isinstance(network.layers[index], (*DROPPING, *LEARNING)):
            return None
    return first
