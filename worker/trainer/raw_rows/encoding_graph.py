"""Raw rows to features by Keras's own classes alone: what `worker.trainer.data.tables` computes, to the bit.

All numbers are computed in float64 and rounded to float32 in the end. A divisor is never a constant of its own: within
a ``tf.function`` TensorFlow would multiply by its reciprocal, which rounds otherwise.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from worker.trainer.data.fitted import (
    AnyFeature,
    Fitted,
    FittedBoolean,
    FittedDateParts,
    FittedHashed,
    FittedImage,
    FittedInput,
    FittedNumber,
    FittedOneHot,
    FittedOrdinal,
    FittedScaling,
    FittedText,
)
from worker.trainer.data.tables.texts import text_layer
from worker.trainer.raw_rows.raw_inputs import RawInput, inputs_of
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.untyped import Array, KerasObject

_MISSING, _UNKNOWN, _FIRST = 0, 1, 2
"""What a lookup makes of an empty string, of a string that it does not know, and of the first that it knows."""


class NotEncodable(Exception):
    """Keras's own classes cannot encode raw rows so."""


@dataclass
class _Numbers:
    """The numbers of one input, filled and scaled together: many columns are a few operations.

    Attributes:
        tensors: Of one number each.
        fill: What stands for each where it is missing.
        offset: Is taken off each.
        divisor: Divides each.
        tells_missing: The numbers of which another place tells whether they are missing.
    """

    tensors: list[KerasObject] = field(default_factory=list[KerasObject])
    fill: list[float] = field(default_factory=list[float])
    offset: list[float] = field(default_factory=list[float])
    divisor: list[float] = field(default_factory=list[float])
    tells_missing: list[int] = field(default_factory=list[int])

    def add(self, tensors: Sequence[KerasObject], feature: FittedNumber | FittedDateParts) -> list[tuple[str, int]]:
        """Some more, with what they are filled and scaled by; where they come to stand."""
        first, width = len(self.tensors), len(tensors)
        self.tensors += tensors
        self.fill += feature.fill or (math.nan,) * width
        offset, divisor = _factors(feature.scaling, width)
        self.offset += offset.tolist()
        self.divisor += divisor.tolist()
        places = [("numbers", place) for place in range(first, first + width)]
        if feature.has_missing_place:
            places.append(("gaps", len(self.tells_missing)))
            self.tells_missing.append(first)
        return places

    def blocks(self) -> dict[str, KerasObject]:
        """All of them, and which are missing."""
        if not self.tensors:
            return {}
        numbers = _side_by_side(self.tensors, "float64")
        is_missing = ops.isnan(numbers)
        filled = ops.where(is_missing, np.array(self.fill), numbers)
        blocks = {"numbers": _scaled(filled, np.array(self.offset), np.array(self.divisor))}
        if self.tells_missing:
            chosen = ops.take(is_missing, np.array(self.tells_missing, np.int32), axis=1)
            blocks["gaps"] = ops.cast(chosen, "float32")
        return blocks


