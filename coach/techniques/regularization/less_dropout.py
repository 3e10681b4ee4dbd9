"""Less dropout."""

from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import DROPPING, NetworkReading
from coach.reading.words import layers_called
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.layers.recurrent import Recurrent


class LessDropoutParameters(Section):
    """Of the dropout that is left.

    Attributes:
        rate: The largest share of units that is dropped.
    """

    rate: Annotated[float, Field(ge=0, lt=1)] = 0.1


class LessDropout(Technique[LessDropoutParameters]):
    """Rates that leave enough units to learn with."""

    NAME = "less_dropout"
    TITLE = "Less dropout"
    PURPOSE = "Where too many units are left out in each step, the others cannot learn the task."
    SECTION = "Dropout"
    SOURCE = "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), Dropout"
    PARAMETERS = LessDropoutParameters

    def move(self, job: CoachedJob, parameters: LessDropoutParameters) -> Move | NotApplicable:
        """Every layer that drops more, of whatever kind."""
        network = NetworkReading(job)
        rates: dict[str, dict[int, float]] = {
            "rate": {index: getattr(network.layers[index], "rate") for index in network.of_kind(*DROPPING)},  # noqa: B009 -- of several kinds
            **{
                field: {index: getattr(network.layers[index], field) for index in network.of_kind(Recurrent)}
                for field in ("dropout", "recurrent_dropout")
            },
        }
        draft = Draft(job)
        lowered: dict[int, float] = {}
        for field, found in rates.items():
            more = {index: rate for index, rate in found.items() if rate > parameters.rate}
            draft.put(list(more), field, parameters.rate)
            lowered |= more
        if not lowered:
            return NotApplicable(f"No layer drops more than {parameters.rate:.0%} of its units.")
        called = layers_called([network.name(index) for index in sorted(lowered)])
        return draft.move(
            f"Up to {max(lowered.values()):.0%} of the units are dropped by {called}; {parameters.rate:.0%} leaves "
            "more of them to learn with."
        )
