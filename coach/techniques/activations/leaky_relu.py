"""Leaky ReLU."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.reading.words import layers_called
from coach.techniques.activations.changed_activation import (
    bounded_or_dying,
    layer_activations,
    suit_rectifiers,
    with_activations,
)
from coach.techniques.technique import Technique
from spec.language.declared import Section


class LeakyReluParameters(Section):
    """Of the leaky ReLU.

    Attributes:
        negative_slope: The slope for negative inputs.
    """

    negative_slope: Annotated[float, Field(gt=0, lt=1)] = 0.2


class LeakyRelu(Technique[LeakyReluParameters]):
    """A ReLU with a small slope below zero."""

    NAME = "leaky_relu"
    TITLE = "Leaky ReLU"
    PURPOSE = "A small slope for negative inputs keeps units from dying, because they always have a gradient."
    SECTION = "Nonsaturating Activation Functions"
    SOURCE = "Maas, Hannun and Ng (2013), Rectifier nonlinearities improve neural network acoustic models"
    PARAMETERS = LeakyReluParameters

    def move(self, job: CoachedJob, parameters: LeakyReluParameters) -> Move | NotApplicable:
        """Every hidden layer with a ReLU or a saturating activation."""
        kernels = with_activations(NetworkReading(job), bounded_or_dying)
        if not kernels:
            return NotApplicable("There is no hidden layer with a ReLU or with an activation that saturates.")
        draft = Draft(job)
        body = {"type": "LeakyReLU", "negative_slope": parameters.negative_slope}
        layer_activations(draft, kernels, lambda _: dict(body))
        suit_rectifiers(draft, kernels)
        called = layers_called([one.name for one in kernels], "hidden")
        slope = f"{parameters.negative_slope:g}"
        return draft.move(f"With a slope of {slope} below zero, no unit of {called} can stop learning.")
