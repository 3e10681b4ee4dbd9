"""What is predicted: class numbers in the order of their names, numbers, or labels."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from spec.datasets.resolution import ResolvedTarget
from worker.trainer.data.class_weights import class_counts
from worker.trainer.data.fitted import FittedTarget
from worker.trainer.data.tables.selected_rows import SelectedRows
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.sources.stored_column import StoredColumn, text_of
from worker.trainer.untyped import Array

TargetOf: TypeAlias = Callable[[Array], Array]
"""Places of rows -> class numbers, int64 (rows,), or numbers and labels, float64 (rows, units)."""

_MAIN, _TARGET = "/dataset", "/dataset/target"


def fit_target(target: ResolvedTarget, table: ReadTable) -> FittedTarget:
    """The order of the classes, or the names of the labels.

    The classes are those of all rows of the data set, since an output has a unit for each of them.
    """
    columns = [table.column(column.name) for column in target.columns]
    first = columns[0]
    names = tuple(column.facts.name for column in columns)
    if target.kind == "classes":
        return FittedTarget(kind=target.kind, columns=names, type=first.facts.type, classes=_classes(first, table))
    labels = names
    if first.facts.shape:
        labels = tuple(f"{names[0]}_{place}" for place in range(target.units))
    return FittedTarget(kind=target.kind, columns=names, type=first.facts.type, labels=labels)


def target_encoder(fitted: FittedTarget, table: ReadTable) -> TargetOf:
    """Gives the targets of rows of a data set, none of which is missing.

    Args:
        fitted: What was fitted.
        table: The data set, which may be another one than that which was fitted on.

    Raises:
        DataUnavailable: From the function: a class is not among those of the data set.
    """
    columns = [table.column(name) for name in fitted.columns]
    if fitted.classes is not None:
        return _class_numbers(
            fitted.classes, columns[0], f"{table.pointer}/target" if table.pointer == _MAIN else table.pointer
        )

    def numbers(places: Array) -> Array:
        return np.concatenate([_plain(column, places) for column in columns], axis=1)

    return numbers


def class_counts_of(fitted: FittedTarget, rows: SelectedRows) -> Array:
    """How many of these rows each class has."""
    numbers = target_encoder(fitted, rows.table)
    return np.array(class_counts(map(numbers, rows.pieces()), len(fitted.classes or ())), np.int64)


def _classes(column: StoredColumn, table: ReadTable) -> tuple[str, ...]:
    if column.names:
        return column.names
    every = SelectedRows(table, np.arange(table.rows))
    found: set[float] = set()
    for places in every.pieces():
        numbers = column.numbers(places)
        found.update(np.unique(numbers[~np.isnan(numbers)]).tolist())
    return tuple(text_of(number) for number in sorted(found))


def _class_numbers(classes: Sequence[str], column: StoredColumn, pointer: str) -> TargetOf:
    number_of = {name: number for number, name in enumerate(classes)}
    kept = _table(column.names, number_of) if column.names else None

    def numbers(places: Array) -> Array:
        codes, names = column.coded(places)
        found = (_table(names, number_of) if kept is None else kept)[codes]
        if (found < 0).any():
            row = int(places[int((found < 0).argmax())]) + 1
            raise DataUnavailable(
                f'In row {row:,}, the target "{column.facts.name}" has a value that the data set to train on does not '
                "have. Leave out the rows of other classes.",
                pointer,
            )
        return found

    return numbers


def _table(names: Sequence[str], number_of: dict[str, int]) -> Array:
    return np.array([number_of.get(name, -1) for name in names], np.int64)


def _plain(column: StoredColumn, places: Array) -> Array:
    """A number, or several, of each row; of a category, the place of its value: the second of two holds."""
    return column.numbers(places).reshape(len(places), -1)
