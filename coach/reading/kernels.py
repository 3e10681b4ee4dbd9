"""The layers of a network that learn, what follows each of them, and which one makes the output."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from coach.coached_job import CoachedJob
from coach.reading.activations import ACTIVATION_LAYERS, activation_name
from spec.layers import Layer
from spec.layers.attention import AdditiveAttention, Attention, GroupQueryAttention, MultiHeadAttention
from spec.layers.dropout import AlphaDropout, Dropout, GaussianDropout, SpatialDropout
from spec.layers.einsum import EinsumDense
from spec.layers.kernels import Activated
from spec.layers.merging import Dot, Multiply
from spec.layers.normalization import RMSNormalization, ScaledAndShifted, UnitNormalization
from spec.layers.preprocessing import Normalization, Rescaling
from spec.layers.recurrent import Recurrent
from spec.layers.sequences import Embedding
from spec.layers.wrappers import Wrapper
from spec.networks.network_advice import Graph

NORMALIZING = (ScaledAndShifted, RMSNormalization, UnitNormalization)
SCALING = (*NORMALIZING, Normalization, Rescaling)
DROPPING = (Dropout, AlphaDropout, GaussianDropout, SpatialDropout)
ATTENDING = (Attention, AdditiveAttention, MultiHeadAttention, GroupQueryAttention)
LEARNING = (Activated, EinsumDense, Recurrent, Wrapper, Embedding, *ATTENDING)
"""Kinds at which the way from one layer that learns to the next ends."""
GATED = (Multiply, Dot, *ATTENDING)
"""Kinds that multiply what they read: an activation before one may be a gate, or a share."""


@dataclass(frozen=True)
class Kernel:
    """A layer that multiplies by weights, and the layers behind it that only it is read by.

    Attributes:
        index: Its place.
        name: Its name.
        layer: The layer.
        behind: The places of the layers on the one way from it to the next layer that learns, or that others read too.
        activation: The name of its activation, its own or of the first layer behind it that has one.
        activated_at: The place of the layer that has the activation; its own where it has none.
        normalized_at: The place of the first layer behind it that normalizes.
        dropped_at: The place of the first layer behind it that drops units.
        is_gate: Whether its activation is multiplied with something else.
    """

    index: int
    name: str
    layer: Activated | EinsumDense
    behind: tuple[int, ...]
    activation: str | None
    activated_at: int
    normalized_at: int | None
    dropped_at: int | None
    is_gate: bool

    @property
    def has_own_activation(self) -> bool:
        """Whether the layer itself has the activation, not one behind it."""
        return self.activation is not None and self.activated_at == self.index

    @property
    def roles(self) -> tuple[str, ...]:
        """What its fields call its kernels, as in ``kernel_initializer``."""
        return roles_of(self.layer)


def roles_of(layer: Layer) -> tuple[str, ...]:
    """What the fields of a layer call the kernels that what it reads is multiplied by."""
    return tuple(
        role
        for role in ("kernel", "depthwise", "pointwise")
        if f"{role}_regularizer" in type(layer).model_fields and f"{role}_initializer" in type(layer).model_fields
    )


class NetworkReading:
    """A job's network, as techniques and rules read it: of its layers, those that lead to the output."""

    def __init__(self, job: CoachedJob) -> None:
        self._inferred = job.inferred
        self._graph = Graph(job.inferred)
        self._used = job.inferred.wiring.used()
        self.readers: list[list[int]] = [
            [reader for reader in readers if self._used[reader]] for readers in self._graph.readers
        ]

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """All layers."""
        return tuple(layer for layer in self._inferred.layers if layer is not None)

    def is_used(self, index: int) -> bool:
        """Whether a layer leads to the output."""
        return self._used[index]

    def name(self, index: int) -> str:
        """A layer's name."""
        return self._inferred.wiring.names[index] or ""

    def sources(self, index: int) -> tuple[int, ...]:
        """What a layer reads: places, below 0 inputs of the network."""
        return self._inferred.wiring.sources[index] or ()

    def place_of_input(self, name: str) -> int:
        """What `sources` calls an input of the network."""
        return ~self._inferred.wiring.inputs.index(name)

    def is_passing(self, index: int) -> bool:
        """Whether a layer reads one and learns nothing."""
        return len(self.sources(index)) == 1 and not isinstance(self.layers[index], LEARNING)

    def shape(self, index: int) -> tuple[int, ...]:
        """Of a layer's output, without the batch."""
        geometry = self._inferred.geometries[index]
        return () if geometry is None else tuple(geometry.output)

    def kernel_shape(self, index: int, role: str) -> tuple[int, ...]:
        """Of the variable that a layer's fields call by a role."""
        geometry = self._inferred.geometries[index]
        return next((tuple(one.shape) for one in geometry.variables if one.role == role), ()) if geometry else ()

    @cached_property
    def kernels(self) -> tuple[Kernel, ...]:
        """All layers with a kernel, in order, the frozen ones among them."""
        return tuple(
            self._kernel(index, layer)
            for index, layer in enumerate(self.layers)
            if isinstance(layer, Activated | EinsumDense) and self._used[index]
        )

    @cached_property
    def output(self) -> Kernel | None:
        """The one that makes the output; None where a layer of another kind does."""
        index = len(self.layers) - 1
        while not isinstance(self.layers[index], LEARNING):
            sources = self.sources(index)
            if len(sources) != 1 or sources[0] < 0:
                return None
            index = sources[0]
        return next((kernel for kernel in self.kernels if kernel.index == index), None)

    @cached_property
    def hidden(self) -> tuple[Kernel, ...]:
        """Those that are trained and do not make the output."""
        last = self.output
        return tuple(one for one in self.kernels if one.layer.trainable and (last is None or one.index != last.index))

    @cached_property
    def trained(self) -> tuple[int, ...]:
        """The places of all layers whose kernels are trained, recurrent ones among them."""
        return tuple(
            index
            for index, layer in enumerate(self.layers)
            if self._used[index] and layer.trainable and isinstance(layer, Activated | EinsumDense | Recurrent)
        )

    @cached_property
    def learning(self) -> tuple[int, ...]:
        """The places of all layers that compute with weights, embeddings apart, whether they are trained or not."""
        kinds = tuple(kind for kind in LEARNING if kind is not Embedding)
        return tuple(index for index, one in enumerate(self.layers) if self._used[index] and isinstance(one, kinds))

    def of_kind(self, *kinds: type[Layer]) -> list[int]:
        """The places of all used layers of some kinds."""
        return [index for index, layer in enumerate(self.layers) if self._used[index] and isinstance(layer, kinds)]

    def follow(self, index: int) -> Iterator[int]:
        """The layers behind one, as long as each is the only one to read the one before and does not learn."""
        while len(self.readers[index]) == 1:
            index = self.readers[index][0]
            if len(self.sources(index)) != 1 or isinstance(self.layers[index], LEARNING):
                return
            yield index

    def next_kernel(self, kernel: Kernel) -> Kernel | None:
        """The kernel that reads what comes of one, where that is the only one."""
        end = kernel.behind[-1] if kernel.behind else kernel.index
        readers = self.readers[end]
        if len(readers) != 1 or len(self.sources(readers[0])) != 1:
            return None
        return next((one for one in self.kernels if one.index == readers[0]), None)

    def _kernel(self, index: int, layer: Activated | EinsumDense) -> Kernel:
        behind = tuple(self.follow(index))
        activation, place = activation_name(layer), index
        if activation is None:
            found = (one for one in behind if isinstance(self.layers[one], ACTIVATION_LAYERS))
            place = next((one for one in found if activation_name(self.layers[one])), index)
            activation = activation_name(self.layers[place])
        return Kernel(
            index,
            self.name(index),
            layer,
            behind,
            activation,
            place,
            self._first(behind, NORMALIZING),
            self._first(behind, DROPPING),
            any(isinstance(self.layers[reader], GATED) for reader in self.readers[behind[-1] if behind else index]),
        )

    def _first(self, places: tuple[int, ...], kinds: tuple[type, ...]) -> int | None:
        return next((place for place in places if isinstance(self.layers[place], kinds)), None)
