"""What a network may say and would better not: one rule a function, each told where it applies.

Adding a rule is one function, and its name in `RULES`.
"""

from collections.abc import Callable, Iterator, Sequence

from spec.language.faults import Advice, pointer
from spec.layers import Layer
from spec.layers.activation import Activation, Softmax
from spec.layers.augmentation import PictureAugmentation
from spec.layers.dropout import AlphaDropout, Dropout
from spec.layers.kernels import Activated, Activating, KernelLayer
from spec.layers.normalization import BatchNormalization
from spec.layers.pooling import GlobalAveragePooling1D
from spec.layers.sequences import Embedding
from spec.layers.spectral import NORMALIZED_THOUGH_FROZEN, has_normalized_kernel
from spec.networks.inference import Inferred, place_of
from spec.networks.initializers import LecunNormal, initializer_of

Rule = Callable[["Graph"], Iterator[Advice]]


class Graph:
    """A network as the rules read it: layers, and who reads whom, up and down."""

    def __init__(self, inferred: Inferred) -> None:
        self.inferred = inferred
        self.layers: Sequence[Layer | None] = inferred.layers
        self.readers: list[list[int]] = [[] for _ in self.layers]
        for index, sources in enumerate(inferred.wiring.sources):
            for source in sources or ():
                if source >= 0:
                    self.readers[source].append(index)

    def before(self, index: int) -> Iterator[Layer]:
        """The layers a layer reads."""
        for source in self.inferred.wiring.sources[index] or ():
            layer = None if source < 0 else self.layers[source]
            if layer is not None:
                yield layer

    def advice(self, index: int, field: str | None, code: str, message: str) -> Advice:
        """An advice about a layer, at its field where it says it."""
        layer = self.layers[index]
        place = ("layers", index) if layer is None else place_of(layer, index, field)
        return Advice(pointer=pointer(place), message=message, code=code)


def activation_of(layer: Layer | None) -> str | None:
    """The activation a layer ends with, where it is known by a name."""
    if isinstance(layer, Activating | Activation):
        return layer.activation
    return "softmax" if isinstance(layer, Softmax) else None


def unused_layer(graph: Graph) -> Iterator[Advice]:
    """A layer that does not lead to the output is not part of the model, and not trained."""
    for index, is_used in enumerate(graph.inferred.wiring.used()):
        if not is_used:
            name = graph.inferred.wiring.names[index]
            sentence = (
                f'"{name}" does not lead to the last layer, which is the output, so it is not a part of the model.'
            )
            yield graph.advice(index, None, "unused_layer", sentence)


def unread_input(graph: Graph) -> Iterator[Advice]:
    """Keras takes a model with an input that nothing reads; its columns are loaded, and nothing is learned of them."""
    for name in graph.inferred.wiring.unread_inputs():
        sentence = f'No layer that leads to the output reads the input "{name}", so nothing is learned from it.'
        yield Advice(pointer=pointer(("layers",)), message=sentence, code="unread_input")


def selu_without_lecun_normal(graph: Graph) -> Iterator[Advice]:
    """SELU keeps mean and variance only with LeCun's normal initialization.

    Source: Klambauer et al. (2017), "Self-Normalizing Neural Networks".
    """
    sentence = 'SELU is self-normalizing only with LeCun normal kernels. Set `kernel_initializer` to "lecun_normal".'
    for index, layer in enumerate(graph.layers):
        is_selu = activation_of(layer) == "selu" or any(
            activation_of(graph.layers[reader]) == "selu" and isinstance(graph.layers[reader], Activation)
            for reader in graph.readers[index]
        )
        if is_selu and isinstance(layer, KernelLayer):
            initializer = initializer_of(layer.kernel_initializer)
            if not isinstance(initializer, LecunNormal):
                yield graph.advice(index, "kernel_initializer", "selu_without_lecun_normal", sentence)


def selu_with_dropout(graph: Graph) -> Iterator[Advice]:
    """Dropout undoes what SELU keeps; `AlphaDropout` does not.

    Source: Klambauer et al. (2017).
    """
    for index, layer in enumerate(graph.layers):
        if isinstance(layer, Dropout) and any(activation_of(source) == "selu" for source in graph.before(index)):
            sentence = "`Dropout` breaks the normalization that SELU keeps. Use `AlphaDropout` with SELU."
            yield graph.advice(index, "type", "selu_with_dropout", sentence)


def alpha_dropout_without_selu(graph: Graph) -> Iterator[Advice]:
    """`AlphaDropout` sets what it drops to SELU's lower end, which means nothing elsewhere."""
    for index, layer in enumerate(graph.layers):
        names = [activation_of(source) for source in graph.before(index)]
        if isinstance(layer, AlphaDropout) and any(name not in {None, "selu", "linear"} for name in names):
            sentence = "`AlphaDropout` is made for SELU only. Use `Dropout` with other activations."
            yield graph.advice(index, "type", "alpha_dropout_without_selu", sentence)


def bias_before_batch_normalization(graph: Graph) -> Iterator[Advice]:
    """A bias is taken off again by the batch's mean, and the normalization has a shift of its own.

    Not so where the normalization is frozen (it then uses its moving mean), or works along another axis.
    """
    sentence = (
        "The bias of this layer has no effect, because the `BatchNormalization` after it subtracts it again. "
        "Set `use_bias` to false."
    )
    for index, layer in enumerate(graph.layers):
        readers = [graph.layers[reader] for reader in graph.readers[index]]
        geometry = graph.inferred.geometries[index]
        is_normalized = geometry is not None and all(
            isinstance(reader, BatchNormalization)
            and reader.trainable
            and not reader.renorm
            and reader.axis in {-1, len(geometry.output)}
            for reader in readers
        )
        is_biased = isinstance(layer, Activated) and layer.use_bias and not layer.is_activated
        if is_biased and readers and is_normalized:
            yield graph.advice(index, "use_bias", "bias_before_batch_normalization", sentence)


