"""Columns of categories, booleans and other values of which a place each is made."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

import keras
import numpy as np

from spec.datasets.encodings import HashedFeature, OneHotFeature, OrdinalFeature
from spec.datasets.reading import MissingSpec
from spec.datasets.resolution import ResolvedFeature
from worker.trainer.data.fitted import FittedBoolean, FittedHashed, FittedOneHot, FittedOrdinal
from worker.trainer.data.tables.numbers import Encode
from worker.trainer.data.tables.selected_rows import SelectedRows
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.stored_column import StoredColumn
from worker.trainer.untyped import Array

_MISSING, _UNKNOWN = -1, -2
_LONGEST_TOLD = 50

_Tables: TypeAlias = Callable[[Sequence[str]], Array]


def fit_boolean(feature: ResolvedFeature, rows: SelectedRows, missing: MissingSpec) -> FittedBoolean:
    """Which of the two stands for a missing value."""
    column = rows.column(feature.column.name)
    counts = [0, 0]
    for places in rows.pieces():
        values = column.raw(places)
        counts = [counts[0] + int((values == 0).sum()), counts[1] + int((values == 1).sum())]
    return FittedBoolean(
        column=column.facts.name,
        type=column.facts.type,
        shape=feature.shape,
        truth=dict(column.truth or {}),
        fill=counts[1] > counts[0] if missing.category == "most_common" else None,
        has_missing_place=feature.has_missing_place,
        is_missing_refused=missing.category == "drop_row",
    )


def boolean_encoder(fitted: FittedBoolean, column: StoredColumn) -> Encode:
    """Encodes rows of a column of booleans."""

    def encode(places: Array) -> Array:
        values = column.raw(places)
        is_missing = values < 0
        found = np.where(is_missing, np.float32(fitted.fill or 0), values).astype(np.float32)
        both = [found, is_missing.astype(np.float32)] if fitted.has_missing_place else [found]
        return np.stack(both, axis=1)

    return encode


def fit_one_hot(feature: ResolvedFeature, rows: SelectedRows, missing: MissingSpec) -> FittedOneHot:
    """Which value gets which place: the commonest ones of the training rows, in the order of their column."""
    said = cast("OneHotFeature", feature.encoding)
    column = rows.column(feature.column.name)
    counts = value_counts(rows, column)
    end = feature.shape[0]
    has_unknown, has_missing = said.unknown == "own", feature.has_missing_place
    places = end - has_unknown - has_missing
    in_order = {value: place for place, value in enumerate(counts)}
    common = sorted((value for value in counts if counts[value] >= said.min_count), key=lambda one: -counts[one])
    return FittedOneHot(
        column=column.facts.name,
        type=column.facts.type,
        shape=feature.shape,
        values=tuple(sorted(common[:places], key=lambda one: in_order[one])),
        missing_place=places if has_missing else None,
        unknown_place=end - 1 if has_unknown else None,
        unknown=said.unknown,
        fill=_commonest(counts) if missing.category == "most_common" else None,
        is_missing_refused=missing.category == "drop_row",
        truth=dict(column.truth or {}),
    )


def one_hot_encoder(fitted: FittedOneHot, column: StoredColumn) -> Encode:
    """Encodes rows of a column as a place for each value."""
    width = fitted.shape[0]
    unknown = width if fitted.unknown_place is None else fitted.unknown_place
    places_of = _placed(fitted, column, missing=unknown if fitted.missing_place is None else fitted.missing_place)

    def encode(places: Array) -> Array:
        found = places_of(places)
        found = np.where(found == _UNKNOWN, unknown, found)
        return hot(found, width)

    return encode


def fit_ordinal(feature: ResolvedFeature, rows: SelectedRows, missing: MissingSpec) -> FittedOrdinal:
    """Which number each value has, as was said or in the order of the column."""
    said = cast("OrdinalFeature", feature.encoding)
    column = rows.column(feature.column.name)
    counts = value_counts(rows, column)
    values = said.order or tuple(counts)
    after = len(values)
    return FittedOrdinal(
        column=column.facts.name,
        type=column.facts.type,
        shape=feature.shape,
        values=values,
        missing_number=after + (said.unknown == "own") if missing.category == "own" else None,
        unknown_number={"own": after, "zeros": 0, "refuse": None}[said.unknown],
        unknown=said.unknown,
        fill=_commonest(counts) if missing.category == "most_common" else None,
        is_missing_refused=missing.category == "drop_row",
        truth=dict(column.truth or {}),
    )


def ordinal_encoder(fitted: FittedOrdinal, column: StoredColumn) -> Encode:
    """Encodes rows of a column as one number."""
    unknown = fitted.unknown_number or 0
    numbers_of = _placed(fitted, column, missing=unknown if fitted.missing_number is None else fitted.missing_number)

    def encode(places: Array) -> Array:
        found = numbers_of(places)
        return np.where(found == _UNKNOWN, unknown, found).astype(np.float32)[:, np.newaxis]

    return encode


def fit_hashed(feature: ResolvedFeature, rows: SelectedRows, missing: MissingSpec) -> FittedHashed:
    """What stands for a missing value."""
    said = cast("HashedFeature", feature.encoding)
    column = rows.column(feature.column.name)
    is_filled = missing.category == "most_common" and column.facts.type != "text"
    return FittedHashed(
        column=column.facts.name,
        type=column.facts.type,
        shape=feature.shape,
        bins=said.bins,
        fill=_commonest(value_counts(rows, column)) if is_filled else None,
        is_missing_refused=missing.category == "drop_row" and column.facts.type != "text",
    )


def hashed_encoder(fitted: FittedHashed, column: StoredColumn) -> Encode:
    """Encodes rows of a column by Keras's hashes."""
    hashing = keras.layers.Hashing(fitted.bins)

    def bins_of(names: Sequence[str]) -> Array:
        return np.asarray(hashing(np.array(names, object))) if names else np.zeros(0, np.int64)

    fill = fitted.bins if fitted.fill is None else int(bins_of([fitted.fill])[0])
    look_up = _looked_up(column, bins_of)

    def encode(places: Array) -> Array:
        found, _ = look_up(places)
        return hot(np.where(found == _MISSING, fill, found), fitted.bins)

    return encode


