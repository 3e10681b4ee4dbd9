"""Columns of numbers, arrays and dates: filled, then scaled."""

import math
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, cast

import numpy as np

from spec.datasets.encodings import DatePart, DatePartsFeature
from spec.datasets.reading import MissingSpec
from spec.datasets.resolution import ResolvedFeature
from worker.trainer.data.fitted import FittedDateParts, FittedNumber, FittedScaling
from worker.trainer.data.tables.moments import fitted_scaling, floats, means_of_present
from worker.trainer.data.tables.selected_rows import SelectedRows
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.stored_column import NO_DATE, StoredColumn
from worker.trainer.untyped import Array

Encode: TypeAlias = Callable[[Array], Array]
"""Places of rows -> what they are encoded as, float32 (rows, …)."""

_RawOf: TypeAlias = Callable[[Array], Array]
_Scale: TypeAlias = Callable[[Array], Array]
_BYTE_MOST = 255
_COLUMNS_AT_ONCE = 64
_SECOND, _DAY = 1_000_000, 86_400_000_000
_THURSDAY = 3
"""On which 1970 began; Mondays are 0."""


def fit_number(feature: ResolvedFeature, rows: SelectedRows, missing: MissingSpec) -> FittedNumber:
    """Fill and scaling of a column of numbers or of arrays.

    Raises:
        DataUnavailable: They are so large that float64 does not hold their sums or squares.
    """
    column = rows.column(feature.column.name)
    is_picture = len(column.facts.shape) > 1 and column.facts.dtype == "uint8"
    width = math.prod(column.facts.shape)
    raw = _raw_numbers(column)
    fill = _fill(rows, raw, width, missing.number, has_gaps=bool(column.facts.missing))
    scaling = _scaling(feature, rows, raw, width, fill, _BYTE_MOST if is_picture else None)
    known = (*(fill or ()), *(scaling.offset or ()), *(scaling.divisor or ()))
    if not np.isfinite(known).all():
        raise _too_large(column)
    return FittedNumber(
        column=column.facts.name,
        type="number",
        shape=feature.shape,
        fill=fill,
        scaling=scaling,
        has_missing_place=feature.has_missing_place,
    )


def fit_dates(feature: ResolvedFeature, rows: SelectedRows, missing: MissingSpec) -> FittedDateParts:
    """Fill and scaling of each part of a column of dates."""
    column = rows.column(feature.column.name)
    parts = cast("DatePartsFeature", feature.encoding).parts
    raw = date_parts(column, parts)
    fill = _fill(rows, raw, len(parts), missing.number, has_gaps=bool(column.facts.missing))
    return FittedDateParts(
        column=column.facts.name,
        type="date",
        shape=feature.shape,
        parts=parts,
        fill=fill,
        scaling=_scaling(feature, rows, raw, len(parts), fill, None),
        has_missing_place=feature.has_missing_place,
    )


def number_encoder(fitted: FittedNumber, column: StoredColumn) -> Encode:
    """Encodes rows of a column of numbers or arrays.

    Raises:
        DataUnavailable: From the function: a scaled number is too large for float32.
    """
    if column.facts.shape:
        scale = _finite_scaler(fitted.scaling, column)
        is_filled = fitted.fill is not None and bool(column.facts.missing)
        deep, shape = _raw_numbers(column), fitted.shape

        def encode(places: Array) -> Array:
            if not is_filled:
                stored = column.raw(places)
                return scale(stored.reshape(len(places), -1)).reshape(-1, *shape)
            return scale(_filled(deep(places), fitted.fill)).reshape(-1, *shape)

        return encode
    return _flat_encoder(fitted, _raw_numbers(column), _finite_scaler(fitted.scaling, column))


def date_encoder(fitted: FittedDateParts, column: StoredColumn) -> Encode:
    """Encodes rows of a column of dates."""
    return _flat_encoder(fitted, date_parts(column, fitted.parts), scaler(fitted.scaling))


def scaler(scaling: FittedScaling) -> Callable[[Array], Array]:
    """Numbers (rows, numbers a row) -> float32, scaled."""
    offset = None if scaling.offset is None else np.array(scaling.offset)
    divisor = None if scaling.divisor is None else np.array(scaling.divisor)

    def scale(numbers: Array) -> Array:
        if divisor is None:
            return numbers.astype(np.float32)
        if offset is None:
            return (numbers / divisor).astype(np.float32)
        return ((numbers - offset) / divisor).astype(np.float32)

    return scale


