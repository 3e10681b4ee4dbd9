"""What is doubtful about the rows of a job: nothing that is wrong, but what people are often misled by.

Each is looked at piece by piece, and no longer than until it is clear that there is nothing to tell.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spec.datasets.choice import DatasetSpec
from spec.datasets.resolution import Resolved
from worker.trainer.data.fitted import Fitted
from worker.trainer.data.parts import slices
from worker.trainer.data.tables.row_hashes import column_hashes, row_hashes
from worker.trainer.data.tables.selected_rows import SelectedRows
from worker.trainer.data.tables.targets import class_counts_of, target_encoder
from worker.trainer.sources.stored_column import StoredColumn
from worker.trainer.untyped import Array

_MOST_COMPARED = 2_000_000
"""Validation rows that are compared with the training rows."""

_ROWS_A_VALUE = 10
"""A column whose values are met less often than that tells each row apart, and so determines anything."""

_LEAST_ROWS = 2
_MOST_EXAMPLES = 3
_LONGEST_EXAMPLE = 50
_GROUP_WORDS = frozenset(
    {"id", "ids", "uid", "uuid", "group", "subject", "patient", "person", "user", "customer", "client", "household"}
    | {"family", "session", "device", "site", "speaker", "author", "ticket"}
)
"""Words of a column's name by which its equal values belong together."""


@dataclass(frozen=True)
class _Doubt:
    code: str
    column: str | None
    message: str


@dataclass(frozen=True)
class _Looked:
    """What is looked at."""

    kinds: Mapping[str, SelectedRows]
    fitted: Fitted
    resolved: Resolved
    dataset: DatasetSpec

    @property
    def train(self) -> SelectedRows:
        return self.kinds["training"]

    @property
    def flat_features(self) -> Iterator[StoredColumn]:
        """Those of one value a row that are not texts or pictures."""
        names = dict.fromkeys(feature.column.name for feature in self.resolved.features)
        for name in names:
            column = self.train.column(name)
            if not column.facts.shape and column.facts.type not in {"text", "image"}:
                yield column


def warnings_of(
    kinds: Mapping[str, SelectedRows],
    fitted: Fitted,
    resolved: Resolved,
    dataset: DatasetSpec,
) -> list[dict[str, str | None]]:
    """What is to be told of the rows of a job: ``code``, ``column`` and ``message`` each.

    Args:
        kinds: The rows by what they are for.
        fitted: On the training rows.
        resolved: What the job uses of the data set.
        dataset: What it says.
    """
    looked = _Looked(kinds, fitted, resolved, dataset)
    looks = (_constant_columns, _id_columns, _determined, _equal_rows, _groups, _few_rows, _unseen_classes, _sorted)
    return [{"code": one.code, "column": one.column, "message": one.message} for look in looks for one in look(looked)]


def _constant_columns(looked: _Looked) -> Iterator[_Doubt]:
    for column in looked.flat_features:
        if looked.train.count >= _LEAST_ROWS and _is_constant(looked.train, column):
            message = f"All {looked.train.count:,} training rows have the same value. Leave the column out."
            yield _Doubt("constant_column", column.facts.name, message)


def _is_constant(rows: SelectedRows, column: StoredColumn) -> bool:
    first = column_hashes(column, rows.places[:1])
    return all(bool((column_hashes(column, places) == first).all()) for places in rows.pieces())


def _id_columns(looked: _Looked) -> Iterator[_Doubt]:
    rows = looked.train.table.rows
    for column in looked.flat_features:
        facts = column.facts
        there = rows - facts.missing
        if there < _LEAST_ROWS or facts.type not in {"category", "number"}:
            continue
        if _is_number_of_row(column, rows) if facts.type == "number" else facts.distinct == there:
            message = (
                f"Each of the {there:,} rows has a value of its own, as ids have, from which nothing can be learned "
                "about other rows. Leave the column out."
            )
            yield _Doubt("id_column", facts.name, message)


