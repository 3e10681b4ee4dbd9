"""Wider layers."""

from operator import lt

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.techniques.shape.widths import SOURCE, Width, widths_moved
from coach.techniques.technique import Technique
from spec.language.declared import Section


class WiderParameters(Section):
    """Of the hidden layers.

    Attributes:
        units: How many units a dense layer has at least.
        filters: How many filters a convolution has at least.
    """

    units: Width = 128
    filters: Width = 64


class WiderLayers(Technique[WiderParameters]):
    """More units side by side."""

    NAME = "wider_layers"
    TITLE = "Wider layers"
    PURPOSE = "A network that is too narrow cannot express the task, however long it trains."
    SECTION = None
    SOURCE = SOURCE
    PARAMETERS = WiderParameters

    def move(self, job: CoachedJob, parameters: WiderParameters) -> Move | NotApplicable:
        """Every hidden layer that is narrower, where nothing else depends on its width."""
        wanted = {"units": parameters.units, "filters": parameters.filters}
        least = f"{parameters.units:,} units or {parameters.filters:,} filters"
        nothing = f"No hidden layer whose width can change has fewer than {least}."
        return widths_moved(job, wanted, lt, nothing)