class EncodingGraph:
    """The features of raw rows, as symbolic tensors.

    Attributes:
        features: One for each input of the network, in order.

    Args:
        fitted: What rows are encoded by.
        table: The columns.
        inputs: Symbolic inputs of raw values.

    Raises:
        NotEncodable: Keras's own classes cannot do it.
    """

    def __init__(self, fitted: Fitted, table: ReadTable, inputs: Mapping[RawInput, KerasObject]) -> None:
        self._table = table
        self._inputs = inputs
        self.features = [self._encoded(one) for one in fitted.inputs]

    def _encoded(self, one: FittedInput) -> KerasObject:
        if len(one.features) == 1 and (alone := self._alone(one.features[0])) is not None:
            return alone
        numbers = _Numbers()
        places: list[tuple[str, int]] = []
        blocks: dict[str, KerasObject] = {}
        for number, feature in enumerate(one.features):
            if isinstance(feature, FittedNumber | FittedDateParts):
                places += numbers.add(self._numbers_of(feature), feature)
                continue
            blocks[str(number)] = self._block(feature)
            places += [(str(number), place) for place in range(feature.shape[0])]
        return _in_order(numbers.blocks() | blocks, places)

    def _alone(self, feature: AnyFeature) -> KerasObject | None:
        """What has an input of the network to itself, if this has a shape of its own."""
        if isinstance(feature, FittedText) and feature.encoding == "tokens":
            return self._text(feature)
        if isinstance(feature, FittedImage) or (isinstance(feature, FittedNumber) and len(feature.shape) > 1):
            return self._array(feature)
        return None

    def _array(self, feature: FittedImage | FittedNumber) -> KerasObject:
        """Numbers of any shape."""
        raw, width = self._raw(feature), math.prod(feature.shape)
        numbers = ops.reshape(ops.cast(raw, "float64"), (-1, width))
        if isinstance(feature, FittedNumber) and feature.fill is not None and raw.dtype != "uint8":
            numbers = ops.where(ops.isnan(numbers), np.array(feature.fill), numbers)
        offset, divisor = _factors(feature.scaling, width)
        return ops.reshape(_scaled(numbers, offset, divisor), (-1, *feature.shape))

    def _numbers_of(self, feature: FittedNumber | FittedDateParts) -> list[KerasObject]:
        tensors = [self._inputs[raw] for raw in inputs_of(feature, self._table)]
        if isinstance(feature, FittedDateParts) or tensors[0].shape[1] == 1:
            return tensors
        return [tensors[0][:, place : place + 1] for place in range(tensors[0].shape[1])]

    def _block(self, feature: AnyFeature) -> KerasObject:
        """float32 (rows, places)."""
        match feature:
            case FittedBoolean():
                return self._boolean(feature)
            case FittedOneHot():
                return self._one_hot(feature)
            case FittedOrdinal():
                return self._ordinal(feature)
            case FittedHashed():
                return self._hashed(feature)
            case FittedText():
                return self._text(feature)
            case _:
                raise NotEncodable(f'The column "{feature.column}" needs an input of its own.')

    def _boolean(self, feature: FittedBoolean) -> KerasObject:
        truth = feature.truth or {"false": False, "true": True}
        words = sorted(truth)
        found = _looked_up(self._raw(feature), words)
        fill = float(feature.fill or 0)
        numbers = np.array([fill, fill, *(float(truth[word]) for word in words)], np.float32)
        blocks = [ops.take(numbers, found, axis=0)]
        if feature.has_missing_place:
            blocks.append(ops.cast(ops.less(found, _FIRST), "float32"))
        return _side_by_side(blocks, "float32")

    def _one_hot(self, feature: FittedOneHot) -> KerasObject:
        unknown = -1 if feature.unknown_place is None else feature.unknown_place
        missing = unknown if feature.missing_place is None else feature.missing_place
        places = self._placed(feature, range(len(feature.values)), missing, unknown)
        return _hot(places, feature.shape[0])

    def _ordinal(self, feature: FittedOrdinal) -> KerasObject:
        unknown = feature.unknown_number or 0
        missing = unknown if feature.missing_number is None else feature.missing_number
        return ops.cast(self._placed(feature, range(len(feature.values)), missing, unknown), "float32")

    def _placed(self, feature: FittedOneHot | FittedOrdinal, numbers: range, missing: int, unknown: int) -> KerasObject:
        """int32 (rows, 1): a number for each value."""
        if feature.fill is not None:
            missing = numbers[feature.values.index(feature.fill)] if feature.fill in feature.values else unknown
        raw = self._raw(feature)
        if feature.type != "number":
            number_of = _spelled(feature, dict(zip(feature.values, numbers, strict=True)))
            table = np.array([missing, unknown, *number_of.values()], np.int32)
            return ops.take(table, _looked_up(raw, tuple(number_of)), axis=0)
        is_it = ops.equal(raw, np.array([float(value) for value in feature.values])[np.newaxis])
        known = ops.cast(ops.argmax(ops.cast(is_it, "int32"), axis=1, keepdims=True), "int32")
        known = ops.where(ops.any(is_it, axis=1, keepdims=True), known, unknown)
        return ops.where(ops.isnan(raw), missing, known)

    def _hashed(self, feature: FittedHashed) -> KerasObject:
        hashing = keras.layers.Hashing(feature.bins)
        raw = self._raw(feature)
        fill = -1 if feature.fill is None else int(np.asarray(hashing(np.array([feature.fill], object)))[0])
        is_missing = ops.equal(_looked_up(raw, ["-"]), _MISSING)
        return _hot(ops.where(is_missing, fill, ops.cast(hashing(raw), "int32")), feature.bins)

    def _text(self, feature: FittedText) -> KerasObject:
        """float32; Keras 3.15 does not know the shape of what it makes of one text a row."""
        return ops.reshape(ops.cast(text_layer(feature)(self._raw(feature)), "float32"), (-1, *feature.shape))

    def _raw(self, feature: AnyFeature) -> KerasObject:
        (raw,) = inputs_of(feature, self._table)
        return self._inputs[raw]


