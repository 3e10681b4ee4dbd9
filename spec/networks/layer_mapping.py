"""Which layer of a network gets the weights of which layer of another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from spec.networks.layer_names import named_by


class NamedLayer(NamedTuple):
    """A layer that a pattern means.

    Attributes:
        pattern: Which.
        name: The layer's.
        source: The name of the layer whose weights it is to get; there may be none of that name.
    """

    pattern: str
    name: str
    source: str


def named_layers(layers: Mapping[str, str], targets: Sequence[str]) -> Iterator[NamedLayer]:
    """Each layer that is meant, pattern by pattern; one that several mean comes several times.

    Args:
        layers: Patterns of names -> the pattern of the source's names.
        targets: The names of the layers of the network.
    """
    for pattern, source in layers.items():
        for name in named_by(pattern, targets):
            yield NamedLayer(pattern, name, source_of(name, pattern, source))


def mapped_layers(layers: Mapping[str, str] | None, targets: Sequence[str], sources: Sequence[str]) -> dict[str, str]:
    """The layers that get weights, each with the name of the layer that it gets them from.

    Args:
        layers: Patterns of names -> the pattern of the source's names, as `spec.training.initial_weights` has them. It
            may name layers that the source does not have. None stands for all names that both networks have.
        targets: The names of the layers of the network.
        sources: Those of the other network's.
    """
    if layers is None:
        there = set(sources)
        return {name: name for name in targets if name in there}
    return {layer.name: layer.source for layer in named_layers(layers, targets)}


def source_of(name: str, target: str, source: str) -> str:
    """The name that a pattern of the source means for a layer.

    Args:
        name: Of the layer; ``target`` means it.
        target: With up to two ``*``. Where the first of two could stand for more than one text, it stands for the
            shortest.
        source: With as many, or none.
    """
    if "*" not in source:
        return source
    for text in _stars(name, target):
        source = source.replace("*", text, 1)
    return source


def _stars(name: str, pattern: str) -> list[str]:
    """What each ``*`` of a pattern stands for in a name; a name has no ``*`` of its own."""
    first, *middle, last = pattern.split("*")
    rest = name[len(first) : len(name) - len(last)]
    if not middle:
        return [rest]
    place = rest.index(middle[0])
    return [rest[:place], rest[place + len(middle[0]) :]]