def _is_number_of_row(column: StoredColumn, rows: int) -> bool:
    """Whether it holds 0, 1, 2, … or another such run."""
    first = float(column.numbers(slice(0, 1))[0])
    for some in slices((rows, 1), np.dtype(np.float64)):
        if not (column.numbers(some) - first == np.arange(some.start, some.stop)).all():
            return False
    return True


def _determined(looked: _Looked) -> Iterator[_Doubt]:
    """Columns from whose value the target follows."""
    target = target_encoder(looked.fitted.target, looked.train.table)
    if looked.train.count < _LEAST_ROWS or looked.fitted.target.kind == "labels":
        return
    for column in looked.flat_features:
        if looked.fitted.target.kind == "number":
            is_determined = column.facts.type == "number" and all(
                bool((column.numbers(places)[:, np.newaxis] == target(places)).all())
                for places in looked.train.pieces()
            )
        else:
            is_determined = _has_one_class_a_value(looked, column)
        if is_determined:
            message = (
                f"In all {looked.train.count:,} training rows, the target follows from this column alone. If it is not "
                "known before the target is, leave the column out."
            )
            yield _Doubt("target_determined", column.facts.name, message)


def _has_one_class_a_value(looked: _Looked, column: StoredColumn) -> bool:
    target = target_encoder(looked.fitted.target, looked.train.table)
    most = looked.train.count // _ROWS_A_VALUE
    if column.facts.distinct is None or column.facts.distinct > most:
        return False  # the reader has counted them, up to as many as a category can have
    class_of: dict[int, int] = {}
    for places in looked.train.pieces():
        pairs = np.stack([column_hashes(column, places).view(np.int64), target(places)], axis=1)
        for value, number in np.unique(pairs, axis=0).tolist():
            if class_of.setdefault(value, number) != number:
                return False
    return len(set(class_of.values())) >= _LEAST_ROWS


def _equal_rows(looked: _Looked) -> Iterator[_Doubt]:
    validation = looked.kinds.get("validation")
    if validation is None:
        return
    names = list(dict.fromkeys(feature.column.name for feature in looked.resolved.features))
    numbers = sum(max(1, int(np.prod(looked.train.column(name).facts.shape))) for name in names)
    compared = SelectedRows(validation.table, validation.places[:_MOST_COMPARED])
    wanted = np.concatenate([_hashes(compared, names, places) for places in compared.pieces(numbers)])
    sought = np.unique(wanted)
    is_found = np.zeros(len(sought), bool)
    for places in looked.train.pieces(numbers):
        found = _hashes(looked.train, names, places)
        at = np.minimum(np.searchsorted(sought, found), len(sought) - 1)
        is_found[at[sought[at] == found]] = True
    count = int(np.isin(wanted, sought[is_found]).sum())
    if count:
        message = (
            f"{count:,} of {len(wanted):,} validation rows have the same features as a training row, so they do not "
            "tell how the network does on new rows. Leave repeated rows out, or split by `group`."
        )
        yield _Doubt("equal_rows", None, message)


def _hashes(rows: SelectedRows, names: Sequence[str], places: Array) -> Array:
    return row_hashes([rows.column(name) for name in names], places)


def _groups(looked: _Looked) -> Iterator[_Doubt]:
    """Columns that look like groups, by name and by repeated values, with groups on both sides."""
    validation, split = looked.kinds.get("validation"), looked.dataset.split
    if validation is None or (split is not None and split.way is not None and split.way != "stratify"):
        return
    targets = {column.name for column in looked.resolved.target.columns}
    for name in validation.table.told:
        if name in targets or name not in looked.train.table.told or not _GROUP_WORDS & _words(name):
            continue
        column = looked.train.column(name)
        is_repeated = column.facts.distinct is not None and (
            looked.train.table.rows >= _LEAST_ROWS * column.facts.distinct > 2 * _LEAST_ROWS
        )
        if column.facts.shape or column.facts.type not in {"category", "number"} or not is_repeated:
            continue
        both = _values(looked.train, name) & _values(validation, name)
        if both:
            message = (
                f"{len(both):,} values of this column are in training rows and in validation rows. If rows with the "
                f'same value belong together, split by them: "split": {{"group": "{name}"}}.'
            )
            yield _Doubt("group_on_both_sides", name, message)