def _looked_up(raw: KerasObject, words: Sequence[str]) -> KerasObject:
    """Int (rows, 1): `_MISSING`, `_UNKNOWN`, or the place of the word, from `_FIRST` on."""
    if not words or "" in words:
        raise NotEncodable("A column without values, or with an empty text as one, cannot be looked up.")
    other = "[UNK]"
    while other in words:
        other = f"[{other}]"
    lookup = keras.layers.StringLookup(vocabulary=list(words), num_oov_indices=1, mask_token="", oov_token=other)
    return lookup(raw)


def _spelled(feature: FittedOneHot | FittedOrdinal, number_of: dict[str, int]) -> dict[str, int]:
    """All ways in which a value may be written: false and true have one name each, which is the first of them."""
    name_of = {
        meaning: min(word for word in feature.truth if feature.truth[word] is meaning)
        for meaning in set(feature.truth.values())
    }
    words = {word: name_of[meaning] for word, meaning in sorted(feature.truth.items())}
    return number_of | {word: number_of[name] for word, name in words.items() if name in number_of}


def _hot(places: KerasObject, width: int) -> KerasObject:
    """1 at each row's place; nothing for -1."""
    return ops.reshape(ops.one_hot(places, width, dtype="float32"), (-1, width))


def _factors(scaling: FittedScaling, width: int) -> tuple[Array, Array]:
    """What is taken off each number, and what divides it: nothing, and one, where it is left as it is."""
    offset = np.zeros(width) if scaling.offset is None else np.array(scaling.offset)
    divisor = np.ones(width) if scaling.divisor is None else np.broadcast_to(np.array(scaling.divisor), (width,))
    return offset, divisor


def _scaled(numbers: KerasObject, offset: Array, divisor: Array) -> KerasObject:
    """float32."""
    if offset.any():
        numbers = ops.subtract(numbers, offset)
    if (divisor != 1).any():
        numbers = ops.divide(numbers, ops.where(ops.isnan(numbers), divisor, divisor))
    return ops.cast(numbers, "float32")


def _side_by_side(tensors: Sequence[KerasObject], dtype: str) -> KerasObject:
    return tensors[0] if len(tensors) == 1 else keras.layers.Concatenate(dtype=dtype)(list(tensors))


def _in_order(blocks: Mapping[str, KerasObject], places: Sequence[tuple[str, int]]) -> KerasObject:
    """The places of all blocks in this order."""
    begins: dict[str, int] = {}
    width = 0
    for name, block in blocks.items():
        begins[name] = width
        width += block.shape[1]
    order: list[Any] = [begins[name] + place for name, place in places]
    together = _side_by_side(list(blocks.values()), "float32")
    return together if order == list(range(width)) else ops.take(together, np.array(order, np.int32), axis=1)
