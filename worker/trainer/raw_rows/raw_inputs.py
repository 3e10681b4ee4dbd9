"""The inputs of a model for raw rows: which there are, and the values that rows of a data set have for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from spec.datasets.encodings import DatePart
from worker.pictures.pixels import BYTE_MOST
from worker.trainer.data.fitted import (
    AnyFeature,
    Fitted,
    FittedDateParts,
    FittedImage,
    FittedNumber,
    FittedOneHot,
    FittedOrdinal,
)
from worker.trainer.data.tables.images import pixels_of_rows
from worker.trainer.data.tables.numbers import date_parts
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.untyped import Array

Dtype: TypeAlias = Literal["float64", "string", "uint8"]

Values: TypeAlias = Array | list[str]
"""Of some rows: an array, or a text for each row."""


@dataclass(frozen=True)
class RawInput:
    """One input of a model for raw rows.

    Attributes:
        column: Whose values it takes.
        dtype: Of the values.
        shape: Of a row.
        part: Which part of a date it takes, if the column has dates.
    """

    column: str
    dtype: Dtype
    shape: tuple[int, ...] = (1,)
    part: DatePart | None = None

    def told(self, name: str) -> dict[str, Any]:
        """As ``preprocessing.json`` tells it."""
        missing = {"float64": "NaN", "string": ""}.get(self.dtype)
        return {
            "name": name,
            "column": self.column,
            "part": self.part,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "missing": missing,
        }


def named_inputs(fitted: Fitted, table: ReadTable) -> dict[str, RawInput]:
    """All inputs by their names: those of their columns, as far as Keras allows it.

    Args:
        fitted: What they are encoded by.
        table: The columns; arrays of bytes are given as bytes.
    """
    found: dict[RawInput, None] = {}
    for one in fitted.inputs:
        for feature in one.features:
            found.update(dict.fromkeys(inputs_of(feature, table)))
    names: dict[str, RawInput] = {}
    for one in found:
        name = wanted = _name_of(one, found)
        number = 1
        while name in names:
            number += 1
            name = f"{wanted}_{number}"
        names[name] = one
    return names


def inputs_of(feature: AnyFeature, table: ReadTable) -> Sequence[RawInput]:
    """The inputs that a feature is encoded from, in order."""
    column = feature.column
    match feature:
        case FittedNumber():
            facts = table.column(column).facts
            if not facts.shape:
                return [RawInput(column, "float64")]
            return [RawInput(column, "uint8" if facts.dtype == "uint8" else "float64", facts.shape)]
        case FittedDateParts():
            return [RawInput(column, "float64", part=part) for part in feature.parts]
        case FittedImage():
            return [RawInput(column, "uint8" if feature.maximum == BYTE_MOST else "float64", feature.shape)]
        case FittedOneHot() | FittedOrdinal() if feature.type == "number":
            return [RawInput(column, "float64")]
        case _:
            return [RawInput(column, "string")]


def values_of(raw: RawInput, fitted: Fitted, table: ReadTable, rows: Array) -> Values:
    """What some rows of a data set have for an input.

    Args:
        raw: Which input.
        fitted: How pictures are read.
        table: The data set.
        rows: Their places in it.
    """
    column = table.column(raw.column)
    if raw.dtype == "string":
        return [text or "" for text in column.texts(rows)]
    if raw.part is not None:
        return date_parts(column, (raw.part,))(rows)
    image = next(_images(fitted, raw.column), None)
    if image is not None:
        return pixels_of_rows(image, column, rows).astype(raw.dtype)
    return column.numbers(rows).reshape(len(rows), *raw.shape).astype(raw.dtype)


def _images(fitted: Fitted, column: str) -> Iterator[FittedImage]:
    for one in fitted.inputs:
        for feature in one.features:
            if isinstance(feature, FittedImage) and feature.column == column:
                yield feature


def _name_of(raw: RawInput, others: dict[RawInput, None]) -> str:
    """The column's name; a slash would be a folder to Keras."""
    name = raw.column if raw.part is None else f"{raw.column}.{raw.part}"
    is_twin = raw.dtype == "string" and any(
        one != raw and one.column == raw.column and one.part is None for one in others
    )
    return (f"{name}.text" if is_twin else name).replace("/", "_")
