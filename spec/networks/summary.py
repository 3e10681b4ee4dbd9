"""The summary of a network, as ``model.summary()`` tells it, with estimates of memory and work."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from spec.datasets.augmentation import NO_COST, Cost
from spec.language.descriptions import describe
from spec.language.faults import Advice
from spec.layers import Geometry, Layer, Shape
from spec.layers.masks import MaskRole
from spec.networks.inference import Inferred
from spec.networks.network_advice import advise
from spec.networks.wiring import ONE_INPUT
from spec.training.phases import Phase

BYTES_OF_A_NUMBER = 4
"""Of float32. In mixed precision the activations take half of it at best, and so less than is estimated."""

TRAINING_TO_FORWARD = 3
"""A training step costs about three forward passes: one forward, two for the gradients.

Source: Amodei and Hernandez (2018), "AI and Compute".
"""


_DESCRIBED = ConfigDict(json_schema_extra=describe)


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, json_schema_extra=describe)


@dataclass(frozen=True, slots=True)
class VariableSummary:
    """A variable of a layer.

    Attributes:
        name: The short name that Keras gives it, such as ``gamma``.
        path: The names of the layer and of the variable, such as ``batch_normalization/gamma``, with the layers within
            the layer between them.
        shape: The shape of the variable.
        trainable: Whether training changes it.
        parameters: The number of values that it holds.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _DESCRIBED

    name: str
    path: str
    shape: list[int]
    trainable: bool
    parameters: int


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """A layer.

    Attributes:
        name: The name of the layer in Keras.
        type: The Keras class of the layer.
        output_shape: The shape of the output. The first axis is the batch and is always null.
        parameters: The number of values in all of its variables.
        trainable_parameters: The number of values that training changes.
        variables: The variables of the layer, in the order of Keras.
        flops: The estimated number of additions and multiplications in the forward pass of one row.
        connected_to: The names of the layers that it reads. ``input`` is the input of the network. Several inputs have
            names of their own.
        is_used: Whether the layer leads to the output. A layer that does not is not part of the model or of the totals.
        weights: Whether its weights are fresh or copied from another network at the beginning of a training. Null if it
            has none.
        copied_from: The name of the layer that its weights are copied from.
        mask: What the layer does to a mask, which tells which places of a row do not count. It can make one,
            carry the mask of its input on to its output, use it in what it computes, or lose it. Null without a mask.
            The loss and the metrics leave out what is masked in the output of the network.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _DESCRIBED

    name: str
    type: str
    output_shape: list[int | None]
    parameters: int
    trainable_parameters: int
    variables: list[VariableSummary]
    flops: int
    connected_to: list[str]
    is_used: bool
    weights: Literal["fresh", "copied"] | None
    copied_from: str | None
    mask: MaskRole | None


class MemoryEstimate(_Told):
    """An estimate of the memory that a training needs at least, in bytes.

    Attributes:
        parameters_bytes: The variables of the network.
        gradients_bytes: One gradient for each trainable parameter.
        optimizer_bytes: The state that the optimizer keeps for each trainable parameter.
        activations_bytes: The activations that the backward pass of one batch needs, and the batch as it was before it
            was augmented.
        metrics_bytes: The variables of the metrics.
        signals_bytes: The rows that signals are measured on, the extra memory they need compared with a batch, and the
            weights of two moments.
        best_weights_bytes: The weights of the best epoch so far, which are kept where there are validation rows.
        total_bytes: The sum of all parts.
    """

    parameters_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    activations_bytes: int
    metrics_bytes: int
    signals_bytes: int
    best_weights_bytes: int
    total_bytes: int


class PhaseSummary(_Told):
    """What a phase of a training trains.

    Attributes:
        epochs: The number of epochs that the phase trains at most.
        frozen_layers: The names of the layers that the phase freezes.
        trainable_parameters: The number of values that the phase trains.
        non_trainable_parameters: The number of values that it does not train.
    """

    epochs: int
    frozen_layers: list[str]
    trainable_parameters: int
    non_trainable_parameters: int


class NetworkSummary(_Told):
    """A summary of a network: shapes, parameters, and estimates of work and memory.

    Attributes:
        input_shape: The shape of the input, or of each input by its name. The first axis is the batch and is always
            null.
        output_shape: The shape of the output. The first axis is the batch and is always null.
        layers: The layers in the order of the spec.
        total_parameters: The number of values in all variables.
        trainable_parameters: The number of values that training changes.
        non_trainable_parameters: The number of values that training does not change.
        flops: The estimated number of additions and multiplications in the forward pass of one row.
        training_flops: The estimated number of additions and multiplications in a training step, per row. It includes
            what augments the row.
        memory: The memory that training needs.
        batch_size: The batch size for which the memory is estimated.
        phases: What each phase of the training trains. Empty for a training without phases.
        warnings: What is accepted, but is probably not what was meant.
    """

    input_shape: list[int | None] | dict[str, list[int | None]]
    output_shape: list[int | None]
    layers: list[LayerSummary]
    total_parameters: int
    trainable_parameters: int
    non_trainable_parameters: int
    flops: int
    training_flops: int
    memory: MemoryEstimate
    batch_size: int
    phases: list[PhaseSummary]
    warnings: list[Advice]


class Incomplete(Exception):
    """A summary was asked of a network that has faults."""


def summarize(  # noqa: PLR0913 -- what a training asks memory for, by keyword
    inferred: Inferred,
    *,
    batch_size: int = 32,
    optimizer_slots: int = 1,
    metric_numbers: int = 0,
    probe_rows: int = 0,
    has_validation: bool = False,
    augmentation: Cost = NO_COST,
    phases: Sequence[Phase] = (),
    copied: Mapping[str, str] | None = None,
) -> NetworkSummary:
    """Summarize a network that has no faults.

    Args:
        inferred: The network, all of it inferred.
        batch_size: Rows of a batch, for the estimate of memory.
        optimizer_slots: Numbers that the optimizer keeps for each trainable parameter: 0 for plain SGD, 1 with
            momentum, 2 for Adam.
        metric_numbers: Numbers that the metrics' variables hold.
        probe_rows: Rows that signals are measured on; 0 where none are.
        has_validation: Whether there are validation rows.
        augmentation: What augmenting a row costs.
        phases: Of the training; they name layers that there are.
        copied: The layers whose weights are copied, each with the name of the layer that they are copied from; those
            that have none may be among them.

    Raises:
        Incomplete: If a layer could not be inferred.
    """
    layers = [
        _layer_summary(inferred, index, layer, geometry, copied or {}, is_used=is_used)
        for index, (layer, geometry, is_used) in enumerate(_parts(inferred))
    ]
    total = sum(layer.parameters for layer in layers if layer.is_used)
    trainable = sum(layer.trainable_parameters for layer in layers if layer.is_used)
    flops = sum(layer.flops for layer in layers if layer.is_used)
    return NetworkSummary(
        input_shape=_input_shape(inferred),
        output_shape=layers[-1].output_shape,
        layers=layers,
        total_parameters=total,
        trainable_parameters=trainable,
        non_trainable_parameters=total - trainable,
        flops=flops,
        training_flops=flops * TRAINING_TO_FORWARD + augmentation.flops,
        memory=estimate_memory(
            inferred,
            batch_size=batch_size,
            optimizer_slots=optimizer_slots,
            metric_numbers=metric_numbers,
            probe_rows=probe_rows,
            has_validation=has_validation,
            augmentation=augmentation,
        ),
        batch_size=batch_size,
        phases=[_phase_summary(phase, layers, total) for phase in phases],
        warnings=advise(inferred),
    )


def _input_shape(inferred: Inferred) -> list[int | None] | dict[str, list[int | None]]:
    shapes = {name: _batched(shape) for name, shape in inferred.inputs.items()}
    return shapes if tuple(shapes) != ONE_INPUT else shapes[ONE_INPUT[0]]


def _phase_summary(phase: Phase, layers: Sequence[LayerSummary], total: int) -> PhaseSummary:
    names = [layer.name for layer in layers]
    frozen = dict.fromkeys(phase.frozen_among(names))
    trained = sum(layer.trainable_parameters for layer in layers if layer.is_used and layer.name not in frozen)
    return PhaseSummary(
        epochs=phase.epochs,
        frozen_layers=list(frozen),
        trainable_parameters=trained,
        non_trainable_parameters=total - trained,
    )


def _layer_summary(  # noqa: PLR0913 -- the last by keyword
    inferred: Inferred, index: int, layer: Layer, geometry: Geometry, copied: Mapping[str, str], *, is_used: bool
) -> LayerSummary:
    names = inferred.wiring.names
    name = names[index] or layer.type
    variables = [
        VariableSummary(
            name=variable.name,
            path=f"{name}/{variable.path}",
            shape=list(variable.shape),
            trainable=variable.is_trainable and layer.trainable,
            parameters=variable.parameters,
        )
        for variable in geometry.variables
    ]
    wiring = inferred.wiring
    sources = wiring.sources[index] or ()
    has_weights = is_used and bool(variables)
    return LayerSummary(
        name=name,
        type=layer.type,
        output_shape=_batched(geometry.output),
        parameters=sum(variable.parameters for variable in variables),
        trainable_parameters=sum(variable.parameters for variable in variables if variable.trainable),
        variables=variables,
        flops=geometry.flops,
        connected_to=[wiring.input_name(source) if source < 0 else names[source] or "" for source in sources],
        is_used=is_used,
        weights=("copied" if name in copied else "fresh") if has_weights else None,
        copied_from=copied.get(name) if has_weights else None,
        mask=inferred.masks[index].role,
    )


def estimate_memory(  # noqa: PLR0913 -- as `summarize`
    inferred: Inferred,
    *,
    batch_size: int,
    optimizer_slots: int,
    metric_numbers: int,
    probe_rows: int = 0,
    has_validation: bool = False,
    augmentation: Cost = NO_COST,
) -> MemoryEstimate:
    """What `summarize` says of the memory; the rest of a summary costs many times as much.

    Raises:
        Incomplete: If a layer could not be inferred.
    """
    parameters = trainable = 0
    kept = kept_numbers(inferred)
    for layer, geometry, is_used in _parts(inferred):
        if is_used:
            for variable in geometry.variables:
                parameters += variable.parameters
                trainable += variable.parameters if variable.is_trainable and layer.trainable else 0
    best = parameters if has_validation else 0
    # The probe comes between two steps: what it keeps stands in the place of what a batch keeps, its rows beside it.
    # It compares the weights of two moments; the first ones are kept for an epoch, before there are others of the best.
    probe = inferred.input_numbers * probe_rows + kept * max(0, probe_rows - batch_size)
    if probe_rows:
        probe += trainable + max(0, parameters - best)
    activations = (kept + augmentation.numbers) * batch_size
    numbers = (parameters, trainable, optimizer_slots * trainable, activations, metric_numbers, probe, best)
    sizes = [number * BYTES_OF_A_NUMBER for number in numbers]
    return MemoryEstimate(
        parameters_bytes=sizes[0],
        gradients_bytes=sizes[1],
        optimizer_bytes=sizes[2],
        activations_bytes=sizes[3],
        metrics_bytes=sizes[4],
        signals_bytes=sizes[5],
        best_weights_bytes=sizes[6],
        total_bytes=sum(sizes),
    )


def kept_numbers(inferred: Inferred) -> int:
    """How many numbers the backward pass of one row needs kept, its inputs among them.

    Raises:
        Incomplete: If a layer could not be inferred.
    """
    used = (geometry.kept for _, geometry, is_used in _parts(inferred) if is_used)
    return inferred.input_numbers + sum(used)


def _parts(inferred: Inferred) -> Iterator[tuple[Layer, Geometry, bool]]:
    """The layers, and whether each leads to the output."""
    for layer, geometry, is_used in zip(inferred.layers, inferred.geometries, inferred.wiring.used(), strict=True):
        if layer is None or geometry is None:
            raise Incomplete
        yield layer, geometry, is_used


def _batched(shape: Shape) -> list[int | None]:
    return [None, *shape]
