"""Shapes, variables and costs of a network by arithmetic, layer by layer."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias, cast

from spec.language.faults import Fault, Location, pointer
from spec.layers import Geometry, Layer, Shape, ShapeFault, Variable
from spec.layers.base import Named
from spec.layers.many_axes import check_axes
from spec.layers.masks import UNMASKED, Masked, MaskShape
from spec.layers.recurrent import MOST_UNROLLED
from spec.networks.constraints import Constraint, constraint_of
from spec.networks.initializers import Initializer, initializer_of
from spec.networks.networks import NetworkSpec
from spec.networks.regularizers import Regularizer, regularizer_of
from spec.networks.wiring import ONE_INPUT, Outline, Wiring, wire

MOST_ELEMENTS = 2**31 - 1
"""The most numbers one layer may put out for one row: TensorFlow's kernels count many things in 32 bits."""

InputShapes: TypeAlias = Shape | Mapping[str, Shape]
"""The shape of a row, without the batch; or that of each of the network's inputs, by their names, in order."""


@dataclass(frozen=True)
class Inferred:
    """A network with its shapes; what could not be inferred is None.

    Attributes:
        inputs: Shape of one row of each input of the network, by its name, in order.
        layers: The layers as they were given.
        wiring: Their names and inputs.
        geometries: Output, variables and costs of each.
        masks: What each does to masks.
        faults: Layers that cannot take their inputs; pointers are into the network's own object.
    """

    inputs: Mapping[str, Shape]
    layers: tuple[Layer | None, ...]
    wiring: Wiring
    geometries: tuple[Geometry | None, ...]
    masks: tuple[Masked, ...]
    faults: list[Fault]

    @property
    def input_numbers(self) -> int:
        """How many numbers a row has, of all inputs together."""
        return sum(map(math.prod, self.inputs.values()))

    @property
    def output_shape(self) -> Shape | None:
        """Shape of the last layer's output, without the batch."""
        last = self.geometries[-1] if self.geometries else None
        return last.output if last is not None else None


def infer(network: NetworkSpec, shapes: InputShapes) -> Inferred:
    """Infer a whole network.

    Args:
        network: A valid network.
        shapes: Of its input, or of its inputs.
    """
    return infer_layers(network.layers, shapes)


def infer_layers(layers: Sequence[Layer | None], shapes: InputShapes, wiring: Wiring | None = None) -> Inferred:
    """Infer as much as can be of a network with faulty layers.

    Args:
        layers: The layers, None in the place of each faulty one.
        shapes: Of the network's input, or of its inputs.
        wiring: Their names and inputs, as ``ParsedNetwork`` has them; without it, faulty layers have no names, and
            what reads them by name is not inferred.
    """
    named = {name: tuple(shape) for name, shape in shapes.items()} if isinstance(shapes, Mapping) else None
    named = named or dict.fromkeys(ONE_INPUT, tuple(cast("Shape", shapes)))
    if wiring is None:
        wiring, _ = wire([Outline.of(layer) for layer in layers], tuple(named))
    faults: list[Fault] = []
    geometries: list[Geometry | None] = []
    masks: list[Masked] = []
    unrolled = 0
    for index, (layer, sources, held) in enumerate(zip(layers, wiring.sources, wiring.held, strict=True)):
        geometry: Geometry | None = None
        masked = UNMASKED
        inputs = _inputs(sources, geometries, wiring, named)
        if layer is not None and inputs is not None:
            try:
                geometry = _geometry(layer, held, inputs)
                unrolled += _unrolled(layer, inputs, unrolled)
                found = list(_misfits(layer, geometry, inputs))
                masked = layer.masked(inputs, geometry.output, _masks(sources, masks))
            except ShapeFault as fault:
                found = [fault]
            faults += [_located(fault, layer, index) for fault in found]
        geometries.append(geometry)
        masks.append(masked)
    return Inferred(named, tuple(layers), wiring, tuple(geometries), tuple(masks), faults)


def _masks(sources: Sequence[int] | None, masks: Sequence[Masked]) -> list[MaskShape | None]:
    """The masks of what a layer reads; an input of the network has none."""
    return [None if source < 0 else masks[source].mask for source in sources or ()]


def _inputs(
    sources: Sequence[int] | None, geometries: Sequence[Geometry | None], wiring: Wiring, named: Mapping[str, Shape]
) -> list[Shape] | None:
    """The shapes a layer reads; None where one of them is not known."""
    if sources is None:
        return None
    shapes: list[Shape] = []
    for source in sources:
        if source < 0:
            shape = named.get(wiring.input_name(source))
        else:
            geometry = geometries[source]
            shape = None if geometry is None else geometry.output
        if shape is None:
            return None
        shapes.append(shape)
    return shapes


def _geometry(layer: Layer, held: Sequence[Named], inputs: Sequence[Shape]) -> Geometry:
    geometry = layer.geometry_as(held, inputs)
    check_axes(layer, inputs)
    size = math.prod(geometry.output)
    if size > MOST_ELEMENTS:
        sentence = (
            f"The output of this layer has {size:,} numbers per row, and the largest that is supported has "
            f"{MOST_ELEMENTS:,}."
        )
        raise ShapeFault(sentence, code="output_too_large")
    return geometry


def _unrolled(layer: Layer, inputs: Sequence[Shape], before: int) -> int:
    """How many steps of a layer are compiled one by one, besides those of the layers before it."""
    steps = layer.unrolled(inputs)
    if steps and before + steps > MOST_UNROLLED:
        others = f", and {before:,} of layers before it" if before else ""
        sentence = (
            f"{steps:,} steps of this layer{others} would be compiled one by one, and a network can have at most "
            f"{MOST_UNROLLED:,} of them. Set `unroll` to false, and use fewer layers with `TimeDistributed`."
        )
        raise ShapeFault(sentence, code="too_many_steps")
    return steps


def _misfits(layer: Layer, geometry: Geometry, inputs: Sequence[Shape]) -> Iterator[ShapeFault]:
    """Initializers, regularizers and constraints that cannot do with the variables they govern."""
    for part in layer.parts(inputs):
        held = [Named(one.type) for one in part.layer.held.values()]
        try:
            check_axes(part.layer, part.inputs)
        except ShapeFault as fault:
            raise fault.held_in(part.field) from None
        for fault in _misfits(part.layer, part.layer.geometry_as(held, part.inputs), part.inputs):
            yield fault.held_in(part.field)
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


def place_of(layer: Layer, index: int, field: str | None, within: Sequence[str] = ()) -> Location:
    """Where in the network's own object a layer's field stands, or the layer, where ``defaults`` or nobody says it.

    Args:
        layer: Of the network.
        index: Its place in it.
        field: Of the layer, or of one that it holds.
        within: The fields that lead to that one.
    """
    at: Location = ("layers", index)
    for name in (*within, field):
        if name is None or name not in layer.model_fields_set or name in layer.inherited:
            break
        at, layer = (*at, name), layer.held.get(name, layer)
    return at


def _located(fault: ShapeFault, layer: Layer, index: int) -> Fault:
    at = place_of(layer, index, fault.field, fault.within)
    return Fault(pointer=pointer(at), message=fault.message, code=fault.code)
