"""The encodings of columns: how each is fitted, and how it encodes rows by what was fitted."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from spec.datasets.reading import MissingSpec
from spec.datasets.resolution import ResolvedFeature, ResolvedInput
from worker.trainer.data.fitted import (
    AnyFeature,
    FittedBoolean,
    FittedDateParts,
    FittedHashed,
    FittedImage,
    FittedInput,
    FittedNumber,
    FittedOneHot,
    FittedOrdinal,
    FittedText,
)
from worker.trainer.data.tables.categories import (
    boolean_encoder,
    fit_boolean,
    fit_hashed,
    fit_one_hot,
    fit_ordinal,
    hashed_encoder,
    one_hot_encoder,
    ordinal_encoder,
)
from worker.trainer.data.tables.images import fit_image, image_encoder
from worker.trainer.data.tables.numbers import Encode, date_encoder, fit_dates, fit_number, number_encoder
from worker.trainer.data.tables.selected_rows import SelectedRows
from worker.trainer.data.tables.texts import fit_text, text_encoder
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.sources.stored_column import StoredColumn
from worker.trainer.untyped import Array

_Fit: TypeAlias = Callable[[ResolvedFeature, SelectedRows, MissingSpec], AnyFeature]

_FITS: dict[str, _Fit] = {
    "number": fit_number,
    "date_parts": fit_dates,
    "boolean": fit_boolean,
    "one_hot": fit_one_hot,
    "ordinal": fit_ordinal,
    "hashed": fit_hashed,
    "image": lambda feature, rows, _: fit_image(feature, rows),
    **dict.fromkeys(("tokens", "multi_hot", "count", "tf_idf"), lambda feature, rows, _: fit_text(feature, rows)),
}


def fit_input(one: ResolvedInput, rows: SelectedRows, missing: MissingSpec) -> FittedInput:
    """Fit the features of an input on these rows, which are those that are trained on."""
    features = tuple(_FITS[feature.encoding.encoding](feature, rows, missing) for feature in one.features)
    return FittedInput(name=one.name, shape=one.shape, features=features)


def input_encoder(fitted: FittedInput, table: ReadTable) -> Encode:
    """Encodes rows of a data set, which may be another one than that which was fitted on."""
    encoders = [_encoder(feature, table.column(feature.column)) for feature in fitted.features]
    if len(encoders) == 1:
        return encoders[0]
    return _joined(encoders, fitted.shape[0])


def _joined(encoders: Sequence[Encode], width: int) -> Encode:
    def encode(places: Array) -> Array:
        found = np.empty((len(places), width), np.float32)
        begin = 0
        for one in encoders:
            encoded = one(places)
            found[:, begin : begin + encoded.shape[1]] = encoded
            begin += encoded.shape[1]
        return found

    return encode


def _encoder(fitted: AnyFeature, column: StoredColumn) -> Encode:  # noqa: PLR0911 -- one an encoding
    match fitted:
        case FittedNumber():
            return number_encoder(fitted, column)
        case FittedDateParts():
            return date_encoder(fitted, column)
        case FittedBoolean():
            return boolean_encoder(fitted, column)
        case FittedOneHot():
            return one_hot_encoder(fitted, column)
        case FittedOrdinal():
            return ordinal_encoder(fitted, column)
        case FittedHashed():
            return hashed_encoder(fitted, column)
        case FittedText():
            return text_encoder(fitted, column)
        case FittedImage():
            return image_encoder(fitted, column)
