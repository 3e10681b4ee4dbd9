"""What the results tell of the rows that were held back is what scikit-learn finds, from the stored model by Keras."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    mean_absolute_error,
    precision_recall_fscore_support,
    r2_score,
)

from spec.datasets.choice import dataset_of
from spec.datasets.facts import DatasetFacts
from spec.jobs import JobSpec
from spec.training.training import TrainingSpec, target_encoding
from tests.trainer.parity import TRAINING, Engine, rows_of
from tests.trainer.placing import Place
from tests.trainer.plain_keras import Spec
from tests.trainer.samples import PLAIN, ROWS
from tests.trainer.trainer_process import TrainerProcess
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.epochs.compiled_steps import tensors_of
from worker.trainer.epochs.epoch_loop import Stopped
from worker.trainer.epochs.predictions import Predictor
from worker.trainer.evaluation.held_back import HeldBack
from worker.trainer.evaluation.numbers import QUANTILES, NumbersEvaluation
from worker.trainer.evaluation.readings import Reading, reading_of
from worker.trainer.evaluation.scores import MOST_SHOWN
from worker.trainer.untyped import Array

# Keras 3.15 reads an optimizer's rate through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

NOISE = np.random.default_rng(0)


def told(reading: Reading, training: Array, target: Array, outputs: Array, names: Any = None) -> dict[str, Any]:  # noqa: ANN401
    """What is told of outputs that come in pieces of unequal size; it must be JSON as it is."""
    pieces = np.split(outputs, [1, len(outputs) // 3])
    found = HeldBack(reading, training, names).evaluated(target, pieces)
    return json.loads(json.dumps(found, allow_nan=False))


def assert_scores(rows: Sequence[dict[str, Any]], true: Array, predicted: Array, labels: Sequence[int] | None) -> None:
    expected = precision_recall_fscore_support(true, predicted, labels=labels, zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [row[name] for row in rows] == values.tolist(), name


def assert_classes(found: dict[str, Any], true: Array, predicted: Array) -> None:
    """The same as scikit-learn finds, to the bit."""
    labels = list(range(len(found["classes"])))
    assert found["confusion_matrix"] == confusion_matrix(true, predicted, labels=labels).tolist()
    assert_scores(found["by_class"], true, predicted, labels)
    assert [row["class"] for row in found["by_class"]] == found["classes"]
    assert found["accuracy"] == accuracy_score(true, predicted)
    assert found["macro_f1"] == pytest.approx(f1_score(true, predicted, average="macro", zero_division=0), rel=1e-12)
    assert (found["rows"], found["unclassified_rows"]) == (len(true), 0)


def assert_numbers(found: dict[str, Any], target: Array, outputs: Array, rel: float = 1e-12) -> None:
    residuals = target.astype("float64") - outputs
    assert found["r2"] == pytest.approx(r2_score(target, outputs.astype("float64")), rel=rel, abs=rel)
    assert found["mean_absolute_error"] == pytest.approx(mean_absolute_error(target, outputs.astype("f8")), rel=rel)
    assert list(found["residual_quantiles"]) == ["0", "0.05", "0.25", "0.5", "0.75", "0.95", "1"]
    expected = np.quantile(residuals, QUANTILES)
    assert list(found["residual_quantiles"].values()) == pytest.approx(expected, rel=rel, abs=rel)


# --- counts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_one_hot", [False, True])
def test_classes_are_counted_as_scikit_learn_does(is_one_hot: bool) -> None:
    # Class 4 is in no row, and class 3 never predicted.
    target = NOISE.integers(0, 4, 200)
    outputs = NOISE.random((200, 5), "float32")
    outputs[:, 3:] = 0
    outputs[7, 1] = outputs[7, 0] = 2
    training = np.array([2, 0, 2, 1, 1])
    names = ["a", "b", "c", "d", "e"]
    laid = [np.eye(5, dtype="float32")[one] if is_one_hot else one for one in (training, target)]
    found = told(Reading("classes", "one_hot" if is_one_hot else "classes", 5), *laid, outputs, names)
    assert_classes(found, target, outputs.argmax(axis=1))
    assert (found["classes"], found["classes_left_out"]) == (names, 0)
    # Of the two that are the commonest in the training rows, the first.
    assert found["baseline"] == {"class": "b", "accuracy": (target == 1).mean()}


def test_a_row_that_is_given_no_class_is_wrong_and_told_apart() -> None:
    target = np.array([0, 1, 1, 0, 1, 1])
    outputs = np.array([[1, 0, 0], [0, 1, 0], [math.nan, 1, 0], [math.inf, 0, 0], [0, -math.inf, 1], [0, 1, 0]], "f4")
    found = told(Reading("classes", "classes", 2), target, target, outputs)
    assert found["unclassified_rows"] == 2
    assert found["confusion_matrix"] == [[2, 0], [0, 2]]
    assert found["accuracy"] == 4 / 6
    assert found["by_class"][1] == {"class": "1", "precision": 1.0, "recall": 0.5, "f1": 2 * 2 / 6, "support": 4}
    nothing = told(Reading("classes", "classes", 2), target, target, np.full((6, 3), math.nan, "f4"))
    assert (nothing["unclassified_rows"], nothing["accuracy"], nothing["macro_f1"]) == (6, 0, 0)


def test_of_many_classes_the_largest_are_shown() -> None:
    classes = 10_000
    target = np.concatenate([NOISE.permutation(classes), np.repeat(np.arange(5_000, 5_000 + MOST_SHOWN), 2)])
    predicted = np.where(NOISE.random(len(target)) < 0.5, target, NOISE.integers(0, classes, len(target)))
    outputs = np.zeros((len(target), classes), "float32")
    outputs[np.arange(len(target)), predicted] = 1
    found = told(Reading("classes", "classes", classes), target, target, outputs)
    shown = list(range(5_000, 5_000 + MOST_SHOWN))
    assert found["classes"] == [str(number) for number in shown]
    assert found["classes_left_out"] == classes - MOST_SHOWN
    assert found["confusion_matrix"] == confusion_matrix(target, predicted, labels=shown).tolist()
    assert_scores(found["by_class"], target, predicted, shown)
    assert found["accuracy"] == accuracy_score(target, predicted)
    assert len(json.dumps(found)) < 50_000


def test_labels_are_counted_as_scikit_learn_does() -> None:
    target = (NOISE.random((90, 3)) < [0.8, 0.4, 0.0]).astype("float32")
    outputs = NOISE.random((90, 3), "float32")
    found = told(Reading("labels"), target, target, outputs, ["red", "round", "new"])
    predicted = outputs > 0.5
    assert_scores(found["by_label"], target, predicted, None)
    assert [row["label"] for row in found["by_label"]] == ["red", "round", "new"]
    assert found["exact_match"] == accuracy_score(target, predicted)
    assert found["macro_f1"] == pytest.approx(f1_score(target, predicted, average="macro", zero_division=0), rel=1e-12)
    assert found["baseline"] == {"labels": ["red"], "exact_match": (target == [1, 0, 0]).all(axis=1).mean()}
    outputs[:2, 0] = math.nan
    again = told(Reading("labels"), target, target, outputs)
    assert (again["unclassified_rows"], again["rows"]) == (2, 90)


@pytest.mark.parametrize("units", [1, 3])
def test_numbers_are_compared_as_scikit_learn_does(units: int) -> None:
    # Far from 0, where sums of squares would lose all digits.
    target = (NOISE.normal(size=(300, units)) + 1e4).astype("float32")
    outputs = (target + NOISE.normal(size=target.shape)).astype("float32")
    training = np.arange(5 * units, dtype="float32").reshape(5, units)
    found = told(Reading("number"), training, target, outputs)
    assert_numbers(found, target, outputs)
    means = training.astype("float64").mean(axis=0)
    assert found["baseline"]["mean"] == (means[0] if units == 1 else means.tolist())
    guess = np.broadcast_to(means, target.shape)
    assert found["baseline"]["mean_absolute_error"] == pytest.approx(mean_absolute_error(target, guess), rel=1e-12)
    assert (found["rows"], found["non_finite_rows"], found["residuals_counted"]) == (300, 0, target.size)


def test_numbers_that_are_not_finite_are_left_out() -> None:
    target, outputs = np.arange(6, dtype="f4")[:, None], np.arange(6, dtype="f4")[:, None] / 2
    outputs[1], outputs[4] = math.nan, -math.inf
    found = told(Reading("number"), target, target, outputs)
    assert (found["rows"], found["non_finite_rows"]) == (6, 2)
    assert_numbers(found, target[[0, 2, 3, 5]], outputs[[0, 2, 3, 5]])
    nothing = told(Reading("number"), target, target, np.full((6, 1), math.nan, "f4"))
    assert (nothing["r2"], nothing["mean_absolute_error"], nothing["residual_quantiles"]) == (None, None, None)
    constant = told(Reading("number"), target, np.ones((6, 1), "f4"), target)
    assert constant["r2"] == r2_score(np.ones(6), target) == 0


def test_of_very_many_residuals_some_are_kept_wherever_pieces_begin() -> None:
    target, outputs = np.zeros((1_000, 1), "f4"), np.arange(1_000, dtype="f4")[:, None]
    for cuts in ([], [1, 500, 777]):
        counted = NumbersEvaluation(1_000, np.zeros(1), most_residuals=300)
        for rows in np.split(np.arange(1_000), cuts):
            counted.add(target[rows], outputs[rows])
        found = counted.told()
        assert found["residuals_counted"] == 250
        assert found["residual_quantiles"]["0.5"] == np.median(-outputs[::4])


# --- how outputs are read -------------------------------------------------------------------------------------------

Read = tuple[str, str, int, float] | None
READINGS: dict[str, tuple[object, int | None, int, Read]] = {
    "several units": ("sparse_categorical_crossentropy", 3, 3, ("classes", "classes", 3, 0.5)),
    "one-hot": ("mse", 3, 3, ("classes", "one_hot", 3, 0.5)),
    "one unit": ("binary_crossentropy", 2, 1, ("classes", "number", 2, 0.5)),
    "one logit": ({"type": "BinaryCrossentropy", "from_logits": True}, 2, 1, ("classes", "number", 2, 0.0)),
    "hinge": ("squared_hinge", 2, 1, ("classes", "number", 2, 0.0)),
    "chosen by shape": ("crossentropy", 2, 1, ("classes", "number", 2, 0.5)),
    "two classes as numbers": ("mse", 2, 1, ("classes", "number", 2, 0.5)),
    "three classes as numbers": ("mse", 3, 1, ("number", "number", 0, 0.5)),
    "a class alone": ("categorical_crossentropy", 1, 1, ("classes", "one_hot", 1, 0.5)),
    "an embedding": ("circle", 3, 8, None),
    "a number": ("mae", None, 1, ("number", "number", 0, 0.5)),
}


@pytest.mark.parametrize("case", READINGS)
def test_what_an_output_says(case: str) -> None:
    loss, classes, units, expected = READINGS[case]
    target: Any = "number" if classes is None else "classes"
    facts = DatasetFacts(name="x", rows=9, input_shape=(4,), target=target, classes=classes, scaling="none")
    found = reading_of(TrainingSpec.model_validate({"loss": loss}), facts, units)
    assert (found and (found.kind, found.encoding, found.classes, found.threshold)) == expected


def test_labels_are_read_one_by_one() -> None:
    facts = DatasetFacts(name="x", rows=9, input_shape=(4,), target="labels", target_units=8, scaling="none")
    for loss, threshold in (("bce", 0.5), ({"type": "BinaryCrossentropy", "from_logits": True}, 0.0)):
        found = reading_of(TrainingSpec.model_validate({"loss": loss}), facts, 8)
        assert found is not None
        assert (found.kind, found.threshold) == ("labels", threshold)


def test_what_lies_on_the_threshold_is_the_first_class() -> None:
    outputs = np.array([[0.5], [0.500001], [math.nan], [-1.0]], "float32")
    assert Reading("classes", "number", 2).predicted_classes(outputs).tolist() == [0, 1, -1, 0]
    assert Reading("classes", "number", 2, 0.0).predicted_classes(outputs).tolist() == [1, 1, -1, 0]
    # The one unit of a class alone is the greatest, and its one-hot target is that class, not the number 1.
    alone = Reading("classes", "one_hot", 1)
    assert told(alone, np.ones((3, 1)), np.ones((3, 1)), np.zeros((3, 1)))["confusion_matrix"] == [[3]]


# --- outputs --------------------------------------------------------------------------------------------------------


def predictor(engine: Engine, *, is_stop_asked: bool = False) -> Predictor:
    return Predictor(engine.model, 16, engine.job_functions, lambda: is_stop_asked, lambda: None)


def test_outputs_are_those_of_predict_in_memory_and_from_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    features, target = rows_of((6,), rows=150)
    engine = Engine(PLAIN, TRAINING, ROWS, None)
    engine.run()
    before = [variable.numpy() for variable in engine.model.variables]
    expected = engine.model.predict(features, batch_size=16, verbose=0)
    once = predictor(engine)
    for rows in (tensors_of(features, target), place(features, target)):
        # The second time, its calls are as long as they may be.
        for _ in range(2):
            np.testing.assert_array_equal(np.concatenate(list(once.outputs(rows))), expected)
    monkeypatch.setattr("worker.trainer.epochs.predictions._OUTPUT_BYTES", 2 * 16 * 3 * 4)
    pieces = list(predictor(engine).outputs(tensors_of(features, target)))
    assert [len(piece) for piece in pieces] == [16, 32, 32, 32, 32, 6]
    for variable, value in zip(engine.model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    with pytest.raises(Stopped):
        next(predictor(engine, is_stop_asked=True).outputs(tensors_of(features)))


def test_another_job_of_the_same_form_finds_the_program_and_uses_its_own_weights() -> None:
    features, _ = ROWS
    one = Engine(PLAIN, TRAINING, ROWS, None)
    list(predictor(one).outputs(tensors_of(features)))
    programs = list(one.functions._functions)
    other = Engine(PLAIN, {**TRAINING, "seed": 8}, ROWS, None, functions=one.functions)
    found = np.concatenate(list(predictor(other).outputs(tensors_of(features))))
    assert list(one.functions._functions) == programs
    np.testing.assert_array_equal(found, other.model.predict(features, batch_size=16, verbose=0))


def test_half_precision_is_read_as_it_is() -> None:
    engine = Engine(PLAIN, {**TRAINING, "precision": "mixed_float16"}, ROWS, None)
    (found,) = predictor(engine).outputs(tensors_of(ROWS[0][:9]))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, engine.model.predict(ROWS[0][:9], batch_size=16, verbose=0).astype("f4"))


# --- jobs -----------------------------------------------------------------------------------------------------------

BOTH = {"split": {"validation": 0.3, "test": 0.2, "seed": 3}}
LOGIT: Spec = {"type": "Dense", "units": 1}
HIDDEN: Spec = {"type": "Dense", "units": 6, "activation": "elu"}
JOBS: dict[str, tuple[dict[str, Any], Spec, dict[str, Any]]] = {
    "averages": (
        {"name": "iris", **BOTH},
        {"type": "Dense", "units": 3, "activation": "softmax"},
        {
            "loss": "sparse_categorical_crossentropy",
            "optimizer": {"type": "SGD", "learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.5},
        },
    ),
    "logits of two classes": (
        {"name": "breast_cancer", **BOTH},
        LOGIT,
        {"loss": {"type": "BinaryCrossentropy", "from_logits": True}, "metrics": []},
    ),
    "numbers": ({"name": "diabetes", "split": {"test": 0.3, "seed": 3}}, LOGIT, {"loss": "mse"}),
    "classes as numbers": ({"name": "iris", **BOTH}, LOGIT, {"loss": "mae"}),
}


@pytest.mark.parametrize("case", JOBS)
def test_a_job_tells_what_its_stored_model_gets_wrong(trainer: TrainerProcess, tmp_path: Path, case: str) -> None:
    dataset, last, said = JOBS[case]
    training = {"optimizer": "adam", "metrics": [], "epochs": 3, "batch_size": 16, "seed": 5, **said}
    job = {"dataset": dataset, "network": {"layers": [HIDDEN, last]}, "training": training}
    _, ended = trainer.train(job, tmp_path)
    assert ended.outcome == "succeeded"
    found = ended.results["evaluation"]
    spec = JobSpec.model_validate(job)
    classes = {"iris": 3, "breast_cancer": 2, "diabetes": None}[dataset["name"]]
    encoding = target_encoding(spec.training, classes, last["units"])
    data = PreparedDataSets().get(dataset_of(spec.dataset), spec.training, encoding)
    model: Any = keras.models.load_model(tmp_path / "model.keras")
    assert set(found) == {"validation", "test"}
    assert (found["validation"] is None) == (data.validation is None) == (case == "numbers")
    for kind, rows in (("validation", data.validation), ("test", data.test)):
        if rows is None:
            continue
        outputs = model.predict(rows.features, batch_size=16, verbose=0)
        if "numbers" in case:
            assert_numbers(found[kind], rows.target, outputs, rel=1e-6)
            assert found[kind]["baseline"]["mean"] == pytest.approx(data.training.target.mean(), rel=1e-6)
            continue
        predicted = (outputs[:, 0] > 0).astype(int) if last is LOGIT else outputs.argmax(axis=1)
        assert_classes(found[kind], rows.target.reshape(-1), predicted)
        assert found[kind]["classes"] == ["0", "1", "2"][:classes]
        commonest = str(np.bincount(data.training.target.reshape(-1).astype(int)).argmax())
        assert found[kind]["baseline"]["class"] == commonest


def test_what_has_no_rows_or_no_class_is_not_evaluated(trainer: TrainerProcess, tmp_path: Path) -> None:
    said = {"optimizer": "adam", "epochs": 1, "batch_size": 50, "seed": 5}
    layers = [{"type": "Dense", "units": 3, "activation": "softmax"}]
    for loss, split, expected in (("circle", 0.2, None), ("cce", 0.0, {"validation": None, "test": None})):
        training = {**said, "loss": "categorical_crossentropy" if loss == "cce" else loss, "validation_split": split}
        _, ended = trainer.train({"dataset": "iris", "network": {"layers": layers}, "training": training}, tmp_path)
        assert ended.outcome == "succeeded", ended.message
        assert ended.results["evaluation"] == expected
