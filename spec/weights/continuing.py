"""What a training that goes on where another one ended must have in common with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from spec.datasets.choice import DatasetSpec, dataset_of
from spec.jobs import JobSpec
from spec.language.faults import MOST_FAULTS, Fault, Location, pointer
from spec.language.sections import read_section
from spec.language.sentences import counted, quoted
from spec.networks.networks import NetworkSpec
from spec.training.optimizers import Optimizer, optimizer_of
from spec.training.schedules import OneCycle
from spec.training.training import MAX_EPOCHS, TrainingSpec
from spec.weights.copying import PLACE
from spec.weights.stored import WeightsFacts

_CONTINUE: Location = (*PLACE, "continue")
_MAY_DIFFER = frozenset({"epochs", "seed", "initial_weights", "optimizer", "phases"})
"""Fields of the training that may be said differently, or are compared in another way."""

_LEARNING_RATE: Location = ("training", "optimizer", "learning_rate")
_OR_LEAVE_OUT = "Use the same, or leave out `continue`."


@dataclass(frozen=True)
class Continued:
    """What a training is continued with; a part that has faults, or was not sent, is None and is not compared.

    Attributes:
        training: The training.
        network: Its network.
        dataset: Its data set.
        gpus: How many GPUs compute each step; None where that is not said, either.
    """

    training: TrainingSpec | None
    network: NetworkSpec | None
    dataset: DatasetSpec | None
    gpus: int | None = None

    def broken_rules(self, facts: WeightsFacts) -> Iterator[Fault]:
        """Everything that keeps the training from being continued.

        Args:
            facts: Of the weights of its end.
        """
        if not facts.can_be_continued:
            reason = (
                f"The training of {quoted(facts.name)} broke off within a step, so its state is lost, and it cannot "
                "be continued."
            )
            yield _impossible(_CONTINUE, reason)
            return
        source = None if facts.spec is None else read_section(JobSpec, dict(facts.spec), at=()).section
        if source is None:
            reason = (
                f"The spec of {quoted(facts.name)} is not one of this version of the service, so its training cannot "
                "be continued."
            )
            yield _impossible(_CONTINUE, reason)
            return
        if self.dataset is not None and self.dataset != dataset_of(source.dataset):
            yield _differs(("dataset",), "The data set", facts)
        if self.network is not None:
            yield from islice(_other_layers(self.network, source.network, facts), MOST_FAULTS)
        there = source.resources.gpus
        if self.gpus is not None and self.gpus != there:
            yield _differs(("resources", "gpus"), "`gpus`", facts, _shown(there))
        if self.training is not None:
            yield from _other_training(self.training, source.training, facts)


def _differs(at: Location, what: str, facts: WeightsFacts, there: object = None) -> Fault:
    value = f", which is {there}" if there else ""
    sentence = (
        f"{what} must be the same as in {quoted(facts.name)}{value}, since that training is continued. {_OR_LEAVE_OUT}"
    )
    return Fault(pointer=pointer(at), message=sentence, code="not_as_in_source")


def _other_layers(network: NetworkSpec, source: NetworkSpec, facts: WeightsFacts) -> Iterator[Fault]:
    if len(network.layers) != len(source.layers):
        there = counted(len(source.layers), "layer")
        sentence = (
            f"The network must be the same as in {quoted(facts.name)}, which has {there}, since that training is "
            f"continued. {_OR_LEAVE_OUT}"
        )
        yield Fault(pointer="/network/layers", message=sentence, code="not_as_in_source")
        return
    for index, (layer, other) in enumerate(zip(network.layers, source.layers, strict=True)):
        # What `defaults` say of a layer is as good as what it says itself.
        if dict(layer) != dict(other):
            yield _differs(("network", "layers", index), "This layer", facts)


def _other_training(training: TrainingSpec, source: TrainingSpec, facts: WeightsFacts) -> Iterator[Fault]:
    for name in TrainingSpec.model_fields:
        if name not in _MAY_DIFFER and getattr(training, name) != getattr(source, name):
            yield _differs(("training", name), f"`{name}`", facts, _shown(getattr(source, name)))
    here, there = optimizer_of(training.optimizer), optimizer_of(source.optimizer)
    if _without_rate(here) != _without_rate(there):
        yield _differs(("training", "optimizer"), "The optimizer, except for its `learning_rate`,", facts)
    if training.phases:
        yield _impossible(("training", "phases"), "A training with `phases` cannot continue another one.")
    elif source.phases:
        yield _impossible(_CONTINUE, f"The training of {quoted(facts.name)} has `phases`, and cannot be continued.")
    if isinstance(here.learning_rate, OneCycle):
        yield _impossible(_LEARNING_RATE, "`OneCycle` reaches its end with the last epoch of a training.")
    elif isinstance(there.learning_rate, OneCycle):
        sentence = f"The learning rate of {quoted(facts.name)} is a `OneCycle`, which has reached its end."
        yield _impossible(_CONTINUE, sentence)
    most = MAX_EPOCHS - facts.epochs
    if training.epochs > most:
        sentence = (
            f"A training can have at most {MAX_EPOCHS:,} epochs, and {quoted(facts.name)} has had {facts.epochs:,} "
            "of them."
        )
        yield Fault(pointer="/training/epochs", message=sentence, code="too_many")


def _impossible(at: Location, reason: str) -> Fault:
    sentence = f"{reason} Leave out `continue` to begin with the weights alone."
    return Fault(pointer=pointer(at), message=sentence, code="cannot_be_continued")


def _without_rate(optimizer: Optimizer) -> Optimizer:
    return optimizer.model_copy(update={"learning_rate": 0.0})


def _shown(value: Any) -> str | None:  # noqa: ANN401 -- of a field of any type
    """A value that is short enough to be told."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    return f"{value:,}" if isinstance(value, int | float) else None
