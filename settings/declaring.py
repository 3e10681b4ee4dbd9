"""How a setting is declared: a type with its bounds, and the sentences under the field say what it is for."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True)
class Shown:
    """Annotation of a setting whose default is told in words.

    Attributes:
        default: What ``docs/configuration.md`` says of it.
    """

    default: str


Limit = Annotated[int | None, Field(ge=0), Shown("no limit")]
"""How much a project may have of something."""

Memory = Annotated[int, Field(ge=2**20)]
"""Bytes of memory: less than a megabyte would hold nothing."""

Listeners = Annotated[int, Field(ge=1, le=100_000)]
"""How many clients may wait at once."""

Processes = Annotated[int, Field(ge=1, le=256)]
"""How many processes one machine runs side by side."""

Wait = Annotated[float, Field(ge=0.1, le=600.0)]
"""Seconds that somebody at the other end has."""

Patience = Annotated[float, Field(ge=1.0)]
"""Seconds after which a trainer counts as stuck, however many somebody wants to give it."""
