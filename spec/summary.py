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
        name: Its short name in Keras, such as ``gamma``.
        path: The names of its layer and of itself, such as ``batch_normalization/gamma``.
        shape: Its shape.
        trainable: Whether it is trained.
        parameters: The number of its parameters.
    """

    name: str
    path: str
    shape: list[int]
    trainable: bool
    parameters: int


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """A layer of a network.

    Attributes:
        name: Its name in Keras.
        type: Its Keras class.
        output_shape: The shape of its output, beginning with the batch as ``null``.
        parameters: The number of its parameters.
        trainable_parameters: The number of parameters that are trained.
        variables: Its variables, in Keras's order.
        flops: The estimated number of additions and multiplications in the forward pass of one row.
        connected_to: The names of the layers it reads; ``input`` is the input of the network.
        is_used: Whether the output depends on it. Otherwise it is left out of the model and of all totals.
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
    """An estimate of the memory that training needs at least, in bytes.

    Attributes:
        parameters_bytes: The parameters of the network.
        gradients_bytes: The gradients of the trainable parameters.
        optimizer_bytes: The state of the optimizer.
        activations_bytes: The activations of one batch that the backward pass needs.
        metrics_bytes: The variables of the metrics.
        total_bytes: The sum of all the above.
    """

    parameters_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    activations_bytes: int
    metrics_bytes: int
    total_bytes: int


class NetworkSummary(_Told):
    """A network.

    Attributes:
        input_shape: The shape of the input, beginning with the batch as ``null``.
        output_shape: The shape of the output, likewise.
        layers: Its layers, in the order of the spec.
        total_parameters: The number of all parameters.
        trainable_parameters: The number of parameters that are trained.
        non_trainable_parameters: The number of parameters that are not trained.
        flops: The estimated number of additions and multiplications in the forward pass of one row.
        training_flops: The same estimate for training on one row.
        memory: The memory that training needs.
        batch_size: The batch size that memory is estimated for.
        warnings: What is probably not meant in the network.
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
    inferred: Inferred, *, batch_size: int = 32, optimizer_slots: int = 1, metric_numbers: int = 0
) -> NetworkSummary:
    """Summarize a network that has no faults.

    Args:
        inferred: The network, all of it inferred.
        batch_size: Rows of a batch, for the estimate of memory.
        optimizer_slots: Numbers that the optimizer keeps for each trainable parameter: 0 for plain SGD, 1 with
            momentum, 2 for Adam.
        metric_numbers: Numbers that the metrics' variables hold.

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
            inferred, batch_size=batch_size, optimizer_slots=optimizer_slots, metric_numbers=metric_numbers
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
    inferred: Inferred, *, batch_size: int, optimizer_slots: int, metric_numbers: int
) -> MemoryEstimate:
    """What `summarize` says of the memory; the rest of a summary costs many times as much.

    Raises:
        Incomplete: If a layer could not be inferred.
    """
    parameters = trainable = 0
    kept = math.prod(inferred.input_shape)
    for layer, geometry, is_used in _parts(inferred):
        if is_used:
            kept += geometry.kept
            for variable in geometry.variables:
                parameters += variable.parameters
                trainable += variable.parameters if variable.is_trainable and layer.trainable else 0
    numbers = (parameters, trainable, optimizer_slots * trainable, kept * batch_size, metric_numbers)
    sizes = [number * BYTES_OF_A_NUMBER for number in numbers]
    return MemoryEstimate(
        parameters_bytes=sizes[0],
        gradients_bytes=sizes[1],
        optimizer_bytes=sizes[2],
        activations_bytes=sizes[3],
        metrics_bytes=sizes[4],
        total_bytes=sum(sizes),
    )


def _parts(inferred: Inferred) -> Iterator[tuple[Layer, Geometry, bool]]:
    """The layers, and whether each leads to the output."""
    for layer, geometry, is_used in zip(inferred.layers, inferred.geometries, inferred.wiring.used(), strict=True):
        if layer is None or geometry is None:
            raise Incomplete
        yield layer, geometry, is_used


def _batched(shape: Shape) -> list[int | None]:
    return [None, *shape]
