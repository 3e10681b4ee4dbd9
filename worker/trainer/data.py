"""From the rows of a source to what is trained on: columns chosen, rows split, features scaled, targets encoded."""

from dataclasses import dataclass

import numpy as np

from spec.datasets import BUILT_IN, DatasetFacts, DatasetSpec, RowCounts, dataset_of, facts_for, row_counts
from spec.targets import Encoding
from spec.training import TrainingSpec
from worker.trainer.bounded_cache import BoundedCache
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources import RawRows, load
from worker.trainer.untyped import Array

_RAW_BYTES = 256 * 2**20
_PREPARED_BYTES = 2**30
_KEPT = 4

_COLUMNS_AT_ONCE = 64
_ROWS_AT_ONCE = 4096
"""Scaling goes piece by piece: a float64 copy of a large set of images would take twice the memory of its result."""


@dataclass(frozen=True)
class PreparedData:
    """Rows ready for training: features float32 (rows, …), targets as `spec.targets.Encoding` says.

    Attributes:
        training: Features, targets and, with class weights, a weight a row (float32), else None.
        validation: Features and targets, or None.
        test: Features and targets, or None.
    """

    training: tuple[Array, Array, Array | None]
    validation: tuple[Array, Array] | None
    test: tuple[Array, Array] | None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one row."""
        return self.training[0].shape[1:]

    @property
    def counts(self) -> RowCounts:
        """How many rows there are of each kind."""
        held_back = (0 if rows is None else len(rows[0]) for rows in (self.validation, self.test))
        return RowCounts(len(self.training[0]), *held_back)

    @property
    def size_bytes(self) -> int:
        """Memory that the arrays take."""
        arrays = (*self.training, *(self.validation or ()), *(self.test or ()))
        return sum(array.nbytes for array in arrays if array is not None)


class PreparedDataSets:
    """The data sets used last, so that the next job on the same rows starts at once."""

    def __init__(self) -> None:
        self._raw: BoundedCache[RawRows] = BoundedCache(_RAW_BYTES, _KEPT)
        self._prepared: BoundedCache[PreparedData] = BoundedCache(_PREPARED_BYTES, _KEPT)

    def get(self, dataset: str | DatasetSpec, training: TrainingSpec, encoding: Encoding) -> PreparedData:
        """The rows of a job.

        Raises:
            DataUnavailable: They are not to be had, or not what the data set's facts promise.
        """
        asked = dataset_of(dataset)
        weights = sorted((training.class_weight or {}).items())
        key = f"{asked.model_dump_json()} {training.validation_split!r} {weights} {encoding}"
        return self._prepared.get(key, lambda: self._prepare(asked, training, encoding))

    def clear(self) -> None:
        """Give back the memory of all of them."""
        self._prepared.clear()
        self._raw.clear()

    def _prepare(self, dataset: DatasetSpec, training: TrainingSpec, encoding: Encoding) -> PreparedData:
        raw = self._raw.get(dataset.name, lambda: load(dataset.name))
        return prepare(raw, dataset, facts_of(dataset.name), training, encoding)


def facts_of(name: str) -> DatasetFacts:
    """What is known of a data set.

    Raises:
        DataUnavailable: There is none of that name.
    """
    if name not in BUILT_IN:
        raise DataUnavailable(f"This trainer knows no data set `{name}`.", "/dataset")
    return BUILT_IN[name]


def prepare(
    raw: RawRows, dataset: DatasetSpec, facts: DatasetFacts, training: TrainingSpec, encoding: Encoding
) -> PreparedData:
    """The rows of a source as a job asks for them.

    Raises:
        DataUnavailable: The source's rows are not what the facts promise.
    """
    if raw.features.shape != (facts.rows, *facts.input_shape):
        raise DataUnavailable(f"The files of `{facts.name}` hold other rows than they should.", "/dataset")
    used = facts_for(dataset, facts)
    features, target = _columns(raw, used) if facts.columns else (raw.features, raw.target)
    test_features, test_target = raw.test_features, raw.test_target
    if dataset.split is not None and dataset.split.seed is not None:
        order = np.random.default_rng(dataset.split.seed).permutation(len(features))
        features, target = features[order], target[order]
    counts = row_counts(dataset, facts, training.validation_split)
    last_train, last_validation = counts.train, counts.train + counts.validation
    if last_validation < len(features):
        test_features, test_target = features[last_validation:], target[last_validation:]
    scaling = _Scaling.of(features[:last_train], used)
    parts = [
        (scaling.applied(some_features), _encoded(some_target, encoding, used))
        for some_features, some_target in (
            (features[:last_train], target[:last_train]),
            (features[last_train:last_validation], target[last_train:last_validation]),
        )
    ]
    test = None
    if test_features is not None and test_target is not None:
        test = (scaling.applied(test_features), _encoded(test_target, encoding, used))
    weights = _weights(target[:last_train], training)
    return PreparedData((*parts[0], weights), parts[1] if counts.validation else None, test)


def _columns(raw: RawRows, used: DatasetFacts) -> tuple[Array, Array]:
    """Features and target by the names of their columns."""
    by_name = {name: raw.features[:, place] for place, name in enumerate(raw.columns)}
    by_name[raw.target_name] = raw.target
    unknown = {*used.columns, used.target_column} - by_name.keys()
    if unknown:
        raise DataUnavailable(f"The data set `{used.name}` lacks columns that the job names.", "/dataset/features")
    return np.stack([by_name[name] for name in used.columns], axis=1), by_name[str(used.target_column)]


@dataclass(frozen=True)
class _Scaling:
    """``(features - offset) / divisor``, in float64, float32 in the end; None leaves a step out."""

    offset: Array | None
    divisor: Array | None

    @classmethod
    def of(cls, features: Array, used: DatasetFacts) -> "_Scaling":
        """As `spec.datasets.Scaling` says, by these training rows."""
        if used.scaling == "none":
            return cls(None, None)
        if used.scaling == "unit" and used.unit_maximum is not None:
            return cls(None, np.asarray(used.unit_maximum, np.float64))
        if used.scaling == "unit":
            least = features.min(axis=0)
            return cls(least, _or_one(features.max(axis=0) - least))
        flat = features.reshape(len(features), -1)
        moments = [
            _moments(flat[:, begin : begin + _COLUMNS_AT_ONCE]) for begin in range(0, flat.shape[1], _COLUMNS_AT_ONCE)
        ]
        mean, deviation = (np.concatenate(one).reshape(features.shape[1:]) for one in zip(*moments, strict=True))
        return cls(mean, _or_one(deviation))

    def applied(self, features: Array) -> Array:
        """These features, scaled."""
        if self.divisor is None:
            return features.astype(np.float32)
        if self.offset is None:
            # The quotient of two numbers that float32 holds exactly: rounding it once is rounding it twice.
            return features.astype(np.float32) / self.divisor.astype(np.float32)
        scaled = np.empty(features.shape, np.float32)
        for begin in range(0, len(features), _ROWS_AT_ONCE):
            rows = slice(begin, begin + _ROWS_AT_ONCE)
            scaled[rows] = (features[rows] - self.offset) / self.divisor
        return scaled


def _moments(columns: Array) -> tuple[Array, Array]:
    columns = columns.astype(np.float64)
    return columns.mean(axis=0), columns.std(axis=0)


def _or_one(divisor: Array) -> Array:
    return np.where(divisor == 0, 1.0, divisor)


def _encoded(target: Array, encoding: Encoding, used: DatasetFacts) -> Array:
    if encoding == "classes":
        return target.astype(np.int64)
    if encoding == "one_hot":
        return np.eye(used.classes or 1, dtype=np.float32)[target]
    return target.astype(np.float32).reshape(-1, 1)


def _weights(target: Array, training: TrainingSpec) -> Array | None:
    """A weight a row by its class, 1 where none is said, as ``fit`` makes them of ``class_weight``."""
    if training.class_weight is None:
        return None
    weights = np.ones(len(target), np.float32)
    for number, weight in training.class_weight.items():
        weights[target == int(number)] = weight
    return weights
