"""The models that tell how good it could be, the cheapest first, and what each of them reaches."""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from worker.reference_messages import Prepared, Reference, Score
from worker.trainer.data.class_weights import class_counts
from worker.trainer.evaluation.held_back import HeldBack
from worker.trainer.evaluation.readings import Reading
from worker.trainer.reference.samples import Sample
from worker.trainer.untyped import Array, KerasObject

GUESS = "guess"
LOGISTIC, RIDGE = "logistic_regression", "ridge_regression"
NEIGHBORS, BOOSTING = "nearest_neighbors", "gradient_boosting"

BOOSTING_SECONDS = 3.0
"""Of processor time, about, for the last of them."""
_BOOSTING_ROUNDS = 50
_FIRST_ROUNDS = 2
_MOST_BOOSTED_CLASSES = 50
_BOOSTED_COLUMNS = 64
_STEPS_WORK = 2e11
_MOST_STEPS = 100
_NEIGHBORS = 5
_STRENGTH = 0.1
"""Of logistic regression, the inverse of its penalty; a tenth suits a thousand rows and a hundred columns."""
_RIDGE_SHARE = 0.01
_BLOCK = 2**20

METRICS: dict[str, Literal["accuracy", "exact_match", "r2"]] = {
    "classes": "accuracy",
    "labels": "exact_match",
    "number": "r2",
}
"""What counts for each kind of target, by the name that the results of an evaluation have for it."""

Predicted = Array
"""Class numbers (rows,), or what holds of each label, or numbers: (rows, units)."""


@dataclass(frozen=True)
class _Model:
    """A way to predict the rows that were held back.

    Attributes:
        name: Of it.
        predict: Learns and predicts; None where it cannot learn from these rows.
    """

    name: str
    predict: Callable[[Sample, Array], Predicted | None]


def references(prepared: Prepared, sample: Sample) -> Iterator[Reference]:
    """What is known after each of the models.

    Args:
        prepared: How the target is read.
        sample: The rows.
    """
    reading = Reading(prepared.kind, prepared.encoding, prepared.classes)
    target = reading.true_classes(sample.target) if prepared.kind == "classes" else sample.target
    scores: list[Score] = []
    for model in (_Model(GUESS, _guess_of(prepared.kind, reading, sample)), *_MODELS[prepared.kind]):
        score = _score(model, prepared, reading, sample, target)
        if score is None:
            continue
        scores.append(score)
        yield Reference(
            metric=METRICS[prepared.kind],
            scores=list(scores),
            train_rows=len(sample.target),
            rows=len(sample.held_back_target),
            has_validation=sample.has_validation,
            seconds=round(time.process_time(), 2),
        )


