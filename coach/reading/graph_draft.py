"""A network whose layers are put in, taken out and exchanged while every other layer goes on reading what it read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from coach.coached_job import CoachedJob
from spec.layers import Layer
from spec.networks.layer_names import named_by
from spec.networks.wiring import Outline, automatic_names, layer_kinds, snake_case
from spec.training.optimizers import optimizer_of

LONGEST_NAME = 64
Source: TypeAlias = "Node | str"
"""What a layer reads: another one, or an input of the network by its name."""


@dataclass(eq=False)
class Node:
    """A layer of a network that is changed.

    Attributes:
        body: What the spec says of it; it may be changed.
        sources: What it reads.
        layer: As the language reads it; None where it is new, or was exchanged.
        name: Its name before; empty where it is new.
    """

    body: dict[str, Any]
    sources: list[Source] = field(default_factory=list["Node | str"])
    layer: Layer | None = None
    name: str = ""

    @property
    def outline(self) -> Outline:
        """What its name follows from."""
        if self.layer is not None:
            outline = Outline.of(self.layer)
            return Outline(outline.kind, self.body.get("name"), held=outline.held)
        return Outline(self.body["type"], self.body.get("name"))


class NamesShifted(Exception):
    """A layer that the training names would get another name."""


class GraphDraft:
    """The layers of a job's network.

    Attributes:
        nodes: In order; `node` finds them by their place before.
    """

    def __init__(self, job: CoachedJob, bodies: Sequence[dict[str, Any]]) -> None:
        wiring = job.inferred.wiring
        self.nodes: list[Node] = []
        for body, layer, name, sources in zip(bodies, job.inferred.layers, wiring.names, wiring.sources, strict=True):
            read = [wiring.input_name(one) if one < 0 else self.nodes[one] for one in sources or ()]
            self.nodes.append(Node(body, read, layer, name or ""))
        self._former = tuple(self.nodes)
        self._inputs = wiring.inputs
        self._patterns = list(_patterns(job))
        is_named = bool(self._patterns) or bool(job.facts.inputs) or job.spec.training.initial_weights is not None
        self._has_names = is_named or any("name" in body or "inputs" in body for body in bodies)

    def node(self, index: int) -> Node:
        """The layer that was at a place before anything was changed."""
        return self._former[index]

    def insert_after(self, source: Source, body: dict[str, Any]) -> Node:
        """A layer that reads what others read, which read it instead.

        Args:
            source: A layer, or an input of the network.
            body: Of the new layer, without name and inputs.
        """
        made = self._made(body, source)
        for node in self.nodes:
            node.sources = [made if one is source else one for one in node.sources]
        made.sources = [source]
        self.nodes.insert(0 if isinstance(source, str) else self.nodes.index(source) + 1, made)
        return made

    def insert_before(self, node: Node, body: dict[str, Any]) -> Node:
        """A layer between another and the first of what that reads; other layers go on reading that."""
        source = node.sources[0]
        made = self._made(body, source)
        made.sources, node.sources[0] = [source], made
        self.nodes.insert(self.nodes.index(node), made)
        return made

    def remove(self, node: Node) -> None:
        """Without a layer that reads one: those that read it read that instead."""
        self.nodes.remove(node)
        for other in self.nodes:
            other.sources = [node.sources[0] if one is node else one for one in other.sources]

    def exchange(self, node: Node, body: dict[str, Any]) -> None:
        """Another layer in the place of one, with the same name and inputs."""
        kept = {name: node.body[name] for name in ("name", "inputs", "dtype") if name in node.body}
        if self._has_names and "name" not in kept and snake_case(body["type"]) != snake_case(node.body["type"]):
            kept = {"name": self._free_name(node.name, body["type"]), **kept}
        node.body.clear()
        node.body |= {"type": body["type"], **kept, **{name: body[name] for name in body if name != "type"}}
        node.layer = None

    def _made(self, body: dict[str, Any], source: Source) -> Node:
        if not self._has_names:
            return Node({**body})
        stem = source if isinstance(source, str) else source.body.get("name", source.name)
        name = self._free_name(stem, body["type"])
        return Node({"type": body["type"], "name": name, **body}, name=name)

    def _free_name(self, stem: str, kind: str) -> str:
        """A name that no layer and no input has, not even one that Keras would give."""
        taken = {*self._inputs, *(node.name for node in self._former), *(node.name for node in self.nodes)}
        base = re.sub(r"[^A-Za-z0-9_.\-]", "_", f"{snake_case(kind)}_after_{stem}")[: LONGEST_NAME - 4]
        return next(name for name in _numbered(base) if name not in taken)

    def written(self) -> list[dict[str, Any]]:
        """The bodies of all layers, each saying what it reads where that is not the one before it.

        Raises:
            NamesShifted: If the training would mean other layers than before.
        """
        names = [name or "" for name in automatic_names(node.outline for node in self.nodes)]
        called = {id(node): name for node, name in zip(self.nodes, names, strict=True)}
        self._check_patterns(called)
        before: Node | str | None = self._inputs[0] if len(self._inputs) == 1 else None
        for node in self.nodes:
            self._write_inputs(node, before, [one if isinstance(one, str) else called[id(one)] for one in node.sources])
            before = node
        return [node.body for node in self.nodes]

    def _write_inputs(self, node: Node, before: "Source | None", wanted: list[str]) -> None:
        said = node.body.get("inputs")
        if said is None:
            if len(node.sources) != 1 or node.sources[0] is not before:
                node.body["inputs"] = wanted
        elif ([said] if isinstance(said, str) else list(said)) != wanted:
            node.body["inputs"] = wanted[0] if isinstance(said, str) else wanted

    def _check_patterns(self, called: dict[int, str]) -> None:
        left = [node for node in self._former if id(node) in called]
        for pattern in self._patterns:
            if any(bool(named_by(pattern, [one.name])) != bool(named_by(pattern, [called[id(one)]])) for one in left):
                raise NamesShifted


def _numbered(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}_{number}"
        number += 1


def _patterns(job: CoachedJob) -> Iterator[str]:
    """What the training calls layers by."""
    training = job.spec.training
    for phase in training.phases:
        yield from phase.freeze
    yield from training.learning_rate_multipliers
    if training.initial_weights is not None:
        yield from training.initial_weights.layers or ("*",)
    optimizers = [training.optimizer, *(phase.optimizer for phase in training.phases)]
    for optimizer in optimizers:
        if optimizer is not None:
            said = optimizer_of(optimizer)
            yield from (name.split("/")[0] for name in said.exclude_from_weight_decay or ())
            yield from (f"*{name}*" for name in getattr(said, "exclude_layers", None) or ())


def kind_of(body: dict[str, Any]) -> type[Layer]:
    """The class of the layer that a body says."""
    return layer_kinds()[body["type"]]
