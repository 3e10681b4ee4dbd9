"""Mixed precision: Keras's own, to the bit."""

from pathlib import Path

import keras
import numpy as np
import pytest

from spec.training.optimizers import OneCycle
from tests.trainer.parity import TRAINING, Engine, assert_parity, by_engine, rows_of
from tests.trainer.plain_keras import Spec, compiled, fit
from tests.trainer.resuming import Run
from tests.trainer.samples import DISTURBED, EVEN, OPTIMIZERS, SHAPE, VALIDATION
from worker.trainer.network.precision import computing_in, inner_optimizer
from worker.trainer.results.artifacts import save_model

# Keras 3.15 reads an optimizer's rate through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

MIXED = ("mixed_float16", "mixed_bfloat16")
IMAGE = (8, 8, 3)
CONVOLUTION: list[Spec] = [
    {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
    {"type": "BatchNormalization"},
    {"type": "GlobalAveragePooling2D"},
    {"type": "Dense", "units": 8, "activation": "elu", "kernel_regularizer": {"type": "L2", "l2": 0.01}},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 3, "activation": "softmax"},
]
STEPS = 2
"""Of an epoch of 64 rows in batches of 32."""


def numbers(optimizer: keras.optimizers.Optimizer) -> list[np.ndarray]:
    return [np.array(variable.value) for variable in optimizer.variables]


@pytest.mark.parametrize("precision", MIXED)
def test_mixed_precision_trains_as_in_keras(precision: str) -> None:
    assert_parity(
        CONVOLUTION,
        rows=rows_of(IMAGE, rows=64),
        validation=rows_of(IMAGE, rows=20, seed=2),
        precision=precision,
        optimizer={"type": "Adam", "learning_rate": 0.01},
    )


def test_steps_that_overflow_are_passed_over_as_in_keras() -> None:
    training = {**TRAINING, "precision": "mixed_float16", "epochs": 4}
    reference = compiled(DISTURBED, training, SHAPE)
    logs = fit(reference, training, EVEN, VALIDATION)
    model, course = by_engine(DISTURBED, training, EVEN, VALIDATION)
    assert [row.metrics for row in course.rows] == [{**log, "learning_rate": pytest.approx(0.05)} for log in logs]
    # With them go the optimizer's own numbers: the scale that was halved, and the updates that were made.
    for number, expected in zip(numbers(model.optimizer), numbers(reference.optimizer), strict=True):
        np.testing.assert_array_equal(number, expected)
    assert 0 < int(model.optimizer.iterations.numpy()) < 4 * STEPS


def test_the_other_precision_has_no_scale() -> None:
    training = {**TRAINING, "precision": "mixed_bfloat16"}
    assert isinstance(Engine(DISTURBED, training, EVEN, None).model.optimizer, keras.optimizers.SGD)


@pytest.mark.parametrize("precision", MIXED)
def test_variables_and_metrics_stay_in_full_precision(precision: str) -> None:
    engine = Engine(DISTURBED, {**TRAINING, "precision": precision}, EVEN, VALIDATION)
    assert engine.model.outputs[0].dtype == precision.removeprefix("mixed_")
    assert {variable.dtype for variable in engine.state.variables()} <= {"float32", "int", "int32", "int64", "uint32"}


def test_a_callback_sets_the_rate_of_the_optimizer_within() -> None:
    arguments = {"monitor": "val_accuracy", "factor": 0.5, "patience": 1, "min_delta": 0.2}
    course = assert_parity(
        DISTURBED,
        rows=EVEN,
        validation=VALIDATION,
        at_home=lambda: [keras.callbacks.ReduceLROnPlateau(**arguments)],
        callbacks=[{"type": "ReduceLROnPlateau", **arguments}],
        precision="mixed_float16",
        optimizer={"type": "SGD", "learning_rate": 0.5},
        epochs=6,
    )
    assert course.rows[-1].metrics["learning_rate"] < 0.5


