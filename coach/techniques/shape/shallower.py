"""Fewer layers."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.activations import ACTIVATION_LAYERS
from coach.reading.draft import Draft
from coach.reading.kernels import DROPPING, NORMALIZING, Kernel, NetworkReading
from coach.reading.words import layers_called
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.layers.dense import Dense


class ShallowerParameters(Section):
    """Of the hidden layers.

    Attributes:
        layers: How many there are at most, where the others can be left out.
    """

    layers: Annotated[int, Field(ge=0, le=1000)] = 3


class Shallower(Technique[ShallowerParameters]):
    """Dense layers that are left out."""

    NAME = "shallower"
    TITLE = "Fewer hidden layers"
    PURPOSE = "Gradients have a shorter way back to the first layers, and there are fewer weights to learn."
    SECTION = None
    SOURCE = "Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks"
    PARAMETERS = ShallowerParameters

    def move(self, job: CoachedJob, parameters: ShallowerParameters) -> Move | NotApplicable:
        """Hidden dense layers beyond the first, with their activations, as far as nothing else depends on them."""
        network = NetworkReading(job)
        surplus = [one for one in network.hidden[parameters.layers :] if _can_go(network, one)]
        if not surplus:
            return NotApplicable(
                f"There are no dense layers beyond the first {parameters.layers} that can be left out."
            )
        draft = Draft(job)
        for kernel in surplus:
            for index in (*reversed(kernel.behind), kernel.index):
                draft.remove(index)
        left = len(network.hidden) - len(surplus)
        called = layers_called([one.name for one in surplus], "hidden")
        return draft.move(f"Without {called}, {left} of {len(network.hidden)} hidden layers are left.")


def _can_go(network: NetworkReading, kernel: Kernel) -> bool:
    """Whether another layer with a kernel can read what a layer reads."""
    kinds = (*ACTIVATION_LAYERS, *NORMALIZING, *DROPPING)
    is_plain = isinstance(kernel.layer, Dense) and all(isinstance(network.layers[one], kinds) for one in kernel.behind)
    return is_plain and network.next_kernel(kernel) is not None