def _score(model: _Model, prepared: Prepared, reading: Reading, sample: Sample, target: Array) -> Score | None:
    """What a model reaches; None where it reaches nothing that could be told."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of what does not converge in so few steps
            predicted = model.predict(sample, target)
            if predicted is None:
                return None
            return _scored(model.name, predicted, prepared.kind, reading, sample)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return None  # rows that it cannot learn from: all of one class, or none


def _scored(name: str, predicted: Predicted, kind: str, reading: Reading, sample: Sample) -> Score | None:
    """By the same counts as the results of a job are."""
    target, balanced = sample.held_back_target, None
    if kind == "classes":
        true = reading.true_classes(target)
        balanced = float(balanced_accuracy_score(true, predicted))
        as_numbers = Reading("classes", "classes", reading.classes)
        every = reading.true_classes(sample.every_target)
        told = HeldBack(as_numbers, every).evaluated(true, _hot(predicted, reading.classes))
    else:
        told = HeldBack(Reading(reading.kind), sample.every_target).evaluated(target, [predicted])
    score = told[METRICS[kind]]
    return None if score is None or not np.isfinite(score) else Score(model=name, score=score, balanced=balanced)


def _hot(predicted: Predicted, classes: int) -> Iterator[Array]:
    """A 1 at the class of each row, some rows at a time."""
    each = max(1, _BLOCK // classes)
    for begin in range(0, len(predicted), each):
        some = predicted[begin : begin + each]
        hot = np.zeros((len(some), classes), np.float32)
        hot[np.arange(len(some)), some] = 1
        yield hot


def _guess_of(kind: str, reading: Reading, sample: Sample) -> Callable[[Sample, Array], Predicted]:
    """What is said of every row without a model: as the baselines of results have it."""
    rows = len(sample.held_back_target)
    if kind == "classes":
        commonest = int(np.argmax(class_counts([reading.true_classes(sample.every_target)], reading.classes)))
        return lambda _sample, _target: np.full(rows, commonest, np.int64)
    means = sample.every_target.reshape(len(sample.every_target), -1).mean(axis=0, dtype=np.float64)
    return lambda _sample, _target: np.tile(means, (rows, 1))


def _logistic(sample: Sample, target: Array) -> Predicted | None:
    classes = len(np.unique(target))
    two = 2
    if classes < two or not sample.features.shape[1]:
        return None
    work = 4.0 * sample.features.size * (1 if classes == two else classes)
    steps = int(max(5, min(_MOST_STEPS, _STEPS_WORK / work)))
    model: KerasObject = LogisticRegression(C=_STRENGTH, max_iter=steps)
    return model.fit(sample.features, target, sample.weights).predict(sample.held_back_features)


def _ridge(sample: Sample, target: Array) -> Predicted | None:
    if not sample.features.shape[1]:
        return None
    model: KerasObject = Ridge(alpha=_RIDGE_SHARE * len(target))
    model.fit(sample.features, target.astype(np.float64), sample.weights)
    return model.predict(sample.held_back_features).reshape(len(sample.held_back_target), -1)


def _nearest_class(sample: Sample, target: Array) -> Predicted | None:
    return _nearest(KNeighborsClassifier, sample, target)


def _nearest_numbers(sample: Sample, target: Array) -> Predicted | None:
    found = _nearest(KNeighborsRegressor, sample, target)
    return None if found is None else found.reshape(len(sample.held_back_target), -1)


def _nearest(kind: Any, sample: Sample, target: Array) -> Predicted | None:  # noqa: ANN401 -- scikit-learn's class
    if not sample.features.shape[1]:
        return None
    model = kind(min(_NEIGHBORS, len(target)), algorithm="brute", n_jobs=1)
    return model.fit(sample.features, target).predict(sample.held_back_features)


def _boosted_class(sample: Sample, target: Array) -> Predicted | None:
    classes = len(np.unique(target))
    if not 1 < classes <= _MOST_BOOSTED_CLASSES:
        return None
    return _boosted(HistGradientBoostingClassifier, sample, target)


def _boosted_number(sample: Sample, target: Array) -> Predicted | None:
    if target.reshape(len(target), -1).shape[1] != 1:
        return None
    return _boosted(HistGradientBoostingRegressor, sample, target.reshape(-1)).reshape(-1, 1)


def _boosted(kind: Any, sample: Sample, target: Array) -> Predicted:  # noqa: ANN401 -- as above
    """As many rounds as there is time for, by what the first ones took."""
    columns = sample.features.shape[1]
    model = kind(
        max_iter=_FIRST_ROUNDS,
        learning_rate=0.2,
        max_leaf_nodes=15,
        min_samples_leaf=min(20, max(1, len(target) // 20)),
        max_bins=32 if columns > _BOOSTED_COLUMNS else 255,
        max_features=min(1.0, _BOOSTED_COLUMNS / max(1, columns)),
        early_stopping=False,
        warm_start=True,
        random_state=0,
    )
    began = time.process_time()
    model.fit(sample.features, target, sample.weights)
    each = (time.process_time() - began) / _FIRST_ROUNDS
    rounds = int(min(_BOOSTING_ROUNDS, BOOSTING_SECONDS / max(each, 1e-6)))
    if rounds > _FIRST_ROUNDS:
        model.set_params(max_iter=rounds).fit(sample.features, target, sample.weights)
    return model.predict(sample.held_back_features)


_MODELS: dict[str, tuple[_Model, ...]] = {
    "classes": (_Model(LOGISTIC, _logistic), _Model(NEIGHBORS, _nearest_class), _Model(BOOSTING, _boosted_class)),
    "labels": (_Model(RIDGE, _ridge), _Model(NEIGHBORS, _nearest_numbers)),
    "number": (_Model(RIDGE, _ridge), _Model(NEIGHBORS, _nearest_numbers), _Model(BOOSTING, _boosted_number)),
}
