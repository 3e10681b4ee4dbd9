"""Masks: which places of a row a network passes over, and what each layer does to the mask that comes to it.

A mask has an entry for each place along the first axes of a row: ``(steps,)`` beside a row of ``(steps, channels)``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MaskRole = Literal["made", "carried", "used", "lost"]
"""What a layer does to a mask: makes one, hands it on unread, computes with it, or drops it unread."""

MaskShape = tuple[int, ...]
"""The shape of a row's mask; ``()`` is one entry a row."""


@dataclass(frozen=True, slots=True)
class Masked:
    """What a layer does to the masks of its inputs.

    Attributes:
        mask: The shape of the mask of its output; None where that has none.
        role: What is told of it; None where there is no mask.
    """

    mask: MaskShape | None = None
    role: MaskRole | None = None


UNMASKED = Masked()
"""Of a layer that no mask comes to, and that makes none."""


def is_along(mask: MaskShape, shape: Sequence[int]) -> bool:
    """Whether a mask has one entry for each place along all axes of a row but the last."""
    return tuple(mask) == tuple(shape[:-1])
