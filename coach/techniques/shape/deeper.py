"""More layers."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import NetworkReading
from coach.techniques.shape.widths import SOURCE, Width
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.language.sentences import counted
from spec.layers.dense import Dense


class DeeperParameters(Section):
    """Of the hidden layers.

    Attributes:
        layers: How many there are at least.
        units: How many units the new ones have, if there is no dense hidden layer yet.
    """

    layers: Annotated[int, Field(ge=1, le=100)] = 2
    units: Width = 64


class Deeper(Technique[DeeperParameters]):
    """Hidden layers ahead of the output."""

    NAME = "deeper"
    TITLE = "More hidden layers"
    PURPOSE = "With more layers in a row, a network can compute what a flat one cannot."
    SECTION = None
    SOURCE = SOURCE
    PARAMETERS = DeeperParameters

    def move(self, job: CoachedJob, parameters: DeeperParameters) -> Move | NotApplicable:
        """Dense layers like the last hidden one."""
        network = NetworkReading(job)
        output = network.output
        if output is None or not isinstance(output.layer, Dense):
            return NotApplicable("The output is not made by a `Dense` layer that others could be put before.")
        learning = network.learning
        hidden = len(learning) - 1
        if hidden >= parameters.layers:
            return NotApplicable(f"The network has {counted(hidden, 'hidden layer')} already.")
        dense = [network.layers[index] for index in learning if index != output.index]
        widths = [one.units for one in dense if isinstance(one, Dense)]
        body = {
            "type": "Dense",
            "units": widths[-1] if widths else parameters.units,
            "activation": "relu",
            "kernel_initializer": "he_normal",
        }
        draft = Draft(job)
        draft.insert_before(output.index, *[dict(body) for _ in range(parameters.layers - hidden)])
        has = counted(hidden, "hidden layer") if hidden else "no hidden layer"
        return draft.move(f"The network has {has}; with {parameters.layers}, it can bend more than once.")
