"""Columns of texts, as Keras's ``TextVectorization`` encodes them."""

from collections.abc import Iterator
from typing import Any, cast

import keras
import numpy as np

from spec.datasets.encodings import CountFeature, MultiHotFeature, TfIdfFeature, TokensFeature
from spec.datasets.resolution import ResolvedFeature
from worker.trainer.data.fitted import FittedText
from worker.trainer.data.tables.numbers import Encode
from worker.trainer.data.tables.selected_rows import SelectedRows
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.stored_column import StoredColumn
from worker.trainer.untyped import Array, KerasObject

_ROWS_AT_ONCE = 4_096


def fit_text(feature: ResolvedFeature, rows: SelectedRows) -> FittedText:
    """The vocabulary of the training rows.

    Raises:
        DataUnavailable: They have no tokens at all.
    """
    said = cast("TokensFeature | MultiHotFeature | CountFeature | TfIdfFeature", feature.encoding)
    column = rows.column(feature.column.name)
    fitted = FittedText(
        column=column.facts.name,
        type=column.facts.type,
        shape=feature.shape,
        encoding=said.encoding,
        max_tokens=said.max_tokens,
        standardize=said.standardize,
        split=said.split,
        ngrams=said.ngrams,
        length=said.length if isinstance(said, TokensFeature) else None,
        vocabulary=(),
    )
    layer = text_layer(fitted)
    layer.adapt(_batches(rows, column))
    vocabulary = tuple(str(token) for token in layer.get_vocabulary(include_special_tokens=False))
    if not vocabulary:
        raise DataUnavailable(
            f'The texts of the training rows in the column "{column.facts.name}" have no words. Leave the column out.',
            "/dataset/features",
        )
    weights = None
    if said.encoding == "tf_idf":
        known = layer._lookup_layer.idf_weights.numpy()[1 : 1 + len(vocabulary)]  # noqa: SLF001 -- Keras shows them nowhere else
        weights = tuple(float(weight) for weight in known)
    return fitted.model_copy(update={"vocabulary": vocabulary, "idf_weights": weights})


def text_encoder(fitted: FittedText, column: StoredColumn) -> Encode:
    """Encodes rows of a column of texts."""
    layer = text_layer(fitted)

    def encode(places: Array) -> Array:
        pieces = [
            np.asarray(layer(_texts(column, places[begin : begin + _ROWS_AT_ONCE])), np.float32)
            for begin in range(0, len(places), _ROWS_AT_ONCE)
        ]
        return np.concatenate(pieces) if pieces else np.zeros((0, *fitted.shape), np.float32)

    return encode


def text_layer(fitted: FittedText) -> KerasObject:
    """The layer with this vocabulary, or one that is yet to be adapted."""
    is_tokens = fitted.encoding == "tokens"
    known: dict[str, Any] = {}
    if fitted.vocabulary:
        known["vocabulary"] = list(fitted.vocabulary)
        known["idf_weights"] = None if fitted.idf_weights is None else list(fitted.idf_weights)
    return keras.layers.TextVectorization(
        fitted.max_tokens,
        standardize=cast("Any", fitted.standardize),
        split=fitted.split,
        ngrams=fitted.ngrams,
        output_mode="int" if is_tokens else fitted.encoding,
        output_sequence_length=fitted.length,
        pad_to_max_tokens=not is_tokens,
        **known,
    )


def _batches(rows: SelectedRows, column: StoredColumn) -> Iterator[Array]:
    for begin in range(0, rows.count, _ROWS_AT_ONCE):
        yield _texts(column, rows.places[begin : begin + _ROWS_AT_ONCE])


def _texts(column: StoredColumn, places: Array) -> Array:
    """(rows, 1); a missing text is an empty one."""
    return np.array([text or "" for text in column.texts(places)], object)[:, np.newaxis]
