"""What a training begins with instead of freshly drawn weights: those of a network that was trained before."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.ids import pattern_of
from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost
from spec.language.retired import Retired, called
from spec.networks.layer_names import EXPLANATION, MOST_PATTERNS, LayerPattern

Checkpoint = Literal["best", "last"]
"""Which of a job's weights: those of the epoch with the lowest validation loss, or those that it ended with."""

Otherwise = Literal["initialize", "error"]

_EXAMPLE = '{"job": "job_…", "checkpoint": "best"}'


class WeightsSource(Section):
    """Where weights come from.

    Attributes:
        job: The id of a job that has ended.
        checkpoint: "last" means the weights that the job ended with, which are those in its ``model.keras``. "best"
            means those of the epoch with the lowest validation loss.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "job_id": called("job"),
        "id": called("job"),
        "epoch": Retired('Only the best and the last weights are kept: "best" or "last".', "checkpoint"),
    }
    EXPLAINED: ClassVar[Mapping[str, str]] = {"job": "This must be the id of a job, such as job_ and 26 characters."}

    job: Annotated[str, Field(pattern=pattern_of("job"))]
    checkpoint: Checkpoint = "last"


class InitialWeights(Section):
    """The weights that a training begins with, copied from a network that was trained before.

    The network is built with fresh weights first, and then the weights of the layers that are meant are copied into
    it. So the other layers begin with the same weights as without this. Neither the state of the optimizer nor that
    of dropout is copied, unless the training is continued.

    Attributes:
        source: Where the weights come from.
        layers: Names of layers of this network, each with the name of the layer of the other network whose weights it
            gets. A ``*`` stands for any characters, on both sides for the same. By default, every layer gets the
            weights of the layer with the same name, if there is one.
        otherwise: What is done with layers that get no weights. With "error", there must be none.
        is_continued: Whether the training goes on where the other one ended, with the state of its optimizer, its
            dropout and its callbacks. Epochs go on counting, and `epochs` says how many there are to be in addition.
            The numbers are those of a single longer training.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "source": called("from"),
        "job": Retired(f"The source of the weights is an object of its own, as in {_EXAMPLE}.", "from"),
        "checkpoint": Retired(f"This is a part of the source of the weights, as in {_EXAMPLE}.", "from"),
        "mapping": called("layers"),
        "resume": called("continue"),
        "freeze": Retired('Layers are frozen by phases, as in {"phases": [{"epochs": 5, "freeze": ["hidden_*"]}]}.'),
    }
    NOT_OFFERED: ClassVar[Mapping[str, str]] = {
        "skip_mismatch": "A layer that does not match is never skipped. List the layers to copy in `layers`.",
    }
    EXPLAINED: ClassVar[Mapping[str, str]] = {
        "from": f"This must be an object such as {_EXAMPLE}.",
        "layers": f'This must be an object such as {{"hidden_*": "hidden_*"}}. {EXPLANATION}',
    }

    source: WeightsSource = Field(alias="from")
    layers: Annotated[dict[LayerPattern, LayerPattern], AtMost(MOST_PATTERNS, "layers")] | None = None
    otherwise: Otherwise = "initialize"
    is_continued: bool = Field(default=False, alias="continue")

    @rule
    def _check_stars(self) -> None:
        for target, source in (self.layers or {}).items():
            if source.count("*") not in (0, target.count("*")):
                sentence = (
                    "This must have as many `*` as the name of the layers that get the weights, or none: each stands "
                    "for the same characters on both sides."
                )
                raise_faults([fault_error("unequal_patterns", sentence, at=("layers", target))])

    @rule
    def _check_continuation(self) -> None:
        if not self.is_continued:
            return
        if self.layers is not None:
            sentence = "A training that is continued takes all weights along. Leave out `layers`, or `continue`."
            raise_faults([fault_error("not_with_continue", sentence, at=("layers",))])
        if self.source.checkpoint != "last":
            sentence = 'A training can be continued only from its end. Use "last", or leave out `continue`.'
            raise_faults([fault_error("not_with_continue", sentence, at=("from", "checkpoint"))])
