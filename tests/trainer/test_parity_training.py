"""Every optimizer, schedule, loss, metric and callback, trained by the engine and by plain ``fit``."""

from typing import Any

import keras
import numpy as np
import pytest
from pydantic import TypeAdapter

from spec.language.declared import kinds
from spec.metrics import Metric, MetricField
from spec.training.callbacks import Callback
from spec.training.losses import Loss
from spec.training.optimizers import Optimizer
from spec.training.schedules import Schedule
from spec.training.targets import Wants
from tests.trainer.parity import Engine, assert_parity, by_engine
from tests.trainer.plain_keras import Spec, compiled, fit
from tests.trainer.samples import (
    BRANCHES,
    DISTURBED,
    EVEN,
    OPTIMIZERS,
    PLAIN,
    ROWS,
    SCHEDULES,
    SHAPE,
    SOFTMAX,
    VALIDATION,
)
from worker.trainer.compilation.traced_functions import TracedFunctions

# Keras 3.15 reads an optimizer's rate through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

# --- the loop itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 32, 100])
def test_last_batches_of_any_size_train_as_in_keras(batch_size: int) -> None:
    assert_parity(DISTURBED, rows=ROWS, validation=VALIDATION, batch_size=batch_size, epochs=3)


def test_shuffled_rows_come_in_the_promised_order() -> None:
    assert_parity(DISTURBED, rows=ROWS, validation=VALIDATION, shuffle=True)


def test_no_validation_rows_no_validation_metrics() -> None:
    course = assert_parity(PLAIN, rows=EVEN)
    assert set(course.rows[0].metrics) == {"loss", "accuracy", "learning_rate"}


def test_class_weights_weigh_as_in_keras() -> None:
    assert_parity(PLAIN, rows=ROWS, validation=VALIDATION, class_weight={"0": 3.0, "2": 0.5})


def test_a_graph_trains_as_in_keras() -> None:
    assert_parity(BRANCHES, rows=EVEN, validation=VALIDATION)


# --- optimizers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", kinds(Optimizer))
def test_an_optimizer_trains_as_in_keras(kind: str) -> None:
    assert_parity(PLAIN, rows=EVEN, optimizer={"type": kind, **OPTIMIZERS[kind]}, metrics=[], epochs=3)


# --- schedules ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in kinds(Schedule) if kind != "OneCycle"])
def test_a_schedule_by_step_trains_as_in_keras(kind: str) -> None:
    schedule = {"type": kind, **SCHEDULES[kind]}
    optimizer = {"type": "SGD", "learning_rate": schedule}
    course = assert_parity(PLAIN, rows=EVEN, epochs=4, optimizer=optimizer, metrics=[])
    at_home = keras.optimizers.SGD(getattr(keras.optimizers.schedules, kind)(**SCHEDULES[kind]))
    for row in course.rows:
        at_home.iterations.assign(row.number * 2)
        assert row.metrics["learning_rate"] == float(at_home.learning_rate)


def test_schedules_by_epoch_train_as_with_keras_scheduler() -> None:
    # Rates are set between epochs, so that all schedules are of one form and their jobs share what is traced.
    functions = TracedFunctions()
    plain = _said({"optimizer": {"type": "SGD", "learning_rate": 0.1, "momentum": 0.5}, "epochs": 5})
    expected_model = compiled(PLAIN, plain, SHAPE)
    expected_model.optimizer.build(expected_model.trainable_variables)
    variables = [*expected_model.variables, *expected_model.optimizer.variables]
    beginning = [np.array(variable.value) for variable in variables]
    for kind in kinds(Schedule):
        if kind == "OneCycle":
            continue
        schedule = {"type": kind, **SCHEDULES[kind], "unit": "epoch"}
        at_home = getattr(keras.optimizers.schedules, kind)(**SCHEDULES[kind])
        said = {**plain, "optimizer": {**plain["optimizer"], "learning_rate": schedule}}
        engine = Engine(PLAIN, said, EVEN, None, functions=functions)
        course = engine.run()
        for variable, value in zip(variables, beginning, strict=True):
            variable.assign(value)
        scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, at_home=at_home: float(at_home(epoch)))
        logs = fit(expected_model, plain, EVEN, None, [scheduler])
        assert [row.metrics for row in course.rows] == logs, kind
        rates = [row.metrics["learning_rate"] for row in course.rows]
        assert rates == [float(at_home(epoch)) for epoch in range(5)], kind
        for weights, expected in zip(engine.model.get_weights(), expected_model.get_weights(), strict=True):
            np.testing.assert_array_equal(weights, expected, err_msg=kind)


