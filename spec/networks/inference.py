"""Shapes, variables and costs of a network by arithmetic, layer by layer."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from spec.language.faults import Fault, Location, pointer
from spec.layers import Geometry, Layer, Shape, ShapeFault, Variable
from spec.layers.many_axes import check_axes
from spec.networks.constraints import Constraint, constraint_of
from spec.networks.initializers import Initializer, initializer_of
from spec.networks.networks import NetworkSpec
from spec.networks.regularizers import Regularizer, regularizer_of
from spec.networks.sizes import LARGEST_SIZE, WholeOrList
from spec.networks.wiring import NETWORK_INPUT, Outline, Wiring, wire

MOST_ELEMENTS = 2**31 - 1
"""The most numbers one layer may put out for one row: TensorFlow's kernels count many things in 32 bits."""

InputShape = Annotated[tuple[int, ...], WholeOrList(1, LARGEST_SIZE, is_single_allowed=False)]
"""Field type of a network's input shape, without the batch."""


@dataclass(frozen=True)
class Inferred:
    """A network with its shapes; what could not be inferred is None.

    Attributes:
        input_shape: Shape of one row.
        layers: The layers as they were given.
        wiring: Their names and inputs.
        geometries: Output, variables and costs of each.
        faults: Layers that cannot take their inputs; pointers are into the network's own object.
    """

    input_shape: Shape
    layers: tuple[Layer | None, ...]
    wiring: Wiring
    geometries: tuple[Geometry | None, ...]
    faults: list[Fault]

    @property
    def output_shape(self) -> Shape | None:
        """Shape of the last layer's output, without the batch."""
        last = self.geometries[-1] if self.geometries else None
        return last.output if last is not None else None


def infer(network: NetworkSpec, input_shape: Shape) -> Inferred:
    """Infer a whole network.

    Args:
        network: A valid network.
        input_shape: Shape of one row, without the batch.
    """
    return infer_layers(network.layers, input_shape)


def infer_layers(layers: Sequence[Layer | None], input_shape: Shape, wiring: Wiring | None = None) -> Inferred:
    """Infer as much as can be of a network with faulty layers.

    Args:
        layers: The layers, None in the place of each faulty one.
        input_shape: Shape of one row, without the batch.
        wiring: Their names and inputs, as ``ParsedNetwork`` has them; without it, faulty layers have no names, and
            what reads them by name is not inferred.
    """
    if wiring is None:
        wiring, _ = wire([Outline.of(layer) for layer in layers])
    faults: list[Fault] = []
    geometries: list[Geometry | None] = []
    for index, (layer, sources) in enumerate(zip(layers, wiring.sources, strict=True)):
        geometry: Geometry | None = None
        inputs = _inputs(sources, geometries, input_shape)
        if layer is not None and inputs is not None:
            try:
                geometry = _geometry(layer, inputs)
                found = list(_misfits(layer, geometry))
            except ShapeFault as fault:
                found = [fault]
            faults += [_located(fault, layer, index) for fault in found]
        geometries.append(geometry)
    return Inferred(tuple(input_shape), tuple(layers), wiring, tuple(geometries), faults)


def _inputs(
    sources: Sequence[int] | None, geometries: Sequence[Geometry | None], input_shape: Shape
) -> list[Shape] | None:
    """The shapes a layer reads; None where one of them is not known."""
    if sources is None:
        return None
    shapes: list[Shape] = []
    for source in sources:
        geometry = None if source == NETWORK_INPUT else geometries[source]
        if source != NETWORK_INPUT and geometry is None:
            return None
        shapes.append(tuple(input_shape) if geometry is None else geometry.output)
    return shapes


def _geometry(layer: Layer, inputs: Sequence[Shape]) -> Geometry:
    geometry = layer.geometry(inputs)
    check_axes(layer, inputs)
    size = math.prod(geometry.output)
    if size > MOST_ELEMENTS:
        sentence = (
            f"The output of this layer has {size:,} numbers per row, and the largest that is supported has "
            f"{MOST_ELEMENTS:,}."
        )
        raise ShapeFault(sentence, code="output_too_large")
    return geometry


def _misfits(layer: Layer, geometry: Geometry) -> Iterator[ShapeFault]:
    """Initializers, regularizers and constraints that cannot do with the variables they govern."""
    told: set[str] = set()
    for variable in geometry.variables:
        for field, part in _governors(layer, variable):
            reason = part.misfit(variable.shape)
            if reason is not None and field not in told:
                told.add(field)
                sentence = f"{reason} The shape of `{variable.path}` is {list(variable.shape)}."
                yield ShapeFault(sentence, field=field, code="wrong_shape_for_variable")
    if layer.activity_regularizer is not None:
        reason = regularizer_of(layer.activity_regularizer).output_misfit(geometry.output)
        if reason is not None:
            yield ShapeFault(reason, field="activity_regularizer", code="wrong_shape_for_output")


def _governors(layer: Layer, variable: Variable) -> Iterator[tuple[str, Initializer | Regularizer | Constraint]]:
    """What governs a variable, with the field that says it."""
    for field, part_of in _governing_fields(type(layer), variable.role):
        said = getattr(layer, field)
        if said is not None:
            yield field, part_of(said)


@cache
def _governing_fields(kind: type[Layer], role: str) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """The fields of a kind of layer that say what governs its variables of a role, and what reads each."""
    readers = {"initializer": initializer_of, "regularizer": regularizer_of, "constraint": constraint_of}
    fields = {f"{role}_{name}": reader for name, reader in readers.items()}
    return tuple((field, reader) for field, reader in fields.items() if field in kind.model_fields)


def place_of(layer: Layer, index: int, field: str | None) -> Location:
    """Where in the network's own object a layer's field stands, or the layer, where ``defaults`` or nobody says it."""
    if field is None or field not in layer.model_fields_set or field in layer.inherited:
        return ("layers", index)
    return ("layers", index, field)


def _located(fault: ShapeFault, layer: Layer, index: int) -> Fault:
    return Fault(pointer=pointer(place_of(layer, index, fault.field)), message=fault.message, code=fault.code)
