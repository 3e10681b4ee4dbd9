"""Narrower layers."""

from operator import gt

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.techniques.shape.widths import SOURCE, Width, widths_moved
from coach.techniques.technique import Technique
from spec.language.declared import Section


class NarrowerParameters(Section):
    """Of the hidden layers.

    Attributes:
        units: How many units a dense layer has at most.
        filters: How many filters a convolution has at most.
    """

    units: Width = 32
    filters: Width = 16


class NarrowerLayers(Technique[NarrowerParameters]):
    """Fewer units side by side."""

    NAME = "narrower_layers"
    TITLE = "Narrower layers"
    PURPOSE = "A network with fewer weights has less room to learn its rows by heart."
    SECTION = None
    SOURCE = SOURCE
    PARAMETERS = NarrowerParameters

    def move(self, job: CoachedJob, parameters: NarrowerParameters) -> Move | NotApplicable:
        """Every hidden layer that is wider, where nothing else depends on its width."""
        wanted = {"units": parameters.units, "filters": parameters.filters}
        least = f"{parameters.units:,} units or {parameters.filters:,} filters"
        nothing = f"No hidden layer whose width can change has more than {least}."
        return widths_moved(job, wanted, gt, nothing)