def _said(training: Spec) -> Spec:
    return {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "batch_size": 32,
        "shuffle": False,
        "seed": 7,
        "callbacks": [],
        **training,
    }


CYCLE = {"type": "OneCycle", "max_learning_rate": 0.2, "warmup_fraction": 0.4, "final_fraction": 0.2}
STEPS, EPOCHS = 2, 5


class CycleAtHome(keras.callbacks.Callback):
    """1cycle by hand: three straight lines, set ahead of each batch."""

    def __init__(self, momentum_name: str | None = None) -> None:
        super().__init__()
        self._step = 0
        self._momentum_name = momentum_name

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ANN401 (Keras's signature)
        del batch, logs
        progress = self._step / (STEPS * EPOCHS - 1)
        rate = np.interp(progress, [0, 0.4, 0.8, 1.0], [0.02, 0.2, 0.02, 0.00002])
        self.model.optimizer.learning_rate = float(rate)
        if self._momentum_name is not None:
            momentum = np.interp(progress, [0, 0.4, 0.8, 1.0], [0.95, 0.85, 0.95, 0.95])
            setattr(self.model.optimizer, self._momentum_name, float(momentum))
        self._step += 1


def test_one_cycle_trains_as_with_rates_set_by_hand() -> None:
    training = _said({"optimizer": {"type": "SGD", "learning_rate": CYCLE, "momentum": 0.9}, "epochs": EPOCHS})
    model, course = by_engine(DISTURBED, training, EVEN, VALIDATION)
    plain = {**training, "optimizer": {"type": "SGD", "learning_rate": 0.1, "momentum": 0.9}}
    expected_model = compiled(DISTURBED, plain, SHAPE)
    logs = fit(expected_model, plain, EVEN, VALIDATION, [CycleAtHome()])
    for row, log in zip(course.rows, logs, strict=True):
        assert {name: row.metrics[name] for name in log} == pytest.approx(log, rel=1e-6)
    rates = [row.metrics["learning_rate"] for row in course.rows]
    assert rates == pytest.approx(np.interp(np.array([2, 4, 6, 8, 9]) / 9, [0, 0.4, 0.8, 1.0], [0.02, 0.2, 0.02, 2e-5]))
    for weights, expected in zip(model.get_weights(), expected_model.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-6)


MOVED = [("SGD", "momentum"), ("RMSprop", "momentum"), ("Adam", "beta_1"), ("Nadam", "beta_1"), ("Lion", "beta_1")]


@pytest.mark.parametrize(("kind", "name"), MOVED)
def test_momentum_mirrors_one_cycle_as_if_set_by_hand(kind: str, name: str) -> None:
    cycle = {**CYCLE, "max_momentum": 0.95, "min_momentum": 0.85}
    optimizer = {"type": kind, name: 0.95}
    training = _said({"optimizer": {**optimizer, "learning_rate": cycle}, "epochs": EPOCHS})
    model, course = by_engine(PLAIN, training, EVEN, None)
    plain = {**training, "optimizer": {**optimizer, "learning_rate": 0.1}}
    expected_model = compiled(PLAIN, plain, SHAPE)
    # In eager mode the optimizer reads the attribute anew at every step, so a plain number does.
    expected_model.run_eagerly = True
    logs = fit(expected_model, plain, EVEN, None, [CycleAtHome(name)])
    for row, log in zip(course.rows, logs, strict=True):
        assert {metric: row.metrics[metric] for metric in log} == pytest.approx(log, rel=1e-4)
    for weights, expected in zip(model.get_weights(), expected_model.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, rtol=1e-3, atol=1e-4)
    assert getattr(model.optimizer, name) == pytest.approx(0.95)


# --- losses ------------------------------------------------------------------------------------------------------

LOSSES: dict[str, Spec] = {
    "CategoricalCrossentropy": {"label_smoothing": 0.1},
    "Huber": {"delta": 0.2},
    "MeanSquaredError": {"reduction": "sum"},
}


def encoded(rows: tuple[np.ndarray, np.ndarray], wants: Wants) -> tuple[np.ndarray, np.ndarray]:
    """The rows with their classes as a loss or metric wants them, before three outputs or one."""
    features, target = rows
    if wants == "classes":
        return rows
    return features, (
        target.astype("float32").reshape(-1, 1) if wants == "number" else np.eye(3, dtype="float32")[target]
    )


@pytest.mark.parametrize("kind", kinds(Loss))
def test_a_loss_trains_as_in_keras(kind: str) -> None:
    wants = kinds(Loss)[kind].WANTS
    loss = {"type": kind, **LOSSES.get(kind, {})}
    assert_parity(PLAIN, rows=encoded(ROWS, wants), loss=loss, metrics=[])


def test_a_regression_trains_as_in_keras() -> None:
    layers = [PLAIN[0], {"type": "Dense", "units": 1}]
    rows, validation = encoded(EVEN, "number"), encoded(VALIDATION, "number")
    assert_parity(layers, rows=rows, validation=validation, loss="mse", metrics=["mae", "r2_score"])
    # At home the targets are as they come, without an axis of their own: the numbers are the same.
    flat = plain_flat(layers, rows, validation)
    course = by_engine(layers, _said({"loss": "mse", "metrics": ["mae"], "epochs": 2}), rows, validation)[1]
    assert [{name: row.metrics[name] for name in log} for row, log in zip(course.rows, flat, strict=True)] == flat


def plain_flat(layers: list[Spec], *both: tuple[np.ndarray, np.ndarray]) -> list[dict[str, float]]:
    training = _said({"loss": "mse", "metrics": ["mae"], "epochs": 2, "optimizer": "rmsprop"})
    rows, validation = ((features, target.reshape(-1)) for features, target in both)
    return fit(compiled(layers, training, SHAPE), training, rows, validation)


# --- metrics -----------------------------------------------------------------------------------------------------

METRICS: dict[str, list[Spec]] = {
    "AUC": [{}, {"curve": "PR", "multi_label": True, "num_labels": 3}],
    "F1Score": [{"average": "macro"}],
    "FBetaScore": [{"average": "weighted", "beta": 2.0}],
    "IoU": [
        {"num_classes": 3, "target_class_ids": [0, 2]},
        {"num_classes": 3, "target_class_ids": [1], "sparse_y_pred": False},
    ],
    "MeanIoU": [{"num_classes": 3}, {"num_classes": 3, "sparse_y_pred": False, "sparse_y_true": False}],
    "OneHotIoU": [{"num_classes": 3, "target_class_ids": [0, 1]}],
    "OneHotMeanIoU": [{"num_classes": 3}],
    "Precision": [{"thresholds": 0.3}, {"class_id": 1}],
    "PrecisionAtRecall": [{"recall": 0.5}],
    "RecallAtPrecision": [{"precision": 0.5}],
    "Recall": [{"top_k": 1}],
    "SensitivityAtSpecificity": [{"specificity": 0.5}],
    "SpecificityAtSensitivity": [{"sensitivity": 0.5}],
    "TopKCategoricalAccuracy": [{"k": 2}],
    "SparseTopKCategoricalAccuracy": [{"k": 2}],
    "PearsonCorrelation": [{}, {"axis": 0}],
}


MOST_METRICS = 32
"""So many a training may have."""


def metrics_by_want() -> dict[Wants, list[Spec]]:
    """Every metric, by what it wants."""
    found: dict[Wants, list[Spec]] = {"classes": [], "one_hot": [], "match": [], "number": []}
    reader = TypeAdapter(MetricField)
    for kind in kinds(Metric):
        for arguments in METRICS.get(kind, [{}]):
            metric = reader.validate_python({"type": kind, **arguments})
            assert isinstance(metric, Metric)
            found[metric.wants()].append({"type": kind, **arguments})
    return found


@pytest.mark.parametrize(
    ("wants", "loss"),
    [
        ("classes", "sparse_categorical_crossentropy"),
        ("one_hot", "categorical_crossentropy"),
        ("match", "mse"),
        ("number", "mse"),
    ],
)
def test_metrics_are_as_in_keras(wants: Wants, loss: str) -> None:
    metrics = metrics_by_want()[wants]
    assert metrics
    # What is counted of rows held back is counted by the same metrics: one kind of them shows that it is.
    rows, validation = encoded(EVEN, wants), encoded(VALIDATION, wants) if wants == "classes" else None
    output = {"type": "Dense", "units": 1, "activation": "relu"} if wants == "number" else SOFTMAX
    for some in filter(None, (metrics[:MOST_METRICS], metrics[MOST_METRICS:])):
        assert_parity(
            [output],
            rows=rows,
            validation=validation,
            loss=loss,
            metrics=some,
        )


# --- callbacks ---------------------------------------------------------------------------------------------------

CALLBACKS: dict[str, list[Spec]] = {
    "EarlyStopping": [
        {"patience": 1, "restore_best_weights": True},
        {"patience": 2, "monitor": "accuracy", "min_delta": 0.01, "start_from_epoch": 1},
    ],
    "ReduceLROnPlateau": [{"monitor": "val_accuracy", "factor": 0.5, "patience": 1, "min_delta": 0.05, "cooldown": 1}],
    "TerminateOnNaN": [{}],
    "SwapEMAWeights": [{}, {"swap_on_epoch": True}],
}


@pytest.mark.parametrize("kind", kinds(Callback))
def test_a_callback_acts_as_in_keras(kind: str) -> None:
    for arguments in CALLBACKS[kind]:
        assert_parity(
            PLAIN,
            rows=EVEN,
            validation=VALIDATION,
            at_home=lambda arguments=arguments: [getattr(keras.callbacks, kind)(**arguments)],
            callbacks=[{"type": kind, **arguments}],
            optimizer={"type": "SGD", "learning_rate": 0.5, "momentum": 0.9, "use_ema": True, "ema_momentum": 0.8},
            epochs=8,
        )


def test_early_stopping_stops_and_restores() -> None:
    rows, validation = EVEN, (VALIDATION[0], VALIDATION[1][::-1].copy())
    arguments = {"monitor": "val_loss", "patience": 2, "restore_best_weights": True}
    course = assert_parity(
        PLAIN,
        rows=rows,
        validation=validation,
        at_home=lambda: [keras.callbacks.EarlyStopping(**arguments)],
        callbacks=[{"type": "EarlyStopping", **arguments}],
        optimizer={"type": "SGD", "learning_rate": 0.5},
        epochs=30,
    )
    assert 2 < len(course.rows) < 30


def test_terminate_on_nan_ends_after_the_very_step() -> None:
    # The first steps are sound; features beyond float32's square root make the loss infinite in the third batch.
    features = ROWS[0].copy()
    features[64:] = 1e38
    layers: list[Spec] = [{"type": "Dense", "units": 3}]
    course = assert_parity(
        layers,
        rows=(features, np.eye(3, dtype="float32")[ROWS[1]]),
        validation=encoded(VALIDATION, "one_hot"),
        at_home=lambda: [keras.callbacks.TerminateOnNaN()],
        callbacks=[{"type": "TerminateOnNaN"}],
        loss="mse",
        metrics=[],
        batch_size=10,
        epochs=3,
    )
    assert len(course.rows) == 1
    assert course.non_finite_loss is not None
    assert (course.non_finite_loss.epoch, course.non_finite_loss.step) == (1, 7)


def test_without_terminate_on_nan_training_goes_on_as_in_keras() -> None:
    layers: list[Spec] = [{"type": "Dense", "units": 3}]
    course = assert_parity(
        layers,
        rows=encoded(EVEN, "one_hot"),
        optimizer={"type": "SGD", "learning_rate": 1e30},
        loss="mse",
        metrics=[],
        epochs=3,
    )
    assert not np.isfinite([row.metrics["loss"] for row in course.rows]).any()
    assert course.non_finite_loss is None
