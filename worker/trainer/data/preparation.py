"""From the rows of a source to what is trained on: columns chosen, rows split, features scaled, targets encoded.

All of it goes piece by piece, into memory or into a file: a large data set is never in memory twice.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spec.datasets.choice import DatasetSpec
from spec.datasets.counts import row_counts
from spec.datasets.facts import DatasetFacts
from spec.datasets.resolution import facts_for
from spec.training.targets import Encoding
from spec.training.training import TrainingSpec
from worker.trainer.data.class_weights import class_counts, class_weights
from worker.trainer.data.parts import Part, Piece, slices
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.rows import RawRows
from worker.trainer.untyped import Array

_COLUMNS_AT_ONCE = 64


def parts_of(
    raw: RawRows, dataset: DatasetSpec, facts: DatasetFacts, training: TrainingSpec, encoding: Encoding
) -> list[Part]:
    """What is to be made of the rows of a source for a job; kinds without rows are left out.

    Raises:
        DataUnavailable: The source's rows are not what the facts promise.
    """
    if raw.features.shape != (facts.rows, *facts.input_shape):
        raise DataUnavailable(
            f'The files of "{facts.name}" on this worker do not contain the rows that they should.', "/dataset"
        )
    used = facts_for(dataset, facts)
    order = None
    if dataset.split is not None and dataset.split.seed is not None:
        order = np.random.default_rng(dataset.split.seed).permutation(facts.rows)
    every = _chosen(raw, used).in_order(order)
    counts = row_counts(dataset, facts, training.validation_split)
    last_train, last_validation = counts.train, counts.train + counts.validation
    kinds = {"training": every.part(0, last_train), "validation": every.part(last_train, last_validation)}
    if last_validation < facts.rows:
        kinds["test"] = every.part(last_validation, facts.rows)
    elif raw.test_features is not None and raw.test_target is not None:
        kinds["test"] = _Rows.of(raw.test_features, raw.test_target)
    scaling = _Scaling.of(kinds["training"], used)
    parts: list[Part] = []
    for kind, rows in kinds.items():
        if rows.count:
            parts.append(_features(kind, rows, scaling))
            parts.append(_target(kind, rows, encoding, used))
    if training.class_weight is not None:
        rows = kinds["training"]
        counts = class_counts(rows.target(some) for some in slices((rows.count,), np.dtype(np.int64)))
        parts.append(_weights(rows, class_weights(training.class_weight, counts)))
    return parts


@dataclass(frozen=True)
class _Rows:
    """Some rows of a source, before they are scaled and encoded."""

    count: int
    shape: tuple[int, ...]
    features: Piece
    target: Piece

    @classmethod
    def of(cls, features: Array, target: Array) -> "_Rows":
        return cls(len(features), features.shape[1:], lambda rows: features[rows], lambda rows: target[rows])

    def part(self, begin: int, end: int) -> "_Rows":
        """Those from ``begin`` on, before ``end``."""

        def moved(piece: Piece) -> Piece:
            return lambda rows: piece(slice(begin + rows.start, begin + rows.stop))

        return _Rows(end - begin, self.shape, moved(self.features), moved(self.target))


@dataclass(frozen=True)
class _Chosen:
    """All rows of a source, of which columns are chosen where it is a table."""

    raw: RawRows
    columns: tuple[Array, ...]
    target: Array

    def in_order(self, order: Array | None) -> _Rows:
        """These rows in this order, or as they stand."""
        raw, columns, target = self.raw, self.columns, self.target
        shape = (len(columns),) if columns else raw.features.shape[1:]

        def features(rows: slice) -> Array:
            places = rows if order is None else order[rows]
            return np.stack([column[places] for column in columns], axis=1) if columns else raw.features[places]

        return _Rows(len(raw.features), shape, features, lambda rows: target[rows if order is None else order[rows]])


def _chosen(raw: RawRows, used: DatasetFacts) -> _Chosen:
    """Features and target by the names of their columns."""
    if not used.columns:
        return _Chosen(raw, (), raw.target)
    by_name = {name: raw.features[:, place] for place, name in enumerate(raw.columns)}
    by_name[raw.target_name] = raw.target
    unknown = {*used.columns, used.target_column} - by_name.keys()
    if unknown:
        raise DataUnavailable(
            f'The data set "{used.name}" does not have all of the columns that the job uses.', "/dataset/features"
        )
    return _Chosen(raw, tuple(by_name[name] for name in used.columns), by_name[str(used.target_column)])


@dataclass(frozen=True)
class _Scaling:
    """``(features - offset) / divisor``, in float64, float32 in the end; None leaves a step out."""

    offset: Array | None
    divisor: Array | None

    @classmethod
    def of(cls, training: _Rows, used: DatasetFacts) -> "_Scaling":
        """As `spec.datasets.facts.Scaling` says, by these training rows."""
        if used.scaling == "none":
            return cls(None, None)
        if used.scaling == "unit" and used.unit_maximum is not None:
            return cls(None, np.asarray(used.unit_maximum, np.float64))
        if used.scaling == "unit":
            extremes = [(piece.min(axis=0), piece.max(axis=0)) for piece in _pieces(training)]
            least = np.min([low for low, _ in extremes], axis=0)
            return cls(least, _or_one(np.max([high for _, high in extremes], axis=0) - least))
        moments = [_moments(training, begin) for begin in range(0, math.prod(training.shape), _COLUMNS_AT_ONCE)]
        mean, deviation = (np.concatenate(one).reshape(training.shape) for one in zip(*moments, strict=True))
        return cls(mean, _or_one(deviation))

    def applied(self, features: Array) -> Array:
        """These features, scaled."""
        if self.divisor is None:
            return features.astype(np.float32)
        if self.offset is None:
            # The quotient of two numbers that float32 holds exactly: rounding it once is rounding it twice.
            return features.astype(np.float32) / self.divisor.astype(np.float32)
        return ((features - self.offset) / self.divisor).astype(np.float32)


def _moments(training: _Rows, begin: int) -> tuple[Array, Array]:
    """Mean and deviation of a few columns, from ``begin`` on, each over all rows at once: sums depend on the order."""
    end = min(begin + _COLUMNS_AT_ONCE, math.prod(training.shape))
    columns = np.empty((training.count, end - begin), np.float64)
    filled = 0
    for piece in _pieces(training):
        columns[filled : filled + len(piece)] = piece.reshape(len(piece), -1)[:, begin:end]
        filled += len(piece)
    return columns.mean(axis=0), columns.std(axis=0)


def _or_one(divisor: Array) -> Array:
    return np.where(divisor == 0, 1.0, divisor)


def _pieces(rows: _Rows) -> Iterator[Array]:
    for some in slices((rows.count, *rows.shape), np.dtype(np.float64)):
        yield rows.features(some)


def _features(kind: str, rows: _Rows, scaling: _Scaling) -> Part:
    return Part(
        f"{kind}_features",
        (rows.count, *rows.shape),
        np.dtype(np.float32),
        lambda some: scaling.applied(rows.features(some)),
    )


def _target(kind: str, rows: _Rows, encoding: Encoding, used: DatasetFacts) -> Part:
    name = f"{kind}_target"
    if encoding == "classes":
        return Part(name, (rows.count,), np.dtype(np.int64), rows.target)
    if encoding == "one_hot":
        one_hot = np.eye(used.classes or 1, dtype=np.float32)
        return Part(name, (rows.count, len(one_hot)), one_hot.dtype, lambda some: one_hot[rows.target(some)])
    return Part(name, (rows.count, 1), np.dtype(np.float32), lambda some: rows.target(some).reshape(-1, 1))


def _weights(rows: _Rows, weight_of: dict[int, float]) -> Part:
    """A weight a row by its class, 1 where none is said, as ``fit`` makes them of ``class_weight``."""

    def piece(some: slice) -> Array:
        target = rows.target(some)
        weights = np.ones(len(target), np.float32)
        for number, weight in weight_of.items():
            weights[target == number] = weight
        return weights

    return Part("training_weights", (rows.count,), np.dtype(np.float32), piece)
