"""Phases of a training: each freezes other layers, and is compiled and fitted anew."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, Several
from spec.language.retired import Retired, called
from spec.networks.layer_names import EXPLANATION, MOST_PATTERNS, LayerPattern, named_by
from spec.training.optimizers import Optimizer, OptimizerField, optimizer_of
from spec.training.schedules import LearningRate

MOST_PHASES = 20
"""The most phases a training may have."""

MOST_PHASE_EPOCHS = 100_000

_FREEZES = Retired('Name the layers that are not trained in this phase, as in ["hidden_*"].', "freeze")


class Phase(Section):
    """A part of a training: some layers are frozen, the network is compiled with an optimizer of its own, and trained.

    Epochs and the orders of the rows go on counting from phase to phase. Callbacks and schedules start again with each
    phase.

    Attributes:
        epochs: How many epochs the phase trains at most.
        freeze: The names of the layers that the phase does not train; a ``*`` stands for any characters. A frozen
            BatchNormalization keeps its statistics and normalizes with them. Layers with ``"trainable": false`` are
            frozen in every phase.
        optimizer: The optimizer of the phase. By default, one like that of the training. It begins without any state.
        learning_rate: The learning rate of the phase, if its optimizer is like that of the training in all else.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "lr": called("learning_rate"),
        "n_epochs": called("epochs"),
        "num_epochs": called("epochs"),
        "frozen": called("freeze"),
        "freeze_layers": called("freeze"),
        "trainable": _FREEZES,
        "unfreeze": _FREEZES,
    }
    NOT_OFFERED: ClassVar[Mapping[str, str]] = {
        "initial_epoch": "Each phase begins after the last epoch of the one before it.",
        "callbacks": "Each phase has the `callbacks` of the training, and they start again with it.",
        "loss": "All phases have the loss of the training.",
        "metrics": "All phases have the metrics of the training.",
        "batch_size": "All phases have the batch size of the training.",
    }
    EXPLAINED: ClassVar[Mapping[str, str]] = {"freeze": f'This must be a list such as ["hidden_*"]. {EXPLANATION}'}

    epochs: Annotated[int, Field(ge=1, le=MOST_PHASE_EPOCHS)]
    freeze: Annotated[Several[LayerPattern], AtMost(MOST_PATTERNS, "names")] = ()
    optimizer: OptimizerField | None = None
    learning_rate: LearningRate | None = None

    @rule
    def _check_rate(self) -> None:
        if self.optimizer is not None and self.learning_rate is not None:
            sentence = "The `optimizer` of the phase has a learning rate of its own. Set the rate there."
            raise_faults([fault_error("either_or", sentence, at=("learning_rate",))])

    def optimizer_like(self, optimizer: Optimizer | str) -> Optimizer | str:
        """The optimizer of the phase.

        Args:
            optimizer: That of the training.
        """
        if self.optimizer is not None:
            return self.optimizer
        if self.learning_rate is None:
            return optimizer
        return optimizer_of(optimizer).model_copy(update={"learning_rate": self.learning_rate})

    def frozen_among(self, names: Sequence[str]) -> list[str]:
        """The names of the layers that the phase freezes, in the order of the network.

        Args:
            names: Of all its layers.
        """
        frozen = {name for pattern in self.freeze for name in named_by(pattern, names)}
        return [name for name in names if name in frozen]


def epochs_of(phases: Iterable[Phase]) -> int:
    """How many epochs all phases have at most."""
    return sum(phase.epochs for phase in phases)
