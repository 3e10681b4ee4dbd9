"""Learning rates of single layers, as multiples of the optimizer's."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from spec.language.faults import Fault, Location, pointer
from spec.language.lists import AtMost
from spec.language.sentences import quoted
from spec.networks.inference import Inferred
from spec.networks.layer_names import MOST_PATTERNS, LayerPattern, named_by, unknown_layers
from spec.training.optimizers import Optimizer, optimizer_of
from spec.training.schedules import OneCycle

PLACE: Location = ("training", "learning_rate_multipliers")
"""Where a job says them."""

Multiplier = Annotated[float, Field(gt=0, le=1e6)]

LearningRateMultipliers = Annotated[dict[LayerPattern, Multiplier], AtMost(MOST_PATTERNS, "layers")]
"""Names of layers -> what their learning rate is multiplied by."""


def unsplittable(optimizer: Optimizer | str, precision: str, gpus: int, at: Location) -> Iterator[Fault]:
    """Where the variables cannot be shared out among several optimizers of one kind, as multipliers need it.

    Args:
        optimizer: One that the training, or a phase, has.
        precision: Of the training.
        gpus: How many train.
        at: Where the optimizer was sent.
    """
    said = optimizer_of(optimizer)
    if said.global_clipnorm is not None:
        sentence = (
            "`global_clipnorm` clips the gradients of all layers together, and layers with other learning rates have "
            "optimizers of their own. Use `clipnorm`, or leave out `learning_rate_multipliers`."
        )
        yield Fault(pointer=pointer((*at, "global_clipnorm")), message=sentence, code="not_with_multipliers")
    if said.loss_scale_factor is not None:
        sentence = (
            "Keras has one `loss_scale_factor` for all optimizers of a training, and ignores those of the single "
            "ones. Leave it out, or leave out `learning_rate_multipliers`."
        )
        yield Fault(pointer=pointer((*at, "loss_scale_factor")), message=sentence, code="not_with_multipliers")
    if isinstance(said.learning_rate, OneCycle):
        sentence = (
            "`OneCycle` moves the learning rate of a single optimizer, and layers with other learning rates have "
            "optimizers of their own. Use another schedule, or leave out `learning_rate_multipliers`."
        )
        yield Fault(pointer=pointer((*at, "learning_rate")), message=sentence, code="not_with_multipliers")
    if precision == "mixed_float16":
        sentence = (
            'Under "mixed_float16", Keras scales the loss for a single optimizer only, and layers with other learning '
            'rates have optimizers of their own. Use "mixed_bfloat16" or "float32".'
        )
        yield Fault(pointer="/training/precision", message=sentence, code="not_with_multipliers")
    if gpus > 1:
        sentence = "`learning_rate_multipliers` need a single GPU. Leave them out, or train on one."
        yield Fault(pointer="/resources/gpus", message=sentence, code="not_with_multipliers")


def multiplied_layers(multipliers: Mapping[str, float], inferred: Inferred) -> Iterator[Fault]:
    """Every name means some layer, and no layer is meant twice.

    Args:
        multipliers: As they were sent.
        inferred: The network, without faults.
    """
    names = [name or "" for name in inferred.wiring.names]
    places: list[Location] = [(*PLACE, pattern) for pattern in multipliers]
    yield from unknown_layers(list(multipliers), names, places)
    first: dict[str, str] = {}
    for pattern, place in zip(multipliers, places, strict=True):
        twice = [name for name in named_by(pattern, names) if first.setdefault(name, pattern) != pattern]
        if twice:
            other = first[twice[0]]
            sentence = f"The layer {quoted(twice[0])} is also meant by {quoted(other)}. Name each layer only once."
            yield Fault(pointer=pointer(place), message=sentence, code="layer_twice")


def multiplier_of(multipliers: Mapping[str, float], layer: str) -> float:
    """What the learning rate of a layer is multiplied by; 1 where nothing is said of it."""
    return next((factor for pattern, factor in multipliers.items() if named_by(pattern, (layer,))), 1.0)
