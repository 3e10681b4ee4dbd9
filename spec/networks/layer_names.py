"""Layers named in a spec: by their names, in which a ``*`` stands for any characters."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated

from pydantic import Field

from spec.language.faults import MOST_FAULTS, Fault, Location, pointer
from spec.language.suggestions import nearest

MOST_PATTERNS = 16
"""The most names that one list of them may have: each is tried on every layer."""

LayerPattern = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.\-]*(\*[A-Za-z0-9_.\-]*){0,2}$")
]
"""The name of a layer, or of several: with one ``*``, or two."""

EXPLANATION = (
    "The name of a layer has 1 to 64 characters: the letters A to Z and a to z, digits, underscores, hyphens and dots. "
    'A "*" stands for any of them, and there can be two.'
)
"""What is said of a name that is none."""


def named_by(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that a pattern means, in their order."""
    first, *others = pattern.split("*")
    if not others:
        return [name for name in names if name == first]
    *middle, last = others
    shortest = len(first) + len(last)
    return [
        name
        for name in names
        if name.startswith(first)
        and name.endswith(last)
        and len(name) >= shortest
        and all(part in name[len(first) : len(name) - len(last)] for part in middle)
    ]


def unknown_layers(patterns: Sequence[str], names: Sequence[str], at: Sequence[Location]) -> Iterator[Fault]:
    """Patterns that mean no layer.

    Args:
        patterns: As they were sent.
        names: Of the network's layers.
        at: Where each pattern stands in the body.
    """
    unknown = ((place, pattern) for place, pattern in zip(at, patterns, strict=True) if not named_by(pattern, names))
    for place, pattern in islice(unknown, MOST_FAULTS):
        yield unknown_layer(pattern, names, place, "The network")


def unknown_layer(pattern: str, names: Sequence[str], at: Location, where: str) -> Fault:
    """The fault of a pattern that means no layer of a network.

    Args:
        pattern: What was sent.
        names: Of the layers that there are.
        at: Where it stands in the body.
        where: Which network it is, as the message begins.
    """
    suggestion = nearest(pattern, names)
    sentence = f'{where} has no layer called "{pattern}".'
    if suggestion is None:
        sentence += ' `POST /v1/networks/inspect` lists the names of all layers. A "*" stands for any characters.'
    return Fault(pointer=pointer(at), message=sentence, code="unknown_layer", suggestion=suggestion)
