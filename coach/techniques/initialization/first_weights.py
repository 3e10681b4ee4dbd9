"""Which initializers the layers of a network have, and how they get others."""

from collections.abc import Callable, Iterable
from typing import Any

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import Kernel, NetworkReading
from coach.reading.words import layers_called
from spec.networks.initializers import (
    Constant,
    Initializer,
    Ones,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    Zeros,
    initializer_of,
)

BLIND = (Constant, Ones, Zeros, RandomNormal, RandomUniform, TruncatedNormal)
"""Initializers that draw as wide for a layer with ten inputs as for one with ten thousand."""

Kinds = type[Initializer] | tuple[type[Initializer], ...]


def initializers_of(kernel: Kernel) -> list[Initializer]:
    """Of its kernels."""
    return [initializer_of(getattr(kernel.layer, f"{role}_initializer")) for role in kernel.roles]


def is_blind(kernel: Kernel) -> bool:
    """Whether its first weights do not depend on how many inputs it has."""
    return any(isinstance(one, BLIND) for one in initializers_of(kernel))


def begins_with(kernel: Kernel, kinds: Kinds) -> bool:
    """Whether all its kernels have an initializer of some kinds."""
    return all(isinstance(one, kinds) for one in initializers_of(kernel))


def initialize(draft: Draft, kernels: Iterable[Kernel], value: Any) -> None:  # noqa: ANN401 -- a name or an object
    """Another initializer for all kernels of some layers."""
    by_roles: dict[str, list[int]] = {}
    for kernel in kernels:
        for role in kernel.roles:
            by_roles.setdefault(role, []).append(kernel.index)
    for role, indices in by_roles.items():
        draft.put(indices, f"{role}_initializer", value)


def move_to(
    job: CoachedJob,
    value: Any,  # noqa: ANN401 -- a name or an object
    wanted: Callable[[Kernel], bool],
    *,
    why: str,
    nothing: str,
) -> Move | NotApplicable:
    """Another initializer for some hidden layers, and Keras's default for the others that have a blind one.

    Args:
        job: A sound job.
        value: The initializer, as a spec says it.
        wanted: Whether a hidden layer is to get it.
        why: What it is good for, as the rest of a sentence that names the layers.
        nothing: Why no layer gets it, as a sentence.
    """
    network = NetworkReading(job)
    chosen = [kernel for kernel in network.hidden if wanted(kernel)]
    places = {kernel.index for kernel in chosen}
    trained = [one for one in network.kernels if one.layer.trainable and one.index not in places]
    last = network.output
    others = [one for one in trained if is_blind(one) and not (one is last and begins_with(one, Zeros))]
    if not chosen:
        return NotApplicable(nothing)
    draft = Draft(job)
    initialize(draft, chosen, value)
    initialize(draft, others, "glorot_uniform")
    said = f"The first weights of {layers_called([one.name for one in chosen])} {why}"
    if others:
        said += (
            f" {len(others)} more had first weights of the same size whatever their inputs, and get Keras's default."
        )
    return draft.move(said)
