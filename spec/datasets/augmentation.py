"""What augments the batches of a training: the layers that a data set lists, made to fit its rows."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias, cast

from spec.datasets.choice import DatasetSpec
from spec.datasets.facts import DatasetFacts
from spec.datasets.resolution import resolve
from spec.language.faults import Fault, Location, pointer
from spec.language.sentences import enumeration, quoted
from spec.language.suggestions import nearest
from spec.layers import Layer, Shape, ShapeFault
from spec.layers.augmentation import PictureAugmentation
from spec.layers.picture_values import BYTES, Valued
from spec.layers.ranges import Range

Augmenting: TypeAlias = tuple[tuple[Layer, ...], ...]
"""The layers of each input of a network, in order, with nothing left to be chosen; empty where nothing is augmented."""

AUGMENT: Location = ("dataset", "augment")
"""Where a job says what augments its rows."""

_GREY_AXES = 2
_WIDE: Range = (0, 65_535)
_UNIT: Range = (0, 1)


class Cost(NamedTuple):
    """What augmentation adds to a training step; estimates, for one row.

    Attributes:
        numbers: How many numbers are kept beside the rows themselves.
        flops: Additions and multiplications.
    """

    numbers: int = 0
    flops: int = 0


NO_COST = Cost()


def augmenting_of(dataset: DatasetSpec, facts: DatasetFacts) -> Augmenting:
    """What augments each input of the network; `faults_of_augmentation` has found nothing wrong with it.

    Args:
        dataset: What the job says.
        facts: Of the whole data set.
    """
    if not _is_said(dataset):
        return ()
    names = tuple(dataset.inputs or ("",))
    ranges = _value_ranges(dataset, facts)
    layers = layers_by_input(dataset)
    return tuple(
        tuple(_ranged(layer, known) for layer in layers.get(name, ()))
        for name, known in zip(names, ranges, strict=True)
    )


def cost_of(dataset: DatasetSpec | None, shapes: Mapping[str, Shape]) -> Cost:
    """What augmentation costs.

    Args:
        dataset: What the job says; None where that is not known.
        shapes: Of the network's inputs, by name.
    """
    numbers = flops = 0
    if dataset is None or not _is_said(dataset):
        return NO_COST
    layers = layers_by_input(dataset)
    for name, shape in shapes.items():
        of_input = layers.get(name if dataset.inputs else "", ())
        numbers += math.prod(shape) if of_input else 0
        for layer in of_input:
            try:
                flops += layer.geometry([_seen_by(layer, shape)]).flops
            except ShapeFault:
                continue  # told where the data set is checked
    return Cost(numbers, flops)


def faults_of_augmentation(dataset: DatasetSpec, facts: DatasetFacts, used: DatasetFacts) -> Iterator[Fault]:
    """What is wrong with the layers that augment a data set.

    Args:
        dataset: What the job says, without faults otherwise.
        facts: Of the whole data set.
        used: Of the part of it that the job uses.
    """
    said = dataset.augment
    if not said:
        return
    if isinstance(said, dict) and not dataset.inputs:
        sentence = "The network has a single input. Write the list of layers alone."
        yield Fault(pointer=pointer(AUGMENT), message=sentence, code="augment_type")
        return
    if not isinstance(said, dict) and dataset.inputs:
        first = next(iter(dataset.inputs))
        sentence = (
            f"The network has several inputs. Say which one is augmented, as in {{{quoted(first)}: "
            '[{"type": "RandomFlip"}]}.'
        )
        yield Fault(pointer=pointer(AUGMENT), message=sentence, code="augment_type")
        return
    names = tuple(dataset.inputs or ("",))
    ranges = dict(zip(names, _value_ranges(dataset, facts), strict=True))
    shapes = dict(zip(names, used.inputs.values() or (used.input_shape,), strict=True))
    for name, layers in layers_by_input(dataset).items():
        at: Location = (*AUGMENT, name) if dataset.inputs else AUGMENT
        if name not in shapes:
            suggestion = nearest(name, names)
            sentence = f'"{name[:100]}" is not an input of the network.'
            sentence += "" if suggestion else f" Its inputs are {enumeration(map(quoted, names), 'and')}."
            yield Fault(pointer=pointer(at), message=sentence, code="unknown_input", suggestion=suggestion)
            continue
        for index, layer in enumerate(layers):
            yield from _misfits(layer, shapes[name], ranges[name], (*at, index))


def _misfits(layer: Layer, shape: Shape, known: Range | None, at: Location) -> Iterator[Fault]:
    try:
        layer.geometry([_seen_by(layer, shape)])
    except ShapeFault as fault:
        place = at if fault.field is None or fault.field not in layer.model_fields_set else (*at, fault.field)
        message = fault.message
        if fault.code == "wrong_rank":
            is_of_pictures = isinstance(layer, PictureAugmentation)
            message = f"`{layer.type}` does not fit rows of the shape {list(shape)}."
            message += " It varies pictures." if is_of_pictures else ""
        yield Fault(pointer=pointer(place), message=message, code=fault.code)
        return
    if isinstance(layer, Valued) and "value_range" not in layer.model_fields_set and known is None:
        sentence = (
            f"`{layer.type}` needs the least and the greatest value of a pixel, which is not known of rows that are "
            'scaled like this. Set `value_range`, or the `scaling` of the data set to "unit".'
        )
        yield Fault(pointer=pointer(at), message=sentence, code="value_range_unknown")


def _is_said(dataset: DatasetSpec) -> bool:
    return any(layers_by_input(dataset).values())


def layers_by_input(dataset: DatasetSpec) -> Mapping[str, tuple[Layer, ...]]:
    """The layers by the name of the input, which is empty where there is one."""
    said = dataset.augment or ()
    return said if isinstance(said, dict) else {"": said}


def place_in_augment(name: str, index: int) -> Location:
    """Where a job says a layer: of an input by its name, which is empty where there is one."""
    return (*AUGMENT, *([name] if name else []), index)


def _seen_by(layer: Layer, shape: Shape) -> Shape:
    """The shape of a row as a layer gets it: grey pictures get an axis of channels, and lose it again."""
    return (*shape, 1) if isinstance(layer, PictureAugmentation) and len(shape) == _GREY_AXES else shape


def _ranged(layer: Layer, known: Range | None) -> Layer:
    """The layer with a range of values, where it needs one and says none."""
    if not isinstance(layer, Valued) or known is None or "value_range" in layer.model_fields_set:
        return layer
    return layer.model_copy(update={"value_range": known})


def _value_ranges(dataset: DatasetSpec, facts: DatasetFacts) -> Sequence[Range | None]:
    """The least and the greatest value that a pixel of each input can have; None where that is not known."""
    if not facts.read:
        scaling, most = dataset.scaling or facts.scaling, facts.unit_maximum
        if most is None:
            return (None,)
        return ({"unit": _UNIT, "none": (0, most), "standard": None}[scaling],)
    found: list[Range | None] = []
    for one in resolve(dataset, facts).inputs:
        feature = one.features[0]
        column = feature.column
        of_bytes = feature.picture is not None or column.dtype == "uint8"
        natural = (_WIDE if "I;16" in column.mode_counts else BYTES) if of_bytes else None
        ranges = {"unit": _UNIT, "none": natural}
        found.append(ranges.get(cast("str", feature.scaling)))
    return found
