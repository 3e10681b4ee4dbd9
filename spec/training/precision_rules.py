"""What a training in mixed precision must keep to."""

from collections.abc import Iterator, Sequence

from spec.datasets.augmentation import AUGMENT, layers_by_input
from spec.datasets.choice import DatasetSpec
from spec.language.faults import Advice, Fault, Location, pointer
from spec.layers import Layer
from spec.layers.activation import Activation
from spec.layers.augmentation import PictureAugmentation
from spec.layers.dropout import ActivityRegularization
from spec.layers.kernels import Activating
from spec.layers.spectral import SpectralNormalization
from spec.metrics import CHOSEN_BY_SHAPE, Metric, named_metric
from spec.metrics.accuracies import SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy
from spec.networks.inference import place_of
from spec.resources import Accelerator
from spec.training.optimizers import OPTIMIZER, Optimizer, optimizer_of
from spec.training.training import Precision


def scaling(optimizer: Optimizer | str, precision: Precision, at: Location = OPTIMIZER) -> Iterator[Advice]:
    """Where Keras scales the loss by itself, a factor of one's own does nothing."""
    if precision == "mixed_float16" and optimizer_of(optimizer).loss_scale_factor is not None:
        sentence = (
            '`loss_scale_factor` has no effect under "mixed_float16", where Keras chooses the scale itself. Leave '
            "it out."
        )
        yield Advice(pointer=pointer((*at, "loss_scale_factor")), message=sentence, code="loss_scaled_already")


def slowness(precision: Precision, accelerator: Accelerator) -> Iterator[Advice]:
    """CPUs have no float16: TensorFlow converts every number, to and fro."""
    if precision == "mixed_float16" and accelerator == "cpu":
        sentence = 'On a CPU, "mixed_float16" is many times slower than "float32". Use "mixed_bfloat16" or "float32".'
        yield Advice(pointer="/training/precision", message=sentence, code="float16_on_cpu")


def penalties(layers: Sequence[Layer | None], precision: Precision) -> Iterator[Fault]:
    """Penalties on activations are computed in the activations' precision, and Keras 3.15 cannot add them to the loss.

    Args:
        layers: Of the network, as far as they are sound.
        precision: What they compute in.
    """
    if precision == "float32":
        return
    for index, layer in enumerate(layers):
        if layer is None or layer.dtype == "float32":
            continue
        field = "activity_regularizer" if layer.activity_regularizer is not None else None
        if field is not None or isinstance(layer, ActivityRegularization):
            sentence = (
                f'Under "{precision}" this penalty is computed in half precision, and Keras cannot add it to the loss. '
                'Leave it out, or set the `dtype` of the layer to "float32".'
            )
            at = pointer(("network", *place_of(layer, index, field)))
            yield Fault(pointer=at, message=sentence, code="penalty_in_half_precision")


def rounded_kernels(layers: Sequence[Layer | None], precision: Precision) -> Iterator[Fault]:
    """Kernels that are normalized in half precision, and written back so: what a step changes of them is rounded off.

    Source: `SpectralNormalization.call` of Keras 3.15. It also brings what its layer reads to half precision, which
    does not have all the numbers of words.

    Args:
        layers: Of the network, as far as they are sound.
        precision: What they compute in.
    """
    if precision == "float32":
        return
    for index, layer in enumerate(layers):
        for at in () if layer is None else _normalized_in_half(layer, place_of(layer, index, "type")):
            sentence = (
                f'Under "{precision}" Keras rounds the kernel to half precision in each step, so small changes are '
                'lost. Set the `dtype` of the `SpectralNormalization` to "float32". The layer that it holds still '
                "computes in half precision."
            )
            yield Fault(pointer=pointer(("network", *at)), message=sentence, code="kernel_in_half_precision")


def _normalized_in_half(layer: Layer, at: Location) -> Iterator[Location]:
    """Where a layer normalizes a kernel in half precision: by itself, or in a layer that it holds."""
    if isinstance(layer, SpectralNormalization) and layer.dtype is None:
        yield at
    for field, held in layer.held.items():
        yield from _normalized_in_half(held, (*at[:2], *at[3:], field))


def missing_kernels(layers: Sequence[Layer | None], precision: Precision) -> Iterator[Fault]:
    """What cannot be computed in float16.

    Of all activations TensorFlow 2.21 lacks a part of one: sparsemax counts in what it computes in. Some layers that
    augment multiply float16 and float32.

    Args:
        layers: Of the network, as far as they are sound.
        precision: What they compute in.
    """
    if precision != "mixed_float16":
        return
    for index, layer in enumerate(layers):
        if isinstance(layer, Activating | Activation) and layer.activation == "sparsemax" and layer.dtype is None:
            sentence = (
                'TensorFlow cannot compute "sparsemax" in float16. Give the layer `"dtype": "float32"`, or use the '
                'precision "mixed_bfloat16".'
            )
            at = pointer(("network", *place_of(layer, index, "activation")))
            yield Fault(pointer=at, message=sentence, code="activation_in_float16")
        if layer is not None:
            yield from _not_in_float16(layer, ("network", *place_of(layer, index, "type")))


def augmentation_kernels(dataset: DatasetSpec | None, precision: Precision) -> Iterator[Fault]:
    """The layers that augment and cannot do so in what the layers of the network compute in.

    Args:
        dataset: As it was sent, as far as it is sound.
        precision: What its layers compute in.
    """
    if dataset is None or precision != "mixed_float16":
        return
    for name, layers in layers_by_input(dataset).items():
        for index, layer in enumerate(layers):
            yield from _not_in_float16(layer, (*AUGMENT, *([name] if name else []), index, "type"))


def _not_in_float16(layer: Layer, at: Location) -> Iterator[Fault]:
    if isinstance(layer, PictureAugmentation) and not layer.HAS_FLOAT16 and layer.dtype is None:
        sentence = (
            f'Keras cannot compute `{layer.type}` in float16. Give the layer `"dtype": "float32"`, or use the '
            'precision "mixed_bfloat16".'
        )
        yield Fault(pointer=pointer(at), message=sentence, code="layer_in_float16")


def greatest_outputs(
    metrics: Sequence[Metric | str],
    weighted: Sequence[Metric | str],
    layers: Sequence[Layer | None],
    precision: Precision,
) -> Iterator[Fault]:
    """TensorFlow looks for the greatest outputs among float32 alone.

    Args:
        metrics: As they were sent.
        weighted: The weighted ones.
        layers: Of the network, as far as they are sound.
        precision: What they compute in.
    """
    last = layers[-1] if layers else None
    if precision == "float32" or last is None or last.dtype == "float32":
        return
    for name, listed in (("metrics", metrics), ("weighted_metrics", weighted)):
        for index, said in enumerate(listed):
            if said in CHOSEN_BY_SHAPE:
                continue
            metric = named_metric(said) if isinstance(said, str) else said
            if isinstance(metric, TopKCategoricalAccuracy | SparseTopKCategoricalAccuracy):
                sentence = (
                    f"TensorFlow computes {metric.type} in float32 only, and under `{precision}` the output is in half "
                    'precision. Give the last layer `"dtype": "float32"`.'
                )
                at: Location = ("training", name, index)
                yield Fault(pointer=pointer(at), message=sentence, code="metric_in_half_precision")
