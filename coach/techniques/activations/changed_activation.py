"""How hidden layers get another activation, with first weights that suit it."""

from collections.abc import Callable, Sequence
from typing import Any

from coach.reading.activations import ACTIVATION_LAYERS, BOUNDED, DYING
from coach.reading.draft import Draft
from coach.reading.kernels import Kernel, NetworkReading
from coach.techniques.initialization.first_weights import begins_with, initialize, initializers_of
from spec.layers.activation import Activation
from spec.networks.initializers import HeNormal, HeUniform, LecunNormal, VarianceScaling

_WIDE = 1.5
"""The least scale of a variance scaling that is one for rectifiers."""


def with_activations(network: NetworkReading, wanted: Callable[[str], bool]) -> list[Kernel]:
    """The hidden layers with an activation of some kind that is no gate."""
    return [one for one in network.hidden if one.activation and not one.is_gate and wanted(one.activation)]


def bounded_or_dying(activation: str) -> bool:
    """Whether units with an activation can stop learning."""
    return activation in BOUNDED or activation in DYING


def name_activations(draft: Draft, network: NetworkReading, kernels: Sequence[Kernel], name: str) -> None:
    """An activation that Keras knows by a name, in the place of the one that layers have, or of none."""
    in_fields = [
        one.activated_at
        for one in kernels
        if not isinstance(network.layers[one.activated_at], ACTIVATION_LAYERS)
        or isinstance(network.layers[one.activated_at], Activation)
    ]
    draft.put(in_fields, "activation", name)
    for kernel in kernels:
        if kernel.activated_at not in in_fields:
            draft.exchange(kernel.activated_at, {"type": "Activation", "activation": name})


def layer_activations(draft: Draft, kernels: Sequence[Kernel], made: Callable[[Kernel], dict[str, Any]]) -> None:
    """An activation that is a layer of its own.

    Args:
        draft: Of the job.
        kernels: Whose activations are exchanged.
        made: Gives the body of the layer.
    """
    own = [kernel.index for kernel in kernels if kernel.has_own_activation]
    draft.clear(own, "activation")
    for kernel in kernels:
        if kernel.has_own_activation:
            draft.insert_after(kernel.index, made(kernel))
        else:
            draft.exchange(kernel.activated_at, made(kernel))


def suit_rectifiers(draft: Draft, kernels: Sequence[Kernel]) -> None:
    """He initialization where the first weights are not drawn for rectifiers already."""
    initialize(draft, [one for one in kernels if not _is_for_rectifiers(one)], "he_normal")


def suit_selu(draft: Draft, kernels: Sequence[Kernel]) -> None:
    """LeCun's normal initialization, with which SELU keeps mean and variance."""
    initialize(draft, [one for one in kernels if not begins_with(one, LecunNormal)], "lecun_normal")


def _is_for_rectifiers(kernel: Kernel) -> bool:
    return all(
        isinstance(one, HeNormal | HeUniform) or (isinstance(one, VarianceScaling) and one.scale >= _WIDE)
        for one in initializers_of(kernel)
    )
