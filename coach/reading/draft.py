"""A job's spec that a technique changes, and the patch that comes of it."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, cast

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.differences import Copy
from coach.reading.graph_draft import GraphDraft, NamesShifted, Node
from spec.layers import Layer
from spec.patches.operations import MAX_OPERATIONS
from spec.training.optimizers import optimizer_of


class Draft:
    """A copy of what a client sent, to be changed where the client would change it.

    Layers are called by their places in the job's network, whatever was put in or taken out meanwhile.
    """

    def __init__(self, job: CoachedJob) -> None:
        self._job = job
        self._copy = Copy(job.said)
        self._body = self._copy.document
        self._graph = GraphDraft(job, self._body["network"]["layers"])

    @property
    def training(self) -> dict[str, Any]:
        """What is said of the training."""
        return self._body["training"]

    @property
    def dataset(self) -> dict[str, Any]:
        """What is said of the data set, as an object."""
        if isinstance(self._body["dataset"], str):
            self._body["dataset"] = {"name": self._body["dataset"]}
        return self._body["dataset"]

    @property
    def optimizer(self) -> dict[str, Any]:
        """What is said of the optimizer, as an object."""
        said = self.training.get("optimizer")
        if not isinstance(said, dict):
            self.training["optimizer"] = {"type": optimizer_of(self._job.spec.training.optimizer).type}
        return self.training["optimizer"]

    @property
    def loss(self) -> Any:  # noqa: ANN401 -- a name or an object
        """What is said of the loss."""
        return self.training["loss"]

    def callbacks(self) -> list[Any]:
        """The list of callbacks, which may be empty; one that stays so is not written."""
        said = self.training.get("callbacks")
        if not isinstance(said, list):
            said = self.training["callbacks"] = [] if said is None else [said]
        return cast("list[Any]", said)

    def body(self, index: int) -> dict[str, Any]:
        """What is said of a layer."""
        return self._graph.node(index).body

    def put(self, indices: Collection[int], field: str, value: Any) -> None:  # noqa: ANN401 -- any JSON value
        """A field of some layers, where they say it; in the ``defaults`` where these say it for no other layer."""
        for kind, nodes in self._by_kind(indices):
            inheriting = [node for node in nodes if _is_inherited(node, field)]
            if inheriting and len(inheriting) == self._heirs(kind, field):
                self._defaults(kind)[field] = value
                nodes = [node for node in nodes if node not in inheriting]  # noqa: PLW2901 -- those that are left
            for node in nodes:
                node.body[field] = value

    def clear(self, indices: Collection[int], field: str) -> None:
        """A field that may be null, left out: of the layers, or of the ``defaults``, as in `put`."""
        for kind, nodes in self._by_kind(indices):
            inheriting = [node for node in nodes if _is_inherited(node, field)]
            if inheriting and len(inheriting) == self._heirs(kind, field):
                self._forget_default(kind, field)
            for node in nodes:
                node.body.pop(field, None)
                if field in self._body["network"].get("defaults", {}).get(kind, {}):
                    node.body[field] = None

    def insert_after(self, index: int, *bodies: dict[str, Any]) -> None:
        """Layers behind a layer; what read it reads the last of them."""
        source = self._graph.node(index)
        for body in bodies:
            source = self._graph.insert_after(source, body)

    def insert_before(self, index: int, *bodies: dict[str, Any]) -> None:
        """Layers ahead of a layer that reads one; nothing else reads them."""
        for body in bodies:
            self._graph.insert_before(self._graph.node(index), body)

    def insert_on_input(self, name: str, body: dict[str, Any]) -> None:
        """A layer that reads an input of the network, and is read by all that read it."""
        self._graph.insert_after(name, body)

    def exchange(self, index: int, body: dict[str, Any]) -> None:
        """Another layer in the place of one."""
        self._graph.exchange(self._graph.node(index), body)

    def remove(self, index: int) -> None:
        """Without a layer that reads one."""
        self._graph.remove(self._graph.node(index))

    def move(self, reason: str) -> Move | NotApplicable:
        """What came of it.

        Args:
            reason: Of the move, in a sentence.
        """
        try:
            self._body["network"]["layers"] = self._graph.written()
        except NamesShifted:
            return NotApplicable(
                "The training refers to layers by the names that Keras gives them, and these would change. Give the "
                "layers names of their own."
            )
        if self.training.get("callbacks") == [] and "callbacks" not in self._job.said["training"]:
            del self.training["callbacks"]
        patch = self._copy.patch()
        if len(patch) > MAX_OPERATIONS:
            layers = {"op": "replace", "path": "/network/layers", "value": self._body["network"]["layers"]}
            patch = [*(one for one in patch if not one["path"].startswith("/network/layers/")), layers]
        return Move(patch, reason) if patch else NotApplicable("The job says all of this already.")

    def _by_kind(self, indices: Collection[int]) -> Iterator[tuple[str, list[Node]]]:
        nodes = [self._graph.node(index) for index in sorted(indices)]
        for kind in dict.fromkeys(node.body["type"] for node in nodes):
            yield kind, [node for node in nodes if node.body["type"] == kind]

    def _heirs(self, kind: str, field: str) -> int:
        """How many layers have a field by the ``defaults`` of their kind, those that others hold among them."""
        return sum(layer.type == kind and field in layer.inherited for layer in _all(self._job.spec.network.layers))

    def _defaults(self, kind: str) -> dict[str, Any]:
        return self._body["network"]["defaults"][kind]

    def _forget_default(self, kind: str, field: str) -> None:
        self._defaults(kind).pop(field, None)
        if not self._defaults(kind):
            del self._body["network"]["defaults"][kind]
        if not self._body["network"]["defaults"]:
            del self._body["network"]["defaults"]


def _is_inherited(node: Node, field: str) -> bool:
    return node.layer is not None and field in node.layer.inherited and field not in node.body


def _all(layers: Sequence[Layer]) -> Iterator[Layer]:
    """Layers, and those that they hold."""
    for layer in layers:
        yield layer
        yield from _all(list(layer.held.values()))
