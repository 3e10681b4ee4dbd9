"""How many units the hidden layers of a network have."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.kernels import Kernel, NetworkReading
from coach.reading.words import layers_called
from spec.layers.merging import Concatenate, Merging
from spec.layers.normalization import GroupNormalization
from spec.layers.reshaping import Reshape

Width = Annotated[int, Field(ge=1, le=65_536)]
SOURCE = "Goodfellow, Bengio and Courville (2016), Deep learning, section 6.4"


def free_widths(network: NetworkReading) -> dict[str, list[Kernel]]:
    """The hidden layers whose number of outputs nothing else in the network depends on, by the field that says it."""
    free = [one for one in network.hidden if not _is_bound(network, one)]
    fields = ("units", "filters")
    return {field: [one for one in free if hasattr(one.layer, field)] for field in fields}


def widths_moved(
    job: CoachedJob, wanted: dict[str, int], is_off: Callable[[int, int], bool], nothing: str
) -> Move | NotApplicable:
    """Other widths for the hidden layers whose width is off.

    Args:
        job: A sound job.
        wanted: The width by the field that says it.
        is_off: Whether a width is off, given the wanted one.
        nothing: What is said where none is.
    """
    network = NetworkReading(job)
    draft = Draft(job)
    changed: list[Kernel] = []
    former: list[int] = []
    for field, kernels in free_widths(network).items():
        off = [one for one in kernels if is_off(getattr(one.layer, field), wanted[field])]
        draft.put([one.index for one in off], field, wanted[field])
        changed += off
        former += [getattr(one.layer, field) for one in off]
    if not changed:
        return NotApplicable(nothing)
    called = layers_called([one.name for one in sorted(changed, key=lambda one: one.index)], "hidden")
    then = " and ".join(
        f"{width:,}" for field, width in wanted.items() if any(hasattr(one.layer, field) for one in changed)
    )
    now = f"{min(former):,}" if min(former) == max(former) else f"{min(former):,} to {max(former):,}"
    return draft.move(f"The width of {called} changes from {now} to {then}.")


def _is_bound(network: NetworkReading, kernel: Kernel) -> bool:
    """Whether something takes only the number of outputs that a layer has."""
    end = kernel.behind[-1] if kernel.behind else kernel.index
    readers = [network.layers[reader] for reader in network.readers[end]]
    is_merged = any(isinstance(one, Merging) and not isinstance(one, Concatenate) for one in readers)
    is_grouped = getattr(kernel.layer, "groups", 1) != 1 or any(getattr(one, "groups", 1) != 1 for one in readers)
    behind = [network.layers[index] for index in kernel.behind]
    return is_merged or is_grouped or any(isinstance(one, Reshape | GroupNormalization) for one in behind)
