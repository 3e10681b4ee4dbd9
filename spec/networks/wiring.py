"""How the layers of a network hang together: their names, and which reads which."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

from pydantic_core import InitErrorDetails

from spec.language.declared import kinds
from spec.language.faults import MOST_FAULTS, Location, fault_error
from spec.language.sentences import counted, enumeration, quoted
from spec.language.suggestions import nearest
from spec.layers import Layer
from spec.layers.base import INPUT, RESERVED_NAMES, Named

ONE_INPUT = (INPUT,)
"""The names of the inputs of a network with one, where nobody called it otherwise."""

MOST_SUGGESTIONS = 20
"""How many unknown names get a suggestion, each looked for among all layers."""

MOST_TOLD = 10
"""How many inputs of a network a message names."""

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
        held: The outlines of the layers that it holds, in the order in which Keras makes them.
    """

    kind: str | None
    name: str | None = None
    inputs: tuple[str, ...] | None = None
    has_inputs: bool = False
    held: "tuple[Outline, ...]" = ()

    @classmethod
    def of(cls, layer: Layer | None) -> "Outline":
        """The outline of a layer; of None, of one that nothing is known of."""
        if layer is None:
            return cls(None)
        held = tuple(cls.of(one) for one in layer.held.values())
        return cls(layer.type, layer.name, layer.inputs, layer.inputs is not None, held)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Names and inputs of every layer.

    Attributes:
        names: Keras's name of each: what it says, or the automatic one. None where its type is unknown.
        sources: Indices of the layers it reads; None where they are faulty. One below 0 is an input of the network, of
            which `input_name` knows the name.
        inputs: The names of the network's inputs, in order.
        held: The names of the layers that each holds.
    """

    names: tuple[str | None, ...]
    sources: tuple[tuple[int, ...] | None, ...]
    inputs: tuple[str, ...] = ONE_INPUT
    held: tuple[tuple[Named, ...], ...] = ()

    def input_name(self, source: int) -> str:
        """The name of the input that a source below 0 is: of the first at -1, of the second at -2."""
        return self.inputs[~source]

    def unread_inputs(self) -> list[str]:
        """The names of the inputs that no layer reads which leads to the output."""
        used = (sources for sources, is_used in zip(self.sources, self.used(), strict=True) if is_used)
        read = {source for sources in used for source in sources or ()}
        return [name for place, name in enumerate(self.inputs) if ~place not in read]

    def used(self) -> tuple[bool, ...]:
        """Whether each layer leads to the last one, which is the network's output."""
        reached = [False] * len(self.sources)
        if reached:
            reached[-1] = True
        for index in reversed(range(len(self.sources))):
            for source in self.sources[index] or ():
                if reached[index] and source >= 0:
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
    return tuple(name for name, _ in _named(outlines))


def _named(outlines: Iterable[Outline]) -> Iterator[tuple[str | None, tuple[Named, ...]]]:
    """The name of each layer, and those of the layers that it holds, which Keras makes before it."""
    counts: dict[str, int] = {}
    known = layer_kinds()

    def name(outline: Outline) -> tuple[str | None, tuple[Named, ...]]:
        held = tuple(Named(own or "", inner) for own, inner in map(name, outline.held))
        if outline.name is not None or outline.kind is None:
            return outline.name, held
        stem = snake_case(known[outline.kind].KERAS_NAME or outline.kind)
        count = counts.get(stem, 0)
        counts[stem] = count + 1
        return f"{stem}_{count}" if count else stem, held

    return map(name, outlines)


def wire(outlines: Sequence[Outline], inputs: Sequence[str] = ONE_INPUT) -> tuple[Wiring, list[InitErrorDetails]]:
    """Names and inputs of all layers, and what is wrong with them, located within the network.

    Args:
        outlines: Of the layers.
        inputs: The names of the network's inputs, in order.
    """
    named = list(_named(outlines))
    names = tuple(name for name, _ in named)
    faults = list(islice(_clashes(outlines, names, inputs), MOST_FAULTS))
    first = {name: ~place for place, name in enumerate(inputs)}
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
        found, wrong = _sources(outline, index, first, inputs, room=MOST_FAULTS - len(faults))
        if found is not None and outline.kind is not None:
            wrong = _miscounted(known[outline.kind], outline, index, len(found))
        faults += wrong
        sources.append(None if wrong else found)
    return Wiring(names, tuple(sources), tuple(inputs), tuple(held for _, held in named)), faults