def _finite_scaler(scaling: FittedScaling, column: StoredColumn) -> _Scale:
    """As `scaler`, for numbers of users, which may be of any size."""
    scale = scaler(scaling)

    def scale_finite(numbers: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = scale(numbers)
        if not np.isfinite(scaled).all():
            raise _too_large(column)
        return scaled

    return scale_finite


def _too_large(column: StoredColumn) -> DataUnavailable:
    return DataUnavailable(
        f'The numbers of the column "{column.facts.name}" are too large to be trained on as float32. Divide them in '
        "the file, or leave the column out.",
        "/dataset/features",
    )


def _flat_encoder(fitted: FittedNumber | FittedDateParts, raw: _RawOf, scale: _Scale) -> Encode:
    def encode(places: Array) -> Array:
        numbers = raw(places)
        scaled = scale(_filled(numbers, fitted.fill))
        if not fitted.has_missing_place:
            return scaled
        return np.concatenate([scaled, np.isnan(numbers[:, :1]).astype(np.float32)], axis=1)

    return encode


def _raw_numbers(column: StoredColumn) -> _RawOf:
    return lambda places: column.numbers(places).reshape(len(places), -1)


def date_parts(column: StoredColumn, parts: tuple[DatePart, ...]) -> _RawOf:
    """Places of rows -> float64 (rows, parts), NaN where the date is missing."""

    def raw(places: Array) -> Array:
        moments = column.raw(places)
        is_missing = moments == NO_DATE
        there = np.where(is_missing, 0, moments)
        numbers = np.stack([_PARTS[part](there) for part in parts], axis=1).astype(np.float64)
        numbers[is_missing] = np.nan
        return numbers

    return raw


def _scaling(  # noqa: PLR0913, PLR0917 -- what it depends on
    feature: ResolvedFeature,
    rows: SelectedRows,
    raw: _RawOf,
    width: int,
    fill: tuple[float, ...] | None,
    maximum: float | None,
) -> FittedScaling:
    def pieces() -> Iterator[Array]:
        return (_filled(raw(places), fill) for places in rows.pieces(width))

    return fitted_scaling(feature.scaling or "none", pieces, maximum)


def _filled(numbers: Array, fill: tuple[float, ...] | None) -> Array:
    if fill is None:
        return numbers
    return np.where(np.isnan(numbers), np.array(fill), numbers)


_Fill: TypeAlias = Literal["mean", "median", "most_common", "zero", "drop_row"]


def _fill(rows: SelectedRows, raw: _RawOf, width: int, said: _Fill, *, has_gaps: bool) -> tuple[float, ...] | None:
    """What stands for missing numbers; also where there are none yet, since later rows may lack some."""
    if said == "drop_row":
        return None
    if said == "zero" or (width > _COLUMNS_AT_ONCE and not has_gaps):
        # An array whose rows lack nothing: to sort each of its columns would cost more than all else.
        return (0.0,) * width if said == "zero" else floats(_means(rows, raw, width))
    if said == "mean":
        return floats(_means(rows, raw, width))
    fill: list[float] = []
    for begin in range(0, width, _COLUMNS_AT_ONCE):
        # Copies, since a view would keep all other numbers of its rows in memory.
        pieces = [raw(places)[:, begin : begin + _COLUMNS_AT_ONCE].copy() for places in rows.pieces(width)]
        fill += [_middle(column, said) for column in np.concatenate(pieces).T]
    return tuple(fill)


def _means(rows: SelectedRows, raw: _RawOf, width: int) -> Array:
    return means_of_present(lambda: (raw(places) for places in rows.pieces(width)))


def _middle(numbers: Array, said: _Fill) -> float:
    """Median or commonest number, the least of several; 0 where there is none."""
    there = numbers[~np.isnan(numbers)]
    if not len(there):
        return 0.0
    if said == "median":
        return float(np.median(there))
    different, counts = np.unique(there, return_counts=True)
    return float(different[counts.argmax()])


def _days(moments: Array) -> Array:
    return (moments // _DAY).astype("M8[D]")


def _since(moments: Array, unit: Literal["Y", "M"]) -> Array:
    """Days since the year or the month began."""
    days = _days(moments)
    return (days - days.astype(f"M8[{unit}]").astype("M8[D]")).astype(np.int64)


def _months(moments: Array) -> Array:
    """From 0."""
    return _days(moments).astype("M8[M]").astype(np.int64) % 12


_PARTS: dict[DatePart, Callable[[Array], Array]] = {
    "year": lambda moments: _days(moments).astype("M8[Y]").astype(np.int64) + 1970,
    "quarter": lambda moments: _months(moments) // 3 + 1,
    "month": lambda moments: _months(moments) + 1,
    "day": lambda moments: _since(moments, "M") + 1,
    "weekday": lambda moments: (moments // _DAY + _THURSDAY) % 7,
    "day_of_year": lambda moments: _since(moments, "Y") + 1,
    "hour": lambda moments: moments // (3600 * _SECOND) % 24,
    "minute": lambda moments: moments // (60 * _SECOND) % 60,
    "second": lambda moments: moments // _SECOND % 60,
    "timestamp": lambda moments: moments / _SECOND,
}
"""Microseconds since 1970 in UTC -> the number."""
