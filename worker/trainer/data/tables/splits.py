"""Which rows are trained on, which validate and which test, as `spec.datasets.splits.SplitSpec` says.

All of it is decided on places of rows and on one column; every way keeps rows in the order in which it finds them,
which is that of the file, or the drawn order of the split's seed.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np

from spec.datasets.choice import DatasetSpec
from spec.datasets.counts import RowCounts, row_counts
from spec.datasets.facts import DatasetFacts
from spec.datasets.splits import ColumnSplit, FoldSpec, SplitSpec, Value
from worker.trainer.data.tables.row_hashes import column_hashes
from worker.trainer.data.tables.selected_rows import SelectedRows
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.sources.stored_column import StoredColumn, text_of
from worker.trainer.untyped import Array

_TRAINING, _VALIDATION, _TEST = range(3)
_HASH_BYTES = 8
_PLACES_AT_ONCE = 2**19
_TEXT_NUMBERS = 128
"""What a text takes, counted in float64, where pieces are cut."""


@dataclass(frozen=True)
class SplitRows:
    """Places of rows, by what they are for.

    Attributes:
        training: To train on.
        validation: To validate with.
        test: To test with.
    """

    training: Array
    validation: Array
    test: Array


def split_rows(
    table: ReadTable, places: Array, dataset: DatasetSpec, facts: DatasetFacts, validation_split: float
) -> SplitRows:
    """Split some rows.

    Args:
        table: The data set.
        places: Of those of its rows that are used, in order.
        dataset: What the job says.
        facts: Of the part of the data set that the job uses.
        validation_split: The fraction of the last rows that validate, as Keras's ``fit`` has it.

    Raises:
        DataUnavailable: The column cannot split them so, or none is left for a part that the job asks for.
    """
    split = dataset.split or SplitSpec()
    if split.seed is not None:
        places = places[np.random.default_rng(split.seed).permutation(len(places))]
    counts = row_counts(dataset, facts.model_copy(update={"rows": len(places), "test_rows": 0}), validation_split)
    if split.way is None:
        found = _in_order(places, counts)
    else:
        rows = SelectedRows(table, places)
        found = _WAYS[split.way](rows, table.column(cast("str", split.column_name)), split, counts)
    if validation_split and not len(found.validation):
        end = math.floor(len(found.training) * (1.0 - validation_split))
        found = SplitRows(found.training[:end], found.training[end:], found.test)
    asked = {"train on": True, "validate with": split.has_validation, "test with": split.has_test}
    for (purpose, is_asked), rows in zip(asked.items(), (found.training, found.validation, found.test), strict=True):
        if is_asked and not len(rows):
            raise DataUnavailable(f"No rows are left to {purpose}. Split them otherwise.", _pointer(split))
    return found


def _pointer(split: SplitSpec) -> str:
    return "/dataset/split" if split.way is None else f"/dataset/split/{split.way}"


def _in_order(places: Array, counts: RowCounts) -> SplitRows:
    last = counts.train + counts.validation
    return SplitRows(places[: counts.train], places[counts.train : last], places[last:])


def _by_part(places: Array, parts: Array) -> SplitRows:
    return SplitRows(*(places[parts == part] for part in (_TRAINING, _VALIDATION, _TEST)))


def _stratified(rows: SelectedRows, column: StoredColumn, split: SplitSpec, counts: RowCounts) -> SplitRows:
    """Every part has its share of the rows of each value, the largest remainders rounded up."""
    del split
    values, sizes = _values_of(rows, column)
    validation = _shares(sizes, sizes, counts.validation)
    test = _shares(sizes, sizes - validation, counts.test)
    order = np.argsort(values, kind="stable")
    begins = np.cumsum(sizes) - sizes
    rank = np.empty(rows.count, np.int64)
    rank[order] = np.arange(rows.count) - np.repeat(begins, sizes)
    train = (sizes - validation - test)[values]
    parts = np.where(rank < train, _TRAINING, np.where(rank < train + validation[values], _VALIDATION, _TEST))
    return _by_part(rows.places, parts)


def _shares(sizes: Array, most: Array, wanted: int) -> Array:
    """So many of all, in proportion to the sizes, at most so many of each; ties go to the first."""
    exact = sizes * (wanted / max(int(sizes.sum()), 1))
    shares = np.minimum(np.floor(exact).astype(np.int64), most)
    for place in np.argsort(shares - exact, kind="stable"):
        if shares.sum() >= wanted:
            break
        shares[place] += shares[place] < most[place]
    for place in np.argsort(shares - most, kind="stable"):
        # What the caps took away is made up for where most is left.
        more = min(wanted - int(shares.sum()), int(most[place] - shares[place]))
        shares[place] += max(more, 0)
    return shares


def _grouped(rows: SelectedRows, column: StoredColumn, split: SplitSpec, counts: RowCounts) -> SplitRows:
    """Whole groups, the largest first, each where most rows are still wanted; equally large ones in a drawn order."""
    values, sizes = _values_of(rows, column)
    drawn = np.random.default_rng(split.seed or 0).permutation(len(sizes))
    order = drawn[np.argsort(-sizes[drawn], kind="stable")]
    wanted = np.array([counts.train, counts.validation, counts.test], np.int64)
    asked = wanted > 0
    if len(sizes) < asked.sum():
        raise DataUnavailable(
            f'The column "{column.facts.name}" has only {len(sizes):,} groups, which are too few for as many parts as '
            "the split has. Choose another column, or fewer parts.",
            _pointer(split),
        )
    parts = np.empty(len(sizes), np.int64)
    for group in order:
        parts[group] = int(np.where(asked, wanted, np.iinfo(np.int64).min).argmax())
        wanted[parts[group]] -= sizes[group]
    for part in np.flatnonzero(asked):
        if not (parts == part).any():
            most = int(np.bincount(parts, minlength=3).argmax())
            parts[next(group for group in order[::-1] if parts[group] == most)] = part
    return _by_part(rows.places, parts[values])


def _timed(rows: SelectedRows, column: StoredColumn, split: SplitSpec, counts: RowCounts) -> SplitRows:
    """The oldest rows train, the newest test."""
    moments = column.raw(rows.places)
    _check_none_missing(rows, column, split)
    return _in_order(rows.places[np.argsort(moments, kind="stable")], counts)


def _hashed(rows: SelectedRows, column: StoredColumn, split: SplitSpec, counts: RowCounts) -> SplitRows:
    """By where the SHA-256 of an id lies between 0 and 1: first training, then validation, then test."""
    del counts
    _check_none_missing(rows, column, split)
    validation, test = 1.0 - split.validation - split.test, 1.0 - split.test

    def part_of(text: str) -> int:
        head = hashlib.sha256(text.encode()).digest()[:_HASH_BYTES]
        place = int.from_bytes(head, "big") / 2 ** (8 * _HASH_BYTES)
        if split.test and place >= test:
            return _TEST
        return _VALIDATION if split.validation and place >= validation else _TRAINING

    return _by_part(rows.places, _parts_by_text(rows, column, part_of))


def _by_column(rows: SelectedRows, column: StoredColumn, split: SplitSpec, counts: RowCounts) -> SplitRows:
    """As the column says of each row."""
    del counts
    said = cast("ColumnSplit", split.column)
    part_of = {_text_of_value(said.validation, column): _VALIDATION, _text_of_value(said.test, column): _TEST}
    training = _text_of_value(said.training, column)
    if training is not None:
        part_of[training] = _TRAINING
    none = -1

    def find(text: str) -> int:
        return part_of.get(text, _TRAINING if training is None else none)

    found = _by_part(rows.places, _parts_by_text(rows, column, find, _TRAINING if training is None else none))
    for field, value, places in (("validation", said.validation, found.validation), ("test", said.test, found.test)):
        if value is not None and not len(places):
            raise DataUnavailable(
                f'The column "{column.facts.name}" has no rows with the value of `{field}`. Choose another value.',
                f"{_pointer(split)}/{field}",
            )
    return found


def _folded(rows: SelectedRows, column: StoredColumn, split: SplitSpec, counts: RowCounts) -> SplitRows:
    """One fold validates."""
    del counts
    value = _text_of_value(cast("FoldSpec", split.fold).validation, column)
    found = _by_part(
        rows.places,
        _parts_by_text(rows, column, lambda text: _VALIDATION if text == value else _TRAINING, _TRAINING),
    )
    if not len(found.validation):
        raise DataUnavailable(
            f'The column "{column.facts.name}" has no rows of the fold that validates. Choose another fold.',
            _pointer(split),
        )
    return found


_Way: TypeAlias = Callable[[SelectedRows, StoredColumn, SplitSpec, RowCounts], SplitRows]
_WAYS: Mapping[str, _Way] = {
    "stratify": _stratified,
    "group": _grouped,
    "time": _timed,
    "hash": _hashed,
    "column": _by_column,
    "fold": _folded,
}


def _check_none_missing(rows: SelectedRows, column: StoredColumn, split: SplitSpec) -> None:
    is_missing = column.is_missing(rows.places)
    if is_missing.any():
        row = int(rows.places[int(is_missing.argmax())]) + 1
        raise DataUnavailable(
            f'Row {row:,} has no value in the column "{column.facts.name}", by which rows are split. Fill it, or '
            "choose another column.",
            _pointer(split),
        )


def _text_of_value(value: Value | None, column: StoredColumn) -> str | None:
    """A value that a job says, as the column's values are written."""
    if value is None:
        return None
    if isinstance(value, bool):
        return column.names[int(value)] if column.facts.type == "boolean" else str(value).lower()
    if isinstance(value, int | float):
        return text_of(value)
    meanings = {"true": True, "false": False, **(column.truth or {})} if column.facts.type == "boolean" else {}
    return column.names[int(meanings[value])] if value in meanings else value


def _parts_by_text(
    rows: SelectedRows, column: StoredColumn, part_of: Callable[[str], int], missing: int = _TRAINING
) -> Array:
    """Part of each row, by the text of its value; each text of a piece is looked at once."""
    parts = np.empty(rows.count, np.int64)
    for begin in range(0, rows.count, _PLACES_AT_ONCE):
        codes, names = column.coded(rows.places[begin : begin + _PLACES_AT_ONCE])
        table = np.array([*(part_of(name) for name in names), missing], np.int64)
        parts[begin : begin + len(codes)] = table[codes]
    return parts


def _values_of(rows: SelectedRows, column: StoredColumn) -> tuple[Array, Array]:
    """The number of each row's value, from 0 on, and how many rows have each. Missing values are one more value."""
    if column.names:
        codes, names = column.coded(rows.places)
        values = np.where(codes < 0, len(names), codes)
    elif column.facts.type == "text":
        # All texts may not fit into memory, and their order does not matter to anything.
        values = np.concatenate([column_hashes(column, places) for places in rows.pieces(_TEXT_NUMBERS)])
    else:
        values = column.raw(rows.places)
    _, numbers, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return numbers.reshape(-1), sizes
