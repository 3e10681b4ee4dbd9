"""Numbers that cannot be what was meant are told of: every rule over all metrics, losses and callbacks that it fits.

What a rule claims of Keras is computed with Keras beside it.
"""

from typing import Any

import keras
import numpy as np
import pytest

from spec.language.declared import kinds
from spec.metrics import METRIC_NAMES, Metric
from spec.training.losses import Loss
from spec.training.metric_advice import RULES
from tests.spec.jobs import check, job

SAMPLES: dict[str, Any] = {
    "average": "macro",
    "num_classes": 2,
    "target_class_ids": [0],
    **dict.fromkeys(("recall", "precision", "sensitivity", "specificity"), 0.8),
}
"""Values for required arguments."""

GENERATOR = np.random.default_rng(0)
TARGET = GENERATOR.integers(0, 2, (200, 1)).astype("float32")
LOGITS = (TARGET * 2 - 1 + 1.5 * GENERATOR.normal(size=TARGET.shape)).astype("float32")
PROBABILITIES = 1 / (1 + np.exp(-LOGITS))


def metric(name: str, **said: object) -> dict[str, Any]:
    required = [field for field, described in kinds(Metric)[name].model_fields.items() if described.is_required()]
    return {"type": name, **{field: SAMPLES[field] for field in required}, **said}


def computed(said: dict[str, Any], target: Any, output: Any) -> float:  # noqa: ANN401 - arrays
    """What Keras makes of it."""
    arguments = {name: value for name, value in said.items() if name != "type"}
    if said["type"] == "BinaryIoU":
        arguments.setdefault("target_class_ids", [0, 1])
    made = getattr(keras.metrics, said["type"])(**arguments)
    made.update_state(target, output)
    return float(made.result())


def told(*metrics: object, units: int = 1, activation: str | None = None, **changes: object) -> list[tuple[str, str]]:
    """The advice about metrics of a network on two classes, or ``units`` of them."""
    dataset = changes.pop("dataset", "breast_cancer" if units < 3 else "digits")
    layers: list[dict[str, Any]] = [{"type": "Flatten"}, {"type": "Dense", "units": units, "activation": activation}]
    body = job(dataset, layers, metrics=list(metrics), callbacks=[], **changes)
    checked = check(body)
    assert checked.faults == []
    return [
        (advice.pointer.removeprefix("/training/metrics/"), advice.code)
        for advice in checked.advice
        if advice.pointer.startswith("/training/metrics")
    ]


BINARY_LOGITS = {"type": "BinaryCrossentropy", "from_logits": True}
SPARSE_LOGITS = {"type": "SparseCategoricalCrossentropy", "from_logits": True}

# --- thresholds on logits and scores -----------------------------------------------------------------------------

CUTTING = [
    *(("threshold", name) for name in ("BinaryAccuracy", "BinaryIoU")),
    *(("thresholds", name) for name in ("Precision", "Recall", "TruePositives", "TrueNegatives", "FalsePositives")),
    ("thresholds", "FalseNegatives"),
]
SCORES = ("F1Score", "FBetaScore")
CURVES = ("PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity", "AUC")


