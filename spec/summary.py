"""The summary of a network, as ``model.summary()`` tells it, with estimates of memory and work."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from spec.faults import Advice
from spec.inference import Inferred
from spec.layers import Geometry, Layer, Shape
from spec.layers.base import INPUT
from spec.network_advice import advise
from spec.wiring import NETWORK_INPUT

BYTES_OF_A_NUMBER = 4
"""Of float32. In mixed precision the activations take half of it at best, and so less than is estimated."""

TRAINING_TO_FORWARD = 3
"""A training step costs about three forward passes: one forward, two for the gradients.

Source: Amodei and Hernandez (2018), "AI and Compute".
"""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class VariableSummary:
    """A variable of a layer.

    Attributes:
        name: Keras's short name, as ``gamma``.
        path: The layer's name and the variable's, as ``batch_normalization/gamma``.
        shape: Its shape.
        trainable: Whether training moves it.
        parameters: How many numbers it holds.
    """

    name: str
    path: str
    shape: list[int]
    trainable: bool
    parameters: int


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """A layer.

    Attributes:
        name: What it is called in Keras.
        type: The Keras class.
        output_shape: Shape of its output; the batch comes first, as null.
        parameters: How many numbers its variables hold.
        trainable_parameters: How many of them training moves.
        variables: Its variables in Keras's order.
        flops: Additions and multiplications of one row's forward pass; an estimate.
        connected_to: Names of the layers it reads; ``input`` is the network's input.
        is_used: Whether it leads to the output; a layer that does not is left out of the model and of all totals.
    """

    name: str
    type: str
    output_shape: list[int | None]
    parameters: int
    trainable_parameters: int
    variables: list[VariableSummary]
    flops: int
    connected_to: list[str]
    is_used: bool


class MemoryEstimate(_Told):
    """What a training run holds in memory at least, in bytes; an estimate.

    Attributes:
        parameters_bytes: The variables.
        gradients_bytes: A gradient for each trainable one.
        optimizer_bytes: What the optimizer keeps for each trainable one.
        activations_bytes: What one batch's backward pass needs kept.
        metrics_bytes: The variables of the metrics.
        signals_bytes: The rows that signals are measured on, and what more of them than a batch has need kept.
        total_bytes: Their sum.
    """

    parameters_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    activations_bytes: int
    metrics_bytes: int
    signals_bytes: int
    total_bytes: int


class NetworkSummary(_Told):
    """A network.

    Attributes:
        input_shape: Shape of the input; the batch comes first, as null.
        output_shape: Shape of the output, likewise.
        layers: Its layers in the order of the spec.
        total_parameters: How many numbers all variables hold.
        trainable_parameters: How many of them training moves.
        non_trainable_parameters: How many it does not.
        flops: Additions and multiplications of one row's forward pass; an estimate.
        training_flops: The same of one row's training step.
        memory: What training holds in memory.
        batch_size: The batch size that the estimate of memory is for.
        warnings: What the network may say and would better not.
    """

    input_shape: list[int | None]
    output_shape: list[int | None]
    layers: list[LayerSummary]
    total_parameters: int
    trainable_parameters: int
    non_trainable_parameters: int
    flops: int
    training_flops: int
    memory: MemoryEstimate
    batch_size: int
    warnings: list[Advice]


class Incomplete(Exception):
    """A summary was asked of a network that has faults."""


def summarize(
    inferred: Inferred,
    *,
    batch_size: int = 32,
    optimizer_slots: int = 1,
    metric_numbers: int = 0,
    probe_rows: int = 0,
) -> NetworkSummary:
    """Summarize a network that has no faults.

    Args:
        inferred: The network, all of it inferred.
        batch_size: Rows of a batch, for the estimate of memory.
        optimizer_slots: Numbers that the optimizer keeps for each trainable parameter: 0 for plain SGD, 1 with
            momentum, 2 for Adam.
        metric_numbers: Numbers that the metrics' variables hold.
        probe_rows: Rows that signals are measured on; 0 where none are.

    Raises:
        Incomplete: If a layer could not be inferred.
    """
    layers = [
        _layer_summary(inferred, index, layer, geometry, is_used=is_used)
        for index, (layer, geometry, is_used) in enumerate(_parts(inferred))
    ]
    total = sum(layer.parameters for layer in layers if layer.is_used)
    trainable = sum(layer.trainable_parameters for layer in layers if layer.is_used)
    flops = sum(layer.flops for layer in layers if layer.is_used)
    return NetworkSummary(
        input_shape=_batched(inferred.input_shape),
        output_shape=layers[-1].output_shape,
        layers=layers,
        total_parameters=total,
        trainable_parameters=trainable,
        non_trainable_parameters=total - trainable,
        flops=flops,
        training_flops=flops * TRAINING_TO_FORWARD,
        memory=estimate_memory(
            inferred,
            batch_size=batch_size,
            optimizer_slots=optimizer_slots,
            metric_numbers=metric_numbers,
            probe_rows=probe_rows,
        ),
        batch_size=batch_size,
        warnings=advise(inferred),
    )


def _layer_summary(inferred: Inferred, index: int, layer: Layer, geometry: Geometry, *, is_used: bool) -> LayerSummary:
    names = inferred.wiring.names
    name = names[index] or layer.type
    variables = [
        VariableSummary(
            name=variable.name,
            path=f"{name}/{variable.name}",
            shape=list(variable.shape),
            trainable=variable.is_trainable and layer.trainable,
            parameters=variable.parameters,
        )
        for variable in geometry.variables
    ]
    sources = inferred.wiring.sources[index] or ()
    return LayerSummary(
        name=name,
        type=layer.type,
        output_shape=_batched(geometry.output),
        parameters=sum(variable.parameters for variable in variables),
        trainable_parameters=sum(variable.parameters for variable in variables if variable.trainable),
        variables=variables,
        flops=geometry.flops,
        connected_to=[INPUT if source == NETWORK_INPUT else names[source] or "" for source in sources],
        is_used=is_used,
    )


def estimate_memory(
    inferred: Inferred, *, batch_size: int, optimizer_slots: int, metric_numbers: int, probe_rows: int = 0
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
    # The probe comes between two steps: what it keeps stands in the place of what a batch keeps, its rows beside it.
    probe = math.prod(inferred.input_shape) * probe_rows + kept * max(0, probe_rows - batch_size)
    numbers = (parameters, trainable, optimizer_slots * trainable, kept * batch_size, metric_numbers, probe)
    sizes = [number * BYTES_OF_A_NUMBER for number in numbers]
    return MemoryEstimate(
        parameters_bytes=sizes[0],
        gradients_bytes=sizes[1],
        optimizer_bytes=sizes[2],
        activations_bytes=sizes[3],
        metrics_bytes=sizes[4],
        signals_bytes=sizes[5],
        total_bytes=sum(sizes),
    )


def kept_numbers(inferred: Inferred) -> int:
    """How many numbers the backward pass of one row needs kept, its input among them.

    Raises:
        Incomplete: If a layer could not be inferred.
    """
    used = (geometry.kept for _, geometry, is_used in _parts(inferred) if is_used)
    return math.prod(inferred.input_shape) + sum(used)


def _parts(inferred: Inferred) -> Iterator[tuple[Layer, Geometry, bool]]:
    """The layers, and whether each leads to the output."""
    for layer, geometry, is_used in zip(inferred.layers, inferred.geometries, inferred.wiring.used(), strict=True):
        if layer is None or geometry is None:
            raise Incomplete
        yield layer, geometry, is_used


def _batched(shape: Shape) -> list[int | None]:
    return [None, *shape]