def value_counts(rows: SelectedRows, column: StoredColumn) -> dict[str, int]:
    """How many rows have each value that any has, in the order of the column: numbers as numbers, else as text."""
    if column.names:
        totals = np.zeros(len(column.names), np.int64)
        for places in rows.pieces():
            codes, _ = column.coded(places)
            totals += np.bincount(codes[codes >= 0], minlength=len(totals))
        return {name: count for name, count in zip(column.names, totals.tolist(), strict=True) if count}
    found: Counter[str] = Counter()
    for places in rows.pieces():
        codes, names = column.coded(places)
        counts = np.bincount(codes[codes >= 0], minlength=len(names))
        found.update(dict(zip(names, counts.tolist(), strict=True)))
    is_number = column.facts.type == "number"
    return dict(sorted(found.items(), key=lambda one: (float(one[0]) if is_number else 0.0, one[0])))


def _commonest(counts: dict[str, int]) -> str | None:
    """The first of the commonest."""
    return max(counts, key=lambda value: counts[value]) if counts else None


def _looked_up(column: StoredColumn, table_of: _Tables) -> Callable[[Array], tuple[Array, Sequence[str]]]:
    """Places of rows -> what the table has for their values, `_MISSING` where missing, and all codes' names."""
    kept = table_of(column.names) if column.names else None

    def look_up(places: Array) -> tuple[Array, Sequence[str]]:
        codes, names = column.coded(places)
        table = table_of(names) if kept is None else kept
        return np.append(table, _MISSING)[codes], names

    return look_up


def _placed(fitted: FittedOneHot | FittedOrdinal, column: StoredColumn, missing: int) -> Callable[[Array], Array]:
    """Places of rows -> the places of their values, `_UNKNOWN` for those that have none.

    Raises:
        DataUnavailable: One has none, and such values are refused.
    """
    place_of = {value: place for place, value in enumerate(fitted.values)}

    def table_of(names: Sequence[str]) -> Array:
        return np.array([place_of.get(name, _UNKNOWN) for name in names], np.int64)

    look_up = _looked_up(column, table_of)
    filled = missing if fitted.fill is None else place_of.get(fitted.fill, _UNKNOWN)

    def find(places: Array) -> Array:
        found, _ = look_up(places)
        if fitted.unknown == "refuse" and (found == _UNKNOWN).any():
            raise _refusal(fitted.column, column, int(places[int((found == _UNKNOWN).argmax())]))
        return np.where(found == _MISSING, filled, found)

    return find


def _refusal(name: str, column: StoredColumn, place: int) -> DataUnavailable:
    value = str(column.texts(np.array([place]))[0])
    told = value if len(value) <= _LONGEST_TOLD else f"{value[: _LONGEST_TOLD - 1]}…"
    return DataUnavailable(
        f'In row {place + 1:,}, the column "{name}" has the value "{told}", which has no place, since too few training '
        'rows have it. Change `unknown` of the column to "own" or "zeros", or leave the row out.',
        "/dataset/features",
    )


def hot(places: Array, width: int) -> Array:
    """1 at each row's place; nothing for a place beyond the last."""
    hot = np.zeros((len(places), width), np.float32)
    there = places < width
    hot[np.flatnonzero(there), places[there]] = 1
    return hot