def _too_many_edges(index: int) -> InitErrorDetails:
    sentence = f"All layers together can have at most {MOST_EDGES:,} inputs, and the inputs of this layer exceed that."
    return fault_error("too_many_edges", sentence, at=("layers", index, "inputs"))


def _clashes(
    outlines: Sequence[Outline], names: Sequence[str | None], inputs: Sequence[str]
) -> Iterator[InitErrorDetails]:
    """Faults of names that two layers have, or an input and a layer."""
    yield from _called_as_inputs(outlines, names, frozenset(inputs))
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


def _called_as_inputs(
    outlines: Sequence[Outline], names: Sequence[str | None], inputs: frozenset[str]
) -> Iterator[InitErrorDetails]:
    """Faults of names that an input of the network has, too: Keras takes no model with them."""
    for index, (outline, name) in enumerate(zip(outlines, names, strict=True)):
        if name not in inputs or name in RESERVED_NAMES:
            continue  # of these, every layer tells itself
        if outline.name is not None:
            sentence = f'"{name}" is already the name of an input of the network. Choose another name.'
            yield fault_error("duplicate_name", sentence, at=("layers", index, "name"))
        else:
            sentence = (
                f'"{name}" is the name that Keras gives to this layer, and it is already the name of an input of the '
                "network. Give the layer a `name`, or the input another one."
            )
            yield fault_error("duplicate_name", sentence, at=("layers", index))


def _sources(
    outline: Outline, index: int, first: dict[str, int], inputs: Sequence[str], *, room: int
) -> tuple[tuple[int, ...] | None, list[InitErrorDetails]]:
    """Indices of a layer's inputs, or None with their faults, as many as there is room for."""
    if outline.inputs is None:
        if index == 0 and len(inputs) > 1 and not outline.has_inputs and outline.kind is not None:
            return None, [_undecided(inputs)]
        return (None if outline.has_inputs else (index - 1,)), []
    found: list[int] = []
    faults: list[InitErrorDetails] = []
    for place, name in enumerate(outline.inputs):
        if len(faults) >= room:
            return None, faults
        at: Location = ("layers", index, "inputs", place)
        source = first.get(name)
        if source is None:
            is_helped = room - len(faults) > MOST_FAULTS - MOST_SUGGESTIONS
            earlier = [other for other, where in first.items() if where < index]
            suggestion = nearest(name, earlier) if is_helped else None
            sentence = f'"{name[:100]}" is not the name of an earlier layer.'
            if tuple(inputs) != ONE_INPUT:
                sentence = f'"{name[:100]}" is not the name of an earlier layer, nor one of the inputs of the network.'
                sentence += "" if suggestion else f" {_listed(inputs)}"
            faults.append(fault_error("unknown_layer_name", sentence, at=at, suggestion=suggestion))
        elif source >= index:
            what = "is this layer itself" if source == index else "comes after this layer"
            sentence = f'"{name}" {what}. A layer can only read layers before it.'
            faults.append(fault_error("forward_reference", sentence, at=at))
        else:
            found.append(source)
    return (None if faults else tuple(found)), faults


def _undecided(inputs: Sequence[str]) -> InitErrorDetails:
    """The fault of a first layer that says none of several inputs."""
    sentence = f"List in `inputs` which of the {len(inputs)} inputs of the network this layer reads. {_listed(inputs)}"
    return fault_error("inputs_not_said", sentence, at=("layers", 0))


def _listed(inputs: Sequence[str]) -> str:
    """Which inputs there are, in a sentence; of many, the first."""
    told = [quoted(name[:100]) for name in inputs[:MOST_TOLD]]
    others = len(inputs) - len(told)
    named = enumeration([*told, counted(others, "other")] if others else told, "and")
    return f"They are {named}." if len(inputs) > 1 else f"The network has the input {named} only."


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
