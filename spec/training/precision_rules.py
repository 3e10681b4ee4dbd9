"""What a training in mixed precision must keep to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spec.datasets.augmentation import AUGMENT, layers_by_input
from spec.datasets.choice import DatasetSpec
from spec.language.faults import Advice, Fault, Location, pointer
from spec.layers import Layer
from spec.layers.attention import HeadedAttention
from spec.layers.augmentation import PictureAugmentation
from spec.layers.dropout import ActivityRegularization
from spec.layers.recurrent import Recurrent
from spec.layers.sequences import Embedding
from spec.layers.spectral import SpectralNormalization
from spec.layers.volumes import AdaptsVolumes, PoolsVolumes
from spec.layers.wrappers import TimeDistributed, Wrapper
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
    for half in _in_half_precision(layers):
        field = "activity_regularizer" if half.layer.activity_regularizer is not None else None
        if field is not None or isinstance(half.layer, ActivityRegularization):
            sentence = (
                f'Under "{precision}" this penalty is computed in half precision, and Keras cannot add it to the loss. '
                f'Leave it out, or set the `dtype` of {half.setting} to "float32".'
            )
            yield Fault(pointer=half.pointer(field), message=sentence, code="penalty_in_half_precision")


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
        for one in () if layer is None else layer.nested():
            if layer is None or one.layer.dtype is not None or not isinstance(one.layer, SpectralNormalization):
                continue
            sentence = (
                f'Under "{precision}" Keras rounds the kernel to half precision in each step, so small changes are '
                'lost. Set the `dtype` of the `SpectralNormalization` to "float32". The layer that it holds still '
                "computes in half precision."
            )
            at = pointer(("network", *place_of(layer, index, "type", one.within)))
            yield Fault(pointer=at, message=sentence, code="kernel_in_half_precision")


def missing_kernels(
    layers: Sequence[Layer | None], precision: Precision, accelerator: Accelerator | None
) -> Iterator[Fault]:
    """What cannot be computed in float16.

    Of all activations TensorFlow 2.21 lacks a part of one: sparsemax counts in what it computes in. On a CPU it cannot
    pool volumes by windows. Some layers that augment multiply float16 and float32.

    Args:
        layers: Of the network, as far as they are sound.
        precision: What they compute in.
        accelerator: What the job runs on; None where that is not known.
    """
    if precision != "mixed_float16":
        return
    for half in _in_half_precision(layers):
        for field in ("activation", "recurrent_activation"):
            if getattr(half.layer, field, None) == "sparsemax":
                sentence = (
                    f'TensorFlow cannot compute "sparsemax" in float16. Give {half.setting} `"dtype": "float32"`, or '
                    'use the precision "mixed_bfloat16".'
                )
                yield Fault(pointer=half.pointer(field), message=sentence, code="activation_in_float16")
        if isinstance(half.layer, PoolsVolumes | AdaptsVolumes) and accelerator not in {"gpu", None}:
            sentence = (
                f"TensorFlow cannot compute `{half.layer.type}` in float16 on a CPU. Give {half.setting} "
                '`"dtype": "float32"`, use the precision "mixed_bfloat16", or set the `accelerator` of the `resources` '
                'to "gpu".'
            )
            yield Fault(pointer=half.pointer("type"), message=sentence, code="layer_in_float16")
        yield from _not_in_float16(half)


def rounded_numbers(
    layers: Sequence[Layer | None], sources: Sequence[Sequence[int] | None], precision: Precision
) -> Iterator[Advice]:
    """Whole numbers that an embedding looks up, and that layers before it have rounded.

    Keras casts what a layer reads, unless that is an `Embedding`: neither rows nor the input of a network.

    Args:
        layers: Of the network, as far as they are sound.
        sources: The layers that each reads, as `spec.networks.wiring.Wiring` has them.
        precision: What they compute in.
    """
    exact = _EXACT_UP_TO.get(precision)
    if exact is None:
        return
    is_rounded: list[bool] = []
    for index, (layer, read) in enumerate(zip(layers, sources, strict=True)):
        is_read_rounded = any(is_rounded[source] for source in read or () if source >= 0)
        is_rounded.append(is_read_rounded or (layer is not None and layer.dtype is None))
        if isinstance(layer, Embedding) and layer.input_dim > exact + 1 and is_read_rounded:
            sentence = (
                f'Under "{precision}" the layers before this one round whole numbers greater than {exact:,}, so it '
                'looks up others. Give them `"dtype": "float32"`, or let this layer read the input of the network.'
            )
            at = pointer(("network", *place_of(layer, index, "inputs")))
            yield Advice(pointer=at, message=sentence, code="numbers_rounded")


_EXACT_UP_TO = {"mixed_bfloat16": 2**8, "mixed_float16": 2**11}
"""Up to which all whole numbers are numbers of half precision, too."""


def held_precision(layers: Sequence[Layer | None], precision: Precision) -> Iterator[Advice]:
    """A layer that is not called, but whose `call` is, computes in what the layer around it does.

    Args:
        layers: Of the network, as far as they are sound.
        precision: What they compute in.
    """
    if precision == "float32":
        return
    for half in _in_half_precision(layers):
        if half.is_called_bare and half.layer.dtype is not None:
            sentence = (
                "The `dtype` of this layer has no effect, because a `TimeDistributed` computes what it holds in its "
                "own precision. Set the `dtype` of the `TimeDistributed`."
            )
            yield Advice(pointer=half.pointer("dtype"), message=sentence, code="held_dtype_without_effect")


@dataclass(frozen=True)
class _InHalf:
    """A layer that computes in half precision.

    Attributes:
        layer: The layer.
        at: Where it stands.
        is_called_bare: Whether the precision is that of the layer around it.
    """

    layer: Layer
    at: Location
    is_called_bare: bool = False

    @property
    def setting(self) -> str:
        """Whose `dtype` decides, within a sentence."""
        return "the `TimeDistributed`" if self.is_called_bare else "the layer"

    def pointer(self, field: str | None) -> str:
        """To a field, or to the layer where it does not say it itself."""
        is_said = field in self.layer.model_fields_set and field not in self.layer.inherited
        return pointer((*self.at, field) if field is not None and is_said else self.at)


def _in_half_precision(layers: Sequence[Layer | None]) -> Iterator[_InHalf]:
    """The layers that compute in half precision under mixed precision, and those that they hold."""
    for index, layer in enumerate(layers):
        if layer is not None:
            yield from _halves(_InHalf(layer, ("network", "layers", index)), is_half=layer.dtype is None)


def _halves(one: _InHalf, *, is_half: bool) -> Iterator[_InHalf]:
    if is_half:
        yield one
    for field, held in one.layer.held.items():
        # What has layers of its own calls these, in the precision that it was made with.
        is_bare = isinstance(one.layer, TimeDistributed) and not isinstance(held, Recurrent | Wrapper | HeadedAttention)
        found = _InHalf(held, (*one.at, field), is_bare)
        yield from _halves(found, is_half=is_half if is_bare else held.dtype is None)


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
            if layer.dtype is None:
                yield from _not_in_float16(_InHalf(layer, (*AUGMENT, *([name] if name else []), index)))


def _not_in_float16(half: _InHalf) -> Iterator[Fault]:
    if isinstance(half.layer, PictureAugmentation) and not half.layer.HAS_FLOAT16:
        sentence = (
            f'Keras cannot compute `{half.layer.type}` in float16. Give {half.setting} `"dtype": "float32"`, or use '
            'the precision "mixed_bfloat16".'
        )
        yield Fault(pointer=half.pointer("type"), message=sentence, code="layer_in_float16")


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
