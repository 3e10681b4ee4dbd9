"""What the phases of a training must agree on with its network."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from spec.language.faults import Advice, Fault, Location, faults_of, pointer, raise_faults
from spec.layers.spectral import NORMALIZED_THOUGH_FROZEN, has_normalized_kernel
from spec.networks.inference import Inferred
from spec.networks.layer_names import named_by, unknown_layers
from spec.training.optimizers import Optimizer, optimizer_of
from spec.training.phases import Phase

PHASES: Location = ("training", "phases")
"""Where a job says its phases."""


def place_of_optimizer(phase: Phase, index: int) -> Location:
    """Where the body says the optimizer of a phase, or what makes it another than that of the training."""
    field = "optimizer" if phase.optimizer is not None else "learning_rate"
    return (*PHASES, index, field)


def broken_optimizers(phases: Sequence[Phase], optimizer: Optimizer | str) -> Iterator[Fault]:
    """A rate of a phase's own must suit the optimizer of the training.

    Args:
        phases: As they were sent.
        optimizer: Of the training.
    """
    for index, phase in enumerate(phases):
        if phase.optimizer is not None or phase.learning_rate is None:
            continue
        try:
            raise_faults(optimizer_of(phase.optimizer_like(optimizer)).broken_rules())
        except ValidationError as error:
            reasons = " ".join(fault.message for fault in faults_of(error))
            sentence = f"This `learning_rate` does not suit the optimizer of the training. {reasons}"
            at = pointer((*PHASES, index, "learning_rate"))
            yield Fault(pointer=at, message=sentence, code="unsuitable_rate")


def frozen_layers(phases: Sequence[Phase], inferred: Inferred) -> Iterator[Fault | Advice]:
    """What is frozen is there, has something to freeze, and leaves something to train.

    Args:
        phases: As they were sent.
        inferred: The network, without faults.
    """
    names = [name or "" for name in inferred.wiring.names]
    layers = list(zip(names, inferred.layers, inferred.geometries, strict=True))
    movable = {name for name, _, geometry in layers if geometry is not None and geometry.variables}
    trained = {
        name
        for name, layer, geometry in layers
        if layer is not None and geometry is not None and layer.trainable
        if any(variable.is_trainable for variable in geometry.variables)
    }
    normalized = {name for name, layer, _ in layers if layer is not None and has_normalized_kernel(layer)}
    for index, phase in enumerate(phases):
        places: list[Location] = [(*PHASES, index, "freeze", number) for number in range(len(phase.freeze))]
        yield from unknown_layers(phase.freeze, names, places)
        frozen: set[str] = set()
        for place, pattern in zip(places, phase.freeze, strict=True):
            meant = set(named_by(pattern, names))
            if meant and movable.isdisjoint(meant):
                sentence = f'No layer called "{pattern}" has variables, so freezing has no effect. Remove it here.'
                yield Advice(pointer=pointer(place), message=sentence, code="nothing_to_freeze")
            if not normalized.isdisjoint(meant):
                message = NORMALIZED_THOUGH_FROZEN
                yield Advice(pointer=pointer(place), message=message, code="normalized_though_frozen")
            frozen |= meant
        if trained and trained <= frozen:
            sentence = "This freezes every layer that has variables to train. Freeze fewer layers."
            yield Fault(pointer=pointer((*PHASES, index, "freeze")), message=sentence, code="nothing_to_train")
