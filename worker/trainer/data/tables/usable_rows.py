"""Which rows of a data set a job can use: those that lack nothing that they must have."""

from collections.abc import Sequence

import numpy as np

from spec.datasets.resolution import Resolved
from worker.trainer.data.parts import slices
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.untyped import Array


def usable_rows(table: ReadTable, resolved: Resolved) -> Array:
    """Their places, in order.

    Args:
        table: The data set.
        resolved: What the job uses of it.

    Raises:
        DataUnavailable: A row has no target, and the job refuses such rows; no row is left; or a weight is negative.
    """
    targets = [column.name for column in resolved.target.columns]
    needed = _needed_columns(resolved)
    kept: list[Array] = []
    for some in slices((table.rows, 1), np.dtype(np.float64)):
        is_missed = _any_missing(table, targets, some)
        if resolved.missing.target == "refuse" and is_missed.any():
            row = some.start + int(is_missed.argmax()) + 1
            raise DataUnavailable(
                f'Row {row:,} has no target. Set `missing.target` to "drop_row", or leave out the rows without one.',
                "/dataset/missing/target",
            )
        is_missed |= _any_missing(table, needed, some)
        kept.append(np.flatnonzero(~is_missed) + some.start)
    places = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    if not len(places):
        raise DataUnavailable(
            "Every row lacks a value that it must have. Fill missing values in `missing`, or leave out their columns.",
            table.pointer,
        )
    _check_weights(table, resolved, places)
    return places


def _needed_columns(resolved: Resolved) -> Sequence[str]:
    """Columns whose missing values leave a row out."""
    needed = {one.column.name for one in resolved.features if one.is_dropped_by(resolved.missing)}
    if resolved.weight is not None:
        needed.add(resolved.weight.name)
    return sorted(needed)


def _any_missing(table: ReadTable, names: Sequence[str], some: slice) -> Array:
    is_missed = np.zeros(some.stop - some.start, bool)
    for name in names:
        column = table.column(name)
        if column.facts.missing:
            is_missed |= column.is_missing(some)
    return is_missed


def _check_weights(table: ReadTable, resolved: Resolved, places: Array) -> None:
    if resolved.weight is None:
        return
    column = table.column(resolved.weight.name)
    for some in slices((len(places), 1), np.dtype(np.float64)):
        is_wrong = ~(column.numbers(places[some]) >= 0)
        if is_wrong.any():
            row = int(places[some][int(is_wrong.argmax())]) + 1
            raise DataUnavailable(
                f"The weight of row {row:,} is negative. Weights must be 0 or more.", "/dataset/sample_weight"
            )
