"""From a user's data set to what is trained on: rows split, columns fitted on training rows, all of them encoded."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spec.datasets.choice import DatasetSpec
from spec.datasets.facts import DatasetFacts
from spec.datasets.resolution import Resolved, facts_for, resolve
from spec.training.targets import Encoding
from spec.training.training import TrainingSpec
from worker.trainer.data.class_weights import class_counts, class_weights
from worker.trainer.data.fitted import Fitted
from worker.trainer.data.parts import Part
from worker.trainer.data.tables.doubts import warnings_of
from worker.trainer.data.tables.encoders import fit_input, input_encoder
from worker.trainer.data.tables.other_tables import check_columns
from worker.trainer.data.tables.selected_rows import SelectedRows
from worker.trainer.data.tables.splits import split_rows
from worker.trainer.data.tables.targets import TargetOf, fit_target, target_encoder
from worker.trainer.data.tables.usable_rows import usable_rows
from worker.trainer.data.tables.versions import versions_of
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.uploaded import UploadedData
from worker.trainer.untyped import Array

TABLES_FORMAT = 1
"""Raised when the same job would get other rows of the same files."""

TOLD = "told"
"""The part that is JSON: what results tell of the data."""

SAMPLE_ROWS = 100
"""By so many rows is a model for raw rows checked."""


def table_parts(
    data: UploadedData, dataset: DatasetSpec, facts: DatasetFacts, training: TrainingSpec, encoding: Encoding
) -> list[Part]:
    """What is to be made of a user's data set for a job; kinds without rows are left out.

    Args:
        data: Its files.
        dataset: What the job says.
        facts: Of the whole data set.
        training: Says how many rows are for validation, and what a class weighs.
        encoding: How targets are laid.

    Raises:
        DataUnavailable: The files are damaged, or rows cannot be used as the job says.
    """
    resolved = resolve(dataset, facts)
    table = data.main.opened()
    places = usable_rows(table, resolved)
    split = split_rows(table, places, dataset, facts_for(dataset, facts), training.validation_split)
    kinds = {
        "training": SelectedRows(table, split.training),
        "validation": SelectedRows(table, split.validation),
        "test": SelectedRows(table, split.test),
    }
    if data.validation is not None:
        other = data.validation.opened().spelled_as(table)
        check_columns(resolved, table, other)
        kinds["validation"] = SelectedRows(other, usable_rows(other, resolved))
    kinds = {kind: rows for kind, rows in kinds.items() if rows.count}
    fitted = _fitted(resolved, kinds["training"])
    parts = [part for kind, rows in kinds.items() for part in _parts(kind, rows, fitted, encoding)]
    parts += _weights(kinds, fitted, resolved, training)
    told = {
        "classes": None if fitted.target.classes is None else list(fitted.target.classes),
        "preprocessing": fitted.told(),
        "warnings": warnings_of(kinds, fitted, resolved, dataset),
        "sample": _sample(kinds["training"]),
    }
    return [*parts, _told_part(told)]


def told_in(array: Array) -> dict[str, Any]:
    """What the part `TOLD` says."""
    return json.loads(array.tobytes())


def _sample(rows: SelectedRows) -> list[int]:
    """The places of some rows, far from each other."""
    chosen = np.linspace(0, rows.count - 1, min(rows.count, SAMPLE_ROWS)).astype(np.int64)
    return rows.places[chosen].tolist()


def _fitted(resolved: Resolved, rows: SelectedRows) -> Fitted:
    return Fitted(
        reader=rows.table.reader,
        versions=versions_of(feature.encoding.encoding for feature in resolved.features),
        inputs=tuple(fit_input(one, rows, resolved.missing) for one in resolved.inputs),
        target=fit_target(resolved.target, rows.table),
    )


def _parts(kind: str, rows: SelectedRows, fitted: Fitted, encoding: Encoding) -> Iterator[Part]:
    are_several = len(fitted.inputs) > 1
    for number, one in enumerate(fitted.inputs):
        name = f"{kind}_features_{number}" if are_several else f"{kind}_features"
        encode = input_encoder(one, rows.table)
        yield Part(name, (rows.count, *one.shape), np.dtype(np.float32), _piece(rows, encode))
    yield _target(kind, rows, target_encoder(fitted.target, rows.table), fitted, encoding)


def _piece(rows: SelectedRows, encode: Callable[[Array], Array]) -> Callable[[slice], Array]:
    return lambda some: encode(rows.places[some])


def _target(kind: str, rows: SelectedRows, target: TargetOf, fitted: Fitted, encoding: Encoding) -> Part:
    name = f"{kind}_target"
    classes, labels = fitted.target.classes, fitted.target.labels
    if encoding == "classes":
        return Part(name, (rows.count,), np.dtype(np.int64), _piece(rows, target))
    if encoding == "one_hot":
        one_hot = np.eye(len(classes or ()) or 1, dtype=np.float32)
        return Part(name, (rows.count, len(one_hot)), one_hot.dtype, _piece(rows, lambda some: one_hot[target(some)]))
    width = len(labels or ()) or 1
    return Part(
        name,
        (rows.count, width),
        np.dtype(np.float32),
        _piece(rows, lambda some: _float32(target(some).reshape(-1, width), "target", "/dataset/target")),
    )


def _float32(numbers: Array, what: str, pointer: str) -> Array:
    """These numbers, none of which may be too large for it."""
    with np.errstate(over="ignore"):
        found = numbers.astype(np.float32)
    if not np.isfinite(found).all():
        raise DataUnavailable(
            f"The numbers of the {what} are too large to be trained on as float32. Divide them in the file, or choose "
            "another column.",
            pointer,
        )
    return found


def _weights(
    kinds: Mapping[str, SelectedRows], fitted: Fitted, resolved: Resolved, training: TrainingSpec
) -> Sequence[Part]:
    """A weight a row: of its column, of its class, or the product of both."""
    of_class: dict[int, float] = {}
    if training.class_weight is not None and fitted.target.classes is not None:
        rows = kinds["training"]
        numbers = target_encoder(fitted.target, rows.table)
        counts = class_counts(numbers(places) for places in rows.pieces())
        of_class = class_weights(training.class_weight, counts)
    parts: list[Part] = []
    for kind, rows in kinds.items():
        of_kind = of_class if kind == "training" else {}
        if resolved.weight is None and (kind != "training" or training.class_weight is None):
            continue
        weigh = _Weighing(rows, resolved, fitted, of_kind)
        parts.append(Part(f"{kind}_weights", (rows.count,), np.dtype(np.float32), _piece(rows, weigh.weights)))
    return parts


@dataclass(frozen=True)
class _Weighing:
    rows: SelectedRows
    resolved: Resolved
    fitted: Fitted
    of_class: Mapping[int, float]

    def weights(self, places: Array) -> Array:
        weights = np.ones(len(places))
        if self.resolved.weight is not None:
            weights = self.rows.column(self.resolved.weight.name).numbers(places)
        if self.of_class:
            table = np.array(
                [self.of_class.get(number, 1.0) for number in range(len(self.fitted.target.classes or ()))]
            )
            weights = weights * table[target_encoder(self.fitted.target, self.rows.table)(places)]
        return _float32(weights, "weights", "/dataset/sample_weight")


def _told_part(told: Mapping[str, Any]) -> Part:
    text = np.frombuffer(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), np.uint8)
    return Part(TOLD, text.shape, text.dtype, lambda some: text[some])
