"""The phases of a training as they are run, each as a training of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from spec.networks.networks import NetworkSpec
from spec.training.training import TrainingSpec


@dataclass(frozen=True)
class PlannedPhase:
    """One phase; a training without phases is a single one.

    Attributes:
        index: Which, from 0.
        network: The network, with the layers that the phase freezes not trainable.
        training: The training, with the optimizer of the phase and its number of epochs.
        frozen: The names of the layers that `freeze` names.
    """

    index: int
    network: NetworkSpec
    training: TrainingSpec
    frozen: tuple[str, ...] = ()


def planned_phases(network: NetworkSpec, training: TrainingSpec, names: Sequence[str]) -> list[PlannedPhase]:
    """The phases of a training, in their order.

    Args:
        network: Of the job.
        training: Of the job.
        names: Of the network's layers, as Keras names them.
    """
    if not training.phases:
        return [PlannedPhase(0, network, training)]
    planned: list[PlannedPhase] = []
    for index, phase in enumerate(training.phases):
        frozen = dict.fromkeys(phase.frozen_among(names))
        layers = tuple(
            layer.model_copy(update={"trainable": False}) if name in frozen else layer
            for layer, name in zip(network.layers, names, strict=True)
        )
        changed = {"optimizer": phase.optimizer_like(training.optimizer), "epochs": phase.epochs}
        planned.append(
            PlannedPhase(
                index, network.model_copy(update={"layers": layers}), training.model_copy(update=changed), tuple(frozen)
            )
        )
    return planned