def softmax_of_one(graph: Graph) -> Iterator[Advice]:
    """A softmax over one number is always 1, and so learns nothing."""
    for index, layer in enumerate(graph.layers):
        geometry = graph.inferred.geometries[index]
        is_softmax = activation_of(layer) in {"softmax", "log_softmax", "sparsemax"}
        if not is_softmax or geometry is None or geometry.output[-1] != 1:
            continue
        if not isinstance(layer, Softmax) or layer.axis in {-1, len(geometry.output)}:
            sentence = 'A softmax over a single number is always 1. Use "sigmoid", or one unit per class.'
            yield graph.advice(index, "activation", "softmax_of_one", sentence)


def lost_mask(graph: Graph) -> Iterator[Advice]:
    """A mask that nothing has used is dropped, and what was masked counts like all else."""
    is_used = _is_mask_used(graph)
    for index, masked in enumerate(graph.inferred.masks):
        layer = graph.layers[index]
        if layer is None or masked.role != "lost" or is_used[index]:
            continue
        sentence = (
            f"`{layer.type}` drops the mask of its input, and no layer before it has used it, so the masked steps "
            "count like all others. Use the mask first, for example with `LSTM` or `GlobalAveragePooling1D`."
        )
        yield graph.advice(index, None, "lost_mask", sentence)


def _is_mask_used(graph: Graph) -> list[bool]:
    """Whether a layer between where the mask was made that comes to each layer, and that layer, has used it."""
    used: list[bool] = []
    masks = graph.inferred.masks
    for sources in graph.inferred.wiring.sources:
        from_layers = [source for source in sources or () if source >= 0]
        used.append(
            any(masks[one].role == "used" or (masks[one].role == "carried" and used[one]) for one in from_layers)
        )
    return used


def all_steps_masked(graph: Graph) -> Iterator[Advice]:
    """The mean of no steps is not a number."""
    for index, (layer, masked) in enumerate(zip(graph.layers, graph.inferred.masks, strict=True)):
        if isinstance(layer, GlobalAveragePooling1D) and masked.role == "used":
            sentence = (
                "The mean over the steps of a row is not a number if all of them are masked. Every row needs a step "
                "that is not."
            )
            yield graph.advice(index, None, "mean_of_masked_steps", sentence)


def words_that_are_computed(graph: Graph) -> Iterator[Advice]:
    """An embedding looks numbers up: no gradient goes through it."""
    for index, layer in enumerate(graph.layers):
        if isinstance(layer, Embedding) and any(_has_weights(graph, index)):
            sentence = (
                "An `Embedding` cuts its input to whole numbers, which have no gradient, so the layers before it are "
                "not trained. Let it read the input of the network."
            )
            yield graph.advice(index, "inputs", "embedding_of_computed_numbers", sentence)


def _has_weights(graph: Graph, index: int) -> Iterator[bool]:
    """Of each layer that a layer depends on, whether it has variables."""
    found: set[int] = set()
    waiting = [index]
    while waiting:
        for source in graph.inferred.wiring.sources[waiting.pop()] or ():
            if source >= 0 and source not in found:
                found.add(source)
                waiting.append(source)
                geometry = graph.inferred.geometries[source]
                yield geometry is not None and bool(geometry.variables)


def augmenting_layer(graph: Graph) -> Iterator[Advice]:
    """Keras's layers that augment do so unless they are told not to, unlike all other layers.

    Source: `BaseImagePreprocessingLayer.call`, whose ``training`` is true by default.
    """
    for index, (layer, is_used) in enumerate(zip(graph.layers, graph.inferred.wiring.used(), strict=True)):
        if isinstance(layer, PictureAugmentation) and is_used:
            sentence = (
                "The trained network contains this layer. In Keras, `model(x)` applies it at random, and only "
                "`model(x, training=False)` and `predict` do not. List the layer in `augment` of the data set to train "
                "with it and leave it out of the network."
            )
            yield graph.advice(index, "type", "augmenting_layer", sentence)


def normalized_though_frozen(graph: Graph) -> Iterator[Advice]:
    """Keras's `SpectralNormalization` writes to the kernel where it is called in training, trained or not."""
    for index, layer in enumerate(graph.layers):
        if layer is not None and not layer.trainable and has_normalized_kernel(layer):
            yield graph.advice(index, "trainable", "normalized_though_frozen", NORMALIZED_THOUGH_FROZEN)


RULES: tuple[Rule, ...] = (
    unused_layer,
    unread_input,
    selu_without_lecun_normal,
    selu_with_dropout,
    alpha_dropout_without_selu,
    bias_before_batch_normalization,
    softmax_of_one,
    lost_mask,
    all_steps_masked,
    words_that_are_computed,
    augmenting_layer,
    normalized_though_frozen,
)
"""Every rule, in the order of telling."""


def advise(inferred: Inferred) -> list[Advice]:
    """What all rules say of a network; pointers are into the network's own object."""
    graph = Graph(inferred)
    return [advice for rule in RULES for advice in rule(graph)]
