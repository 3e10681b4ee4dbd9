"""How the layers of a network hang together: their names, and which reads which."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

from pydantic_core import InitErrorDetails

from spec.language.declared import kinds
from spec.language.faults import MOST_FAULTS, Location, fault_error
from spec.language.sentences import counted
from spec.language.suggestions import nearest
from spec.layers import Layer
from spec.layers.base import INPUT

NETWORK_INPUT = -1
"""Where a layer's index is asked for, this is the network's own input."""

MOST_SUGGESTIONS = 20
"""How many unknown names get a suggestion, each looked for among all layers."""

MOST_EDGES = 10_000
"""How many inputs all layers together may read; an architecture of hundreds of layers has some thousand."""


@dataclass(frozen=True, slots=True)
class Outline:
    """As much of a layer as its place in the network needs, known even where the rest of it is faulty.

    Attributes:
        kind: Its type, or None where that is unknown.
        name: The name it says.
        inputs: The inputs it says.
        has_inputs: Whether it says any, well or badly.
    """

    kind: str | None
    name: str | None = None
    inputs: tuple[str, ...] | None = None
    has_inputs: bool = False

    @classmethod
    def of(cls, layer: Layer | None) -> "Outline":
        """The outline of a layer; of None, of one that nothing is known of."""
        if layer is None:
            return cls(None)
        return cls(layer.type, layer.name, layer.inputs, layer.inputs is not None)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Names and inputs of every layer.

    Attributes:
        names: Keras's name of each: what it says, or the automatic one. None where its type is unknown.
        sources: Indices of the layers it reads (`NETWORK_INPUT` is the network's input); None where they are faulty.
    """

    names: tuple[str | None, ...]
    sources: tuple[tuple[int, ...] | None, ...]

    def used(self) -> tuple[bool, ...]:
        """Whether each layer leads to the last one, which is the network's output."""
        reached = [False] * len(self.sources)
        if reached:
            reached[-1] = True
        for index in reversed(range(len(self.sources))):
            for source in self.sources[index] or ():
                if reached[index] and source != NETWORK_INPUT:
                    reached[source] = True
        return tuple(reached)


@cache
def layer_kinds() -> Mapping[str, type[Layer]]:
    """Every layer by its type."""
    return kinds(Layer)


@lru_cache(1024)
def snake_case(name: str) -> str:
    """Keras's way from a class's name to a layer's: ``BatchNormalization`` is ``batch_normalization``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def automatic_names(outlines: Iterable[Outline]) -> tuple[str | None, ...]:
    """The name of each layer, as Keras names them in a fresh session (``dense``, then ``dense_1``)."""
    counts: dict[str, int] = {}
    names: list[str | None] = []
    known = layer_kinds()
    for outline in outlines:
        if outline.name is not None or outline.kind is None:
            names.append(outline.name)
            continue
        stem = snake_case(known[outline.kind].KERAS_NAME or outline.kind)
        count = counts.get(stem, 0)
        counts[stem] = count + 1
        names.append(f"{stem}_{count}" if count else stem)
    return tuple(names)


def wire(outlines: Sequence[Outline]) -> tuple[Wiring, list[InitErrorDetails]]:
    """Names and inputs of all layers, and what is wrong with them, located within the network."""
    names = automatic_names(outlines)
    faults = list(islice(_clashes(outlines, names), MOST_FAULTS))
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name is not None:
            first.setdefault(name, index)
    known = layer_kinds()
    sources: list[tuple[int, ...] | None] = []
    edges = 0
    for index, outline in enumerate(outlines):
        edges += len(outline.inputs or ())
        if edges > MOST_EDGES:
            faults.append(_too_many_edges(index))
            sources += [None] * (len(outlines) - index)
            break
        found, wrong = _sources(outline, index, first, room=MOST_FAULTS - len(faults))
        if found is not None and outline.kind is not None:
            wrong = _miscounted(known[outline.kind], outline, index, len(found))
        faults += wrong
        sources.append(None if wrong else found)
    return Wiring(names, tuple(sources)), faults


def _too_many_edges(index: int) -> InitErrorDetails:
    sentence = f"All layers together can have at most {MOST_EDGES:,} inputs, and the inputs of this layer exceed that."
    return fault_error("too_many_edges", sentence, at=("layers", index, "inputs"))


def _clashes(outlines: Sequence[Outline], names: Sequence[str | None]) -> Iterator[InitErrorDetails]:
    """Faults of names that two layers have."""
    automatic = {name: index for index, name in enumerate(names) if name is not None and outlines[index].name is None}
    said: dict[str, int] = {}
    for index, outline in enumerate(outlines):
        if outline.name is None:
            continue
        at: Location = ("layers", index, "name")
        if outline.name in said:
            sentence = f'"{outline.name}" is already the name of layer {said[outline.name]}. Choose another name.'
            yield fault_error("duplicate_name", sentence, at=at)
        elif outline.name in automatic:
            sentence = (
                f'"{outline.name}" is the name that Keras gives to layer {automatic[outline.name]}. Choose another '
                "name."
            )
            yield fault_error("duplicate_name", sentence, at=at)
        said.setdefault(outline.name, index)


def _sources(
    outline: Outline, index: int, first: dict[str, int], *, room: int
) -> tuple[tuple[int, ...] | None, list[InitErrorDetails]]:
    """Indices of a layer's inputs, or None with their faults, as many as there is room for."""
    if outline.inputs is None:
        return (None if outline.has_inputs else (index - 1,)), []
    found: list[int] = []
    faults: list[InitErrorDetails] = []
    for place, name in enumerate(outline.inputs):
        if len(faults) >= room:
            return None, faults
        at: Location = ("layers", index, "inputs", place)
        source = NETWORK_INPUT if name == INPUT else first.get(name)
        if source is None:
            is_helped = room - len(faults) > MOST_FAULTS - MOST_SUGGESTIONS
            earlier = [INPUT, *(other for other, where in first.items() if where < index)]
            suggestion = nearest(name, earlier) if is_helped else None
            sentence = f'"{name[:100]}" is not the name of an earlier layer.'
            faults.append(fault_error("unknown_layer_name", sentence, at=at, suggestion=suggestion))
        elif source >= index:
            what = "is this layer itself" if source == index else "comes after this layer"
            sentence = f'"{name}" {what}. A layer can only read layers before it.'
            faults.append(fault_error("forward_reference", sentence, at=at))
        else:
            found.append(source)
    return (None if faults else tuple(found)), faults


def _miscounted(kind: type[Layer], outline: Outline, index: int, count: int) -> list[InitErrorDetails]:
    """The fault of a layer that reads too few or too many inputs."""
    at: Location = ("layers", index, "inputs") if outline.has_inputs else ("layers", index)
    fewest, most = kind.FEWEST_INPUTS, kind.MOST_INPUTS
    if count < fewest:
        exactly = "exactly" if most == fewest else "at least"
        sentence = f"`{outline.kind}` needs {exactly} {counted(fewest, 'input')}. List them in `inputs`."
        return [fault_error("too_few_inputs", sentence, at=at)]
    if most is not None and count > most:
        sentence = (
            f"`{outline.kind}` can only read {counted(most, 'input')}, not {count}. "
            "Merge them first, for example with `Concatenate`."
        )
        return [fault_error("too_many_inputs", sentence, at=at)]
    return []