def test_a_schedule_follows_the_updates_that_were_made_as_in_keras() -> None:
    schedule = {"type": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5}
    course = assert_parity(
        DISTURBED, rows=EVEN, precision="mixed_float16", optimizer={"type": "SGD", "learning_rate": schedule}, epochs=3
    )
    assert course.rows[-1].metrics["learning_rate"] > 0.1 * 0.5 ** (3 * STEPS / 2)


class CycleAtHome(keras.callbacks.Callback):
    """The rates of a cycle, set ahead of each batch, whatever became of the batches before."""

    def __init__(self, rates: list[float]) -> None:
        super().__init__()
        self._rates = iter(rates)

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        del batch, logs
        self.model.optimizer.learning_rate = next(self._rates)


def test_one_cycle_counts_the_steps_that_are_passed_over() -> None:
    cycle = {"type": "OneCycle", "max_learning_rate": 0.2}
    training = {**TRAINING, "precision": "mixed_float16", "epochs": 3}
    model, course = by_engine(
        DISTURBED, {**training, "optimizer": {"type": "SGD", "learning_rate": cycle}}, EVEN, VALIDATION
    )
    assert int(model.optimizer.iterations.numpy()) < 3 * STEPS
    schedule = OneCycle.model_validate(cycle)
    rates = [float(np.float32(schedule.rate(step, total_steps=3 * STEPS))) for step in range(3 * STEPS)]
    reference = compiled(DISTURBED, training, SHAPE)
    logs = fit(reference, training, EVEN, VALIDATION, [CycleAtHome(rates)])
    for row, log in zip(course.rows, logs, strict=True):
        assert {name: row.metrics[name] for name in log} == log
    for weights, expected in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)


def test_a_cycled_momentum_is_the_inner_optimizers() -> None:
    cycle = {"type": "OneCycle", "max_learning_rate": 0.2, "max_momentum": 0.95, "min_momentum": 0.85}
    said = {"precision": "mixed_float16", "optimizer": {"type": "SGD", "momentum": 0.95, "learning_rate": cycle}}
    engine = Engine(DISTURBED, {**TRAINING, **said}, EVEN, None)
    engine.run()
    assert inner_optimizer(engine.model).momentum == pytest.approx(0.95)


def test_it_goes_on_to_the_bit(tmp_path: Path) -> None:
    """From within the second epoch, when the scale has been found; Nadam keeps most of all optimizers."""
    moment = 4
    said = {"precision": "mixed_float16", "shuffle": True, "optimizer": {"type": "Nadam", **OPTIMIZERS["Nadam"]}}
    whole = Run(DISTURBED, EVEN, None, kept=[moment], folder=tmp_path, **said).run()
    resumed = Run(DISTURBED, EVEN, None, **said)
    assert resumed.resume(whole.checkpoints[moment]).differences(whole) == []
    assert len(resumed.places) < len(whole.places)

    def forget_scale(engine: Engine) -> None:
        engine.model.optimizer.dynamic_scale.assign(engine.model.optimizer.initial_scale)

    assert resumed.resume(whole.checkpoints[moment], forget_scale).differences(whole)


@pytest.mark.parametrize("precision", MIXED)
def test_keras_alone_loads_the_model_and_predicts_alike(precision: str, tmp_path: Path) -> None:
    model, _ = by_engine(DISTURBED, {**TRAINING, "precision": precision}, EVEN, None)
    save_model(model, tmp_path)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[0].dtype_policy.name == precision
    np.testing.assert_array_equal(loaded.predict(EVEN[0], verbose=0), model.predict(EVEN[0], verbose=0))
    for number, expected in zip(numbers(loaded.optimizer), numbers(model.optimizer), strict=True):
        np.testing.assert_array_equal(number, expected)


def test_the_policy_is_set_for_what_is_built_and_no_longer() -> None:
    def build() -> None:
        with computing_in("mixed_float16"):
            assert keras.layers.Dense(1).compute_dtype == "float16"
            raise ZeroDivisionError

    keras.config.set_dtype_policy("float32")
    with pytest.raises(ZeroDivisionError):
        build()
    assert keras.config.dtype_policy().name == "float32"
    assert keras.layers.Dense(1).compute_dtype == "float32"