def _words(name: str) -> set[str]:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return {word.lower() for word in re.split(r"[^A-Za-z0-9]+", parted)}


def _values(rows: SelectedRows, name: str) -> set[int]:
    column = rows.column(name)
    found: set[int] = set()
    for places in rows.pieces():
        there = places[~column.is_missing(places)]
        found.update(np.unique(column_hashes(column, there)).tolist())
    return found


def _few_rows(looked: _Looked) -> Iterator[_Doubt]:
    classes = looked.fitted.target.classes
    if classes is None:
        return
    for kind, rows in looked.kinds.items():
        counts = class_counts_of(looked.fitted.target, rows)
        few = [name for name, count in zip(classes, counts.tolist(), strict=True) if count < _LEAST_ROWS]
        if few:
            message = (
                f"{len(few):,} of {len(classes):,} classes have fewer than two {kind} rows: {_examples(few)}. "
                'Add rows of them, leave them out, or give every part its share with "stratify" in `split`.'
            )
            yield _Doubt("class_with_few_rows", looked.fitted.target.columns[0], message)


def _unseen_classes(looked: _Looked) -> Iterator[_Doubt]:
    classes, validation = looked.fitted.target.classes, looked.kinds.get("validation")
    if classes is None or validation is None:
        return
    trained, validated = (class_counts_of(looked.fitted.target, rows) for rows in (looked.train, validation))
    unseen = [name for name, one, other in zip(classes, trained, validated, strict=True) if other and not one]
    if unseen:
        count = int(validated[trained == 0].sum())
        message = (
            f"{count:,} validation rows have a class that no training row has: {_examples(unseen)}. Split the rows "
            'otherwise, for example with a `seed` or with "stratify".'
        )
        yield _Doubt("class_first_met_in_validation", looked.fitted.target.columns[0], message)


def _examples(names: Sequence[str]) -> str:
    told = [name if len(name) <= _LONGEST_EXAMPLE else f"{name[: _LONGEST_EXAMPLE - 1]}…" for name in names]
    return ", ".join(f'"{name}"' for name in told[:_MOST_EXAMPLES]) + (", …" if len(told) > _MOST_EXAMPLES else "")


def _sorted(looked: _Looked) -> Iterator[_Doubt]:
    """The last rows validate, and the rows are in the order of their targets."""
    split = looked.dataset.split
    is_drawn = split is not None and (split.seed is not None or split.way is not None)
    held_back = [kind for kind in ("validation", "test") if kind in looked.kinds]
    if is_drawn or not held_back or looked.dataset.validation_from is not None:
        return
    places = np.concatenate([looked.kinds[kind].places for kind in ("training", *held_back)])
    if looked.fitted.target.kind != "labels" and _is_sorted(looked, SelectedRows(looked.train.table, places)):
        count = sum(looked.kinds[kind].count for kind in held_back)
        message = (
            f"The rows are sorted by the target, and the last {count:,} of them are held back, so they have other "
            "targets than the rows that are trained on. Draw them by a `seed` in `split`."
        )
        yield _Doubt("sorted_target", looked.fitted.target.columns[0], message)


def _is_sorted(looked: _Looked, rows: SelectedRows) -> bool:
    """Whether the first target never falls from row to row, or never rises, and is not always the same."""
    target = target_encoder(looked.fitted.target, rows.table)
    has_risen = has_fallen = False
    last: Array | None = None
    for places in rows.pieces():
        values = target(places).reshape(len(places), -1)[:, 0]
        joined = values if last is None else np.concatenate([last, values])
        steps: Array = joined[1:] - joined[:-1]
        has_risen, has_fallen = has_risen or bool((steps > 0).any()), has_fallen or bool((steps < 0).any())
        if has_risen and has_fallen:
            return False
        last = values[-1:]
    return has_risen or has_fallen
