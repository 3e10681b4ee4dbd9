"""Parametric leaky ReLU."""

from typing import Any

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import Kernel, NetworkReading
from coach.reading.words import layers_called
from coach.techniques.activations.changed_activation import (
    bounded_or_dying,
    layer_activations,
    suit_rectifiers,
    with_activations,
)
from coach.techniques.technique import NoParameters, Technique


class Prelu(Technique[NoParameters]):
    """A ReLU that learns its slope below zero."""

    NAME = "prelu"
    TITLE = "Parametric leaky ReLU"
    PURPOSE = "Units keep a gradient for negative inputs, and the network learns how much of it to let through."
    SECTION = "Nonsaturating Activation Functions"
    SOURCE = "He, Zhang, Ren and Sun (2015), Delving deep into rectifiers"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """Every hidden layer with a ReLU or a saturating activation."""
        del parameters
        network = NetworkReading(job)
        kernels = with_activations(network, bounded_or_dying)
        if not kernels:
            return NotApplicable("There is no hidden layer with a ReLU or with an activation that saturates.")

        def made(kernel: Kernel) -> dict[str, Any]:
            places = range(1, len(network.shape(kernel.activated_at)))
            # One slope a channel: the same wherever in a picture, or when in a sequence.
            return {"type": "PReLU", **({"shared_axes": list(places)} if places else {})}

        draft = Draft(job)
        layer_activations(draft, kernels, made)
        suit_rectifiers(draft, kernels)
        called = layers_called([one.name for one in kernels], "hidden")
        return draft.move(f"The units of {called} learn their slopes below zero, so none of them can stop learning.")