def test_the_families_are_whole() -> None:
    with_threshold = {
        name for name, kind in kinds(Metric).items() if {"threshold", "thresholds"} & set(kind.model_fields)
    }
    assert with_threshold == {name for _, name in CUTTING} | {*SCORES, "AUC"}
    curves = {name for name, kind in kinds(Metric).items() if "num_thresholds" in kind.model_fields}
    assert curves == set(CURVES)
    choosing = {name for name, kind in kinds(Metric).items() if {"k", "top_k"} & set(kind.model_fields)}
    assert choosing == {"TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "Precision", "Recall"}
    assert len(RULES) == 5


@pytest.mark.parametrize(("field", "name"), CUTTING)
def test_a_half_on_logits_is_told_and_zero_is_what_was_meant(field: str, name: str) -> None:
    plain, at_zero = metric(name), metric(name, **{field: 0})
    for loss in (BINARY_LOGITS, "hinge", "squared_hinge"):
        assert told(plain, loss=loss) == [("0", "threshold_on_scores")]
        assert told(metric(name, **{field: 0.4}), loss=loss) == [(f"0/{field}", "threshold_on_scores")]
        assert told(at_zero, loss=loss) == []
    assert told(plain, loss="binary_crossentropy", activation="sigmoid") == []
    assert told(plain, loss="hinge", activation="tanh") == [("0", "threshold_on_scores")]
    assert told(plain, loss="mse") == []
    assert computed(at_zero, TARGET, LOGITS) == computed(plain, TARGET, PROBABILITIES)
    assert computed(plain, TARGET, LOGITS) != computed(plain, TARGET, PROBABILITIES)


@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy", "binary_accuracy", "precision", "Recall"])
def test_names_are_told_like_objects(name: str) -> None:
    for loss in (BINARY_LOGITS, "hinge", "squared_hinge"):
        assert told(name, loss=loss) == [("0", "threshold_on_scores")]
    assert told(name, loss="bce", activation="sigmoid") == []


@pytest.mark.parametrize("name", SCORES)
def test_f_scores_of_logits(name: str) -> None:
    said = metric(name, threshold=0.5)
    assert told(said, loss=BINARY_LOGITS) == [("0/threshold", "threshold_on_scores")]
    assert told(said, loss="bce", activation="sigmoid") == []
    assert computed(said, TARGET, LOGITS) != computed(said, TARGET, PROBABILITIES)


@pytest.mark.parametrize("name", CURVES)
def test_curves_of_logits(name: str) -> None:
    said = metric(name)
    for loss in (BINARY_LOGITS, "hinge"):
        assert told(said, loss=loss) == [("0", "curve_of_scores")]
    assert told(said, loss="bce", activation="sigmoid") == []
    if name == "AUC":
        assert told({**said, "from_logits": True}, loss=BINARY_LOGITS) == []
        assert computed({**said, "from_logits": True}, TARGET, LOGITS) == computed(said, TARGET, PROBABILITIES)
    if name in {"AUC", "PrecisionAtRecall", "SpecificityAtSensitivity"}:
        assert computed(said, TARGET, LOGITS) < computed(said, TARGET, PROBABILITIES)


def test_what_compares_outputs_with_each_other_is_right_on_logits() -> None:
    one_hot = {"type": "CategoricalCrossentropy", "from_logits": True}
    for said in ("accuracy", metric("F1Score"), metric("Precision", top_k=1), "categorical_accuracy"):
        assert told(said, loss=one_hot, units=10) == []
    assert told("accuracy", loss=SPARSE_LOGITS, units=10) == []
    assert told("precision", loss=one_hot, units=10) == [("0", "threshold_on_scores")]
    assert told("precision", loss="categorical_hinge", units=10) == [("0", "threshold_on_scores")]


@pytest.mark.parametrize("name", [name for name, kind in kinds(Loss).items() if "from_logits" in kind.model_fields])
def test_every_loss_of_logits_is_known(name: str) -> None:
    units = 1 if kinds(Loss)[name].IS_BINARY else 10
    said = "binary_accuracy" if units == 1 else "precision"
    found = told(*([] if name.startswith("Sparse") else [said]), loss={"type": name, "from_logits": True}, units=units)
    assert found == ([] if name.startswith("Sparse") else [("0", "threshold_on_scores")])


# --- one unit, and the greatest of few ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCORES)
def test_an_f_score_of_one_unit_needs_its_threshold(name: str) -> None:
    for average in ("micro", "macro", "weighted"):
        said = metric(name, average=average)
        assert told(said, loss="bce", activation="sigmoid") == [("0", "score_without_threshold")]
        assert told({**said, "threshold": 0.5}, loss="bce", activation="sigmoid") == []
        assert told(said, loss="categorical_crossentropy", activation="softmax", units=10) == []
        # Whatever the output is, every row is counted as positive (unless it is 0 to the bit).
        assert computed(said, TARGET, PROBABILITIES) == computed(said, TARGET, 0.001 * PROBABILITIES)


TOP = [
    ("TopKCategoricalAccuracy", "k", "categorical_crossentropy"),
    ("SparseTopKCategoricalAccuracy", "k", "sparse_categorical_crossentropy"),
    ("Precision", "top_k", "categorical_crossentropy"),
    ("Recall", "top_k", "categorical_crossentropy"),
]


@pytest.mark.parametrize(("name", "field", "loss"), TOP)
def test_the_greatest_of_all_classes(name: str, field: str, loss: str) -> None:
    assert told({"type": name, field: 10}, loss=loss, units=10, activation="softmax") == [
        (f"0/{field}", "top_k_of_all_classes")
    ]
    assert told({"type": name, field: 9}, loss=loss, units=10, activation="softmax") == []
    if field == "k":
        plain = {"type": name, "k": 11}
        assert told(plain, loss=loss, units=10, activation="softmax") == [("0/k", "top_k_of_all_classes")]


@pytest.mark.parametrize("name", ["top_k_categorical_accuracy", "TopKCategoricalAccuracy"])
def test_five_of_three_by_name(name: str) -> None:
    said = job("iris", [{"type": "Dense", "units": 3, "activation": "softmax"}], callbacks=[])
    for word, loss in ((name, "categorical_crossentropy"), (f"sparse_{name}", "sparse_categorical_crossentropy")):
        if word not in METRIC_NAMES:
            continue
        said["training"] |= {"metrics": [word], "loss": loss}
        assert [(advice.pointer, advice.code) for advice in check(said).advice] == [
            ("/training/metrics/0", "top_k_of_all_classes")
        ]


def test_keras_finds_every_class_among_all() -> None:
    wrong = np.eye(3, dtype="float32")[[1, 2, 0]]
    for k in (3, 5):
        assert computed({"type": "SparseTopKCategoricalAccuracy", "k": k}, np.arange(3), wrong) == 1
        assert computed({"type": "TopKCategoricalAccuracy", "k": k}, np.eye(3), wrong) == 1
    assert computed({"type": "Recall", "top_k": 3}, np.eye(3), wrong) == 1
    assert computed({"type": "Precision", "top_k": 3}, np.eye(3), wrong) == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", [name for name, kind in kinds(Metric).items() if kind.IS_OF_CLASSES])
def test_metrics_of_classes_tell_nothing_of_a_number(name: str) -> None:
    body = job("diabetes", [{"type": "Dense", "units": 1}], loss="mse", metrics=[metric(name)], callbacks=[])
    assert [(advice.pointer, advice.code) for advice in check(body).advice] == [
        ("/training/metrics/0", "accuracy_of_number")
    ]


# --- callbacks that act in vain ----------------------------------------------------------------------------------


def callbacks_told(*callbacks: dict[str, Any], rate: float | None = 0.01) -> list[tuple[str, str]]:
    optimizer = {"type": "SGD"} if rate is None else {"type": "SGD", "learning_rate": rate}
    checked = check(job(callbacks=list(callbacks), optimizer=optimizer))
    assert checked.faults == []
    return [(advice.pointer.removeprefix("/training/callbacks/"), advice.code) for advice in checked.advice]


def by_keras(callbacks: list[dict[str, Any]], rate: float, epochs: int = 40) -> list[float]:
    """The rates that epochs are trained with where nothing improves."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.optimizer.learning_rate = rate
    model.stop_training = False
    made = [
        getattr(keras.callbacks, said["type"])(**{name: value for name, value in said.items() if name != "type"})
        for said in callbacks
    ]
    for callback in made:
        callback.set_model(model)
        callback.on_train_begin()
    rates: list[float] = []
    for epoch in range(epochs):
        rates.append(float(model.optimizer.learning_rate.numpy()))
        for callback in made:
            callback.on_epoch_end(epoch, {"loss": 1.0})
        if model.stop_training:
            break
    return rates


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
@pytest.mark.parametrize(("rate", "floor"), [(0.01, 0.01), (0.01, 0.5), (0.01, 0.009), (0.01, 0.0)])
def test_a_floor_that_is_not_below_the_rate(rate: float, floor: float) -> None:
    said = {"type": "ReduceLROnPlateau", "monitor": "loss", "patience": 1, "min_lr": floor}
    is_in_vain = len(set(by_keras([said], rate, epochs=5))) == 1
    assert is_in_vain == (floor >= rate)
    assert callbacks_told(said, rate=rate) == ([("0/min_lr", "rate_never_reduced")] if is_in_vain else [])


def test_the_floor_is_compared_with_the_default_rate_too() -> None:
    said = {"type": "ReduceLROnPlateau", "min_lr": 0.01}
    assert callbacks_told({**said}, rate=None) == [("0/min_lr", "rate_never_reduced")]
    body = job(callbacks=[{**said, "min_lr": 0.001}], optimizer="adam")
    assert [advice.code for advice in check(body).advice] == ["rate_never_reduced"]


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
@pytest.mark.parametrize("stop", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("reduce", [0, 1, 2, 3])
@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize("is_first", [False, True])
def test_stopping_before_the_rate_is_reduced(stop: int, reduce: int, start: int, is_first: bool) -> None:
    stopping = {"type": "EarlyStopping", "monitor": "loss", "patience": stop, "start_from_epoch": start}
    reducing = {"type": "ReduceLROnPlateau", "monitor": "loss", "patience": reduce}
    both = [stopping, reducing] if is_first else [reducing, stopping]
    is_in_vain = len(set(by_keras(both, 0.1))) == 1
    expected = [(f"{both.index(stopping)}/patience", "stopped_before_reduced")] if is_in_vain else []
    assert callbacks_told(*both) == expected


def test_callbacks_that_watch_different_metrics_are_left_alone() -> None:
    stopping = {"type": "EarlyStopping", "monitor": "val_loss", "patience": 1}
    assert callbacks_told(stopping, {"type": "ReduceLROnPlateau", "monitor": "loss", "patience": 5}) == []
    assert callbacks_told(stopping, {"type": "ReduceLROnPlateau", "monitor": "val_loss", "patience": 5}) != []
