"""What comes of a technique on a job: a move, or the reason why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Operation: TypeAlias = Mapping[str, Any]
"""One of RFC 6902: ``{"op": "replace", "path": "/training/optimizer", "value": …}``."""


@dataclass(frozen=True)
class Move:
    """What a technique would change.

    Attributes:
        patch: On the spec as it was sent; never empty.
        reason: What it does and why here, in a sentence.
    """

    patch: Sequence[Operation]
    reason: str


@dataclass(frozen=True)
class NotApplicable:
    """A technique has nothing to do.

    Attributes:
        reason: Why, in a sentence.
    """

    reason: str
