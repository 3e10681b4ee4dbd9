"""What a training in mixed precision must keep to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spec.datasets.augmentation import AUGMENT, layers_by_input
from spec.datasets.choice import DatasetSpec
from spec.language.faults import Advice, Fault, Location, pointer
from spec.layers import Layer
from spec.layers.augmentation import PictureAugmentation
from spec.layers.dropout import ActivityRegularization
from spec.layers.volumes import AdaptsVolumes, PoolsVolumes
from spec.metrics import CHOSEN_BY_SHAPE, Metric, named_metric
from spec.metrics.accuracies import SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy
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
    for one in _placed(layers):
        layer = one.layer
        if layer.dtype == "float32":
            continue
        field = "activity_regularizer" if layer.activity_regularizer is not None else None
        if field is not None or isinstance(layer, ActivityRegularization):
            sentence = (
                f'Under "{precision}" this penalty is computed in half precision, and Keras cannot add it to the loss. '
                'Leave it out, or set the `dtype` of the layer to "float32".'
            )
            yield Fault(pointer=one.at(field), message=sentence, code="penalty_in_half_precision")


def missing_kernels(
    layers: Sequence[Layer | None], precision: Precision, accelerator: Accelerator | None
) -> Iterator[Fault]:
    """What cannot be computed in float16.

    Of all activations TensorFlow 2.21 lacks a part of one: sparsemax counts in what it computes in. On a CPU it cannot
    pool volumes by windows. Some layers that augment multiply float16 and float32.

    Args:
        layers: Of the network, as far as they are sound.
        precision: What they compute in.
        accelerator: Where; None where that is not known.
    """
    if precision != "mixed_float16":
        return
    for one in _placed(layers):
        layer = one.layer
        if layer.dtype is not None:
            continue
        for field in ("activation", "recurrent_activation"):
            if getattr(layer, field, None) == "sparsemax":
                sentence = (
                    'TensorFlow cannot compute "sparsemax" in float16. Give the layer `"dtype": "float32"`, or use the '
                    'precision "mixed_bfloat16".'
                )
                yield Fault(pointer=one.at(field), message=sentence, code="activation_in_float16")
        if isinstance(layer, PoolsVolumes | AdaptsVolumes) and accelerator not in {"gpu", None}:
            sentence = (
                f'TensorFlow cannot compute `{layer.type}` in float16 on a CPU. Give the layer `"dtype": "float32"`, '
                'use the precision "mixed_bfloat16", or set the `accelerator` of the `resources` to "gpu".'
            )
            yield Fault(pointer=one.at("type"), message=sentence, code="layer_in_float16")
        yield from _not_in_float16(layer, one.at("type"))


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
            yield from _not_in_float16(layer, pointer((*AUGMENT, *([name] if name else []), index, "type")))


def _not_in_float16(layer: Layer, at: str) -> Iterator[Fault]:
    if isinstance(layer, PictureAugmentation) and not layer.HAS_FLOAT16 and layer.dtype is None:
        sentence = (
            f'Keras cannot compute `{layer.type}` in float16. Give the layer `"dtype": "float32"`, or use the '
            'precision "mixed_bfloat16".'
        )
        yield Fault(pointer=at, message=sentence, code="layer_in_float16")


@dataclass(frozen=True)
class _Placed:
    """A layer, and where it stands.

    Attributes:
        layer: The layer.
        place: Of the layer, or of the one around it, where the other's defaults hold it.
        is_said: Whether it stands there itself.
    """

    layer: Layer
    place: Location
    is_said: bool = True

    def at(self, field: str | None) -> str:
        """Where a field of it stands, or what comes nearest."""
        is_said = self.is_said and field in self.layer.model_fields_set and field not in self.layer.inherited
        return pointer((*self.place, field) if field is not None and is_said else self.place)

    def with_held(self) -> Iterator["_Placed"]:
        """The layer, and all that it holds: each of them computes in a precision of its own."""
        yield self
        for field, held in self.layer.held.items():
            is_said = self.is_said and field not in self.layer.inherited
            yield from _Placed(held, (*self.place, field) if is_said else self.place, is_said).with_held()


def _placed(layers: Sequence[Layer | None]) -> Iterator[_Placed]:
    """All layers of a network that are sound, with those that they hold."""
    for index, layer in enumerate(layers):
        if layer is not None:
            yield from _Placed(layer, ("network", "layers", index)).with_held()


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
