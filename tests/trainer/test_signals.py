"""Signals: right, and without a trace in what is trained, in every loop; of several devices in `mirrored_program`."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from spec.signals import SIGNALS as DECLARED
from tests.trainer.parity import MOST_PROBE_ROWS, TRAINING, Engine, Rows, assert_state_is_known, class_weights, rows_of
from tests.trainer.placing import Place
from tests.trainer.plain_keras import Spec
from tests.trainer.resuming import Run, StepByStep
from tests.trainer.samples import DISTURBED, EVEN, NOISY, OPTIMIZERS, PLAIN, ROWS, SOFTMAX, VALIDATION
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Ended, Epoch, Signals
from worker.trainer.compilation.traced_functions import TracedFunctions
from worker.trainer.signals import SIGNALS
from worker.trainer.signals.activation_deviation import ACTIVATION_DEVIATION
from worker.trainer.signals.activations import FLAT_SLOPE, activation_of
from worker.trainer.signals.dead_fraction import DEAD_FRACTION
from worker.trainer.signals.gradient_norm import GRADIENT_NORM
from worker.trainer.signals.observer import Observer
from worker.trainer.signals.probe_rows import probe_rows
from worker.trainer.signals.signal import LayerSignals, Signal, WatchedLayer
from worker.trainer.untyped import Tensor

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

IMAGES: list[Spec] = [
    {"type": "Conv2D", "filters": 4, "kernel_size": 3},
    {"type": "SpatialDropout2D", "rate": 0.3},
    {"type": "GroupNormalization", "groups": 2},
    {"type": "BatchNormalization"},
    {"type": "GlobalAveragePooling2D"},
    SOFTMAX,
]
PENALIZED: list[Spec] = [
    {
        "type": "Dense",
        "units": 12,
        "activation": "elu",
        "kernel_regularizer": {"type": "L1L2", "l1": 0.01, "l2": 0.003},
        "bias_regularizer": {"type": "L1", "l1": 0.02},
        "activity_regularizer": {"type": "L2", "l2": 0.05},
        "kernel_constraint": {"type": "MaxNorm", "max_value": 1.0},
    },
    {"type": "BatchNormalization"},
    SOFTMAX,
]
BRANCHED: list[Spec] = [
    {"type": "Dense", "units": 6, "activation": "relu", "name": "first"},
    {"type": "Dropout", "rate": 0.1, "name": "dropped"},
    {"type": "Add", "inputs": ["first", "dropped"], "name": "sum"},
    {"type": "BatchNormalization", "name": "normalized", "trainable": False},
    {"type": "SpectralNormalization", "layer": {"type": "Dense", "units": 5, "activation": "tanh"}, "name": "spectral"},
    SOFTMAX,
]
ADAM: Spec = {"type": "Adam", "learning_rate": 0.01}
AVERAGED: Spec = {**ADAM, "use_ema": True, "ema_momentum": 0.7}
CYCLE = {"type": "OneCycle", "max_learning_rate": 0.2, "max_momentum": 0.95, "min_momentum": 0.85, "unit": "step"}
NADAM: Spec = {"type": "Nadam", **OPTIMIZERS["Nadam"]}
STOPPING: Spec = {"type": "EarlyStopping", "monitor": "loss", "min_delta": 100.0, "patience": 1}

TRAININGS: dict[str, tuple[list[Spec], Spec]] = {
    "every layer that draws": (NOISY, {"optimizer": NADAM, "shuffle": True}),
    "a last smaller batch": (NOISY, {"optimizer": ADAM, "batch_size": 48}),
    "penalties": (PENALIZED, {"optimizer": {"type": "SGD", **OPTIMIZERS["SGD"]}, "batch_size": 16}),
    "branches, a frozen layer": (BRANCHED, {"optimizer": ADAM}),
    "weighted classes": (DISTURBED, {"class_weight": {"0": 3.0}, "weighted_metrics": ["accuracy"]}),
    "a cycle of rates": (DISTURBED, {"optimizer": {**ADAM, "beta_1": 0.95, "learning_rate": CYCLE}}),
    "half precision": (DISTURBED, {"precision": "mixed_float16", "optimizer": NADAM, "shuffle": True}),
    "brain precision": (NOISY, {"precision": "mixed_bfloat16", "optimizer": ADAM}),
    "averages swapped": (DISTURBED, {"optimizer": AVERAGED, "callbacks": [{"type": "SwapEMAWeights"}]}),
    "averages swapped after epochs": (
        DISTURBED,
        {"optimizer": AVERAGED, "callbacks": [{"type": "SwapEMAWeights", "swap_on_epoch": True}]},
    ),
    "the best weights": (DISTURBED, {"callbacks": [{**STOPPING, "restore_best_weights": True}], "epochs": 4}),
    "an end at a loss that is not finite": (
        DISTURBED,
        {"optimizer": {"type": "SGD", "learning_rate": 1e30}, "callbacks": [{"type": "TerminateOnNaN"}]},
    ),
}


def trained(layers: list[Spec], rows: Rows = ROWS, validation: Rows | None = VALIDATION, **said: Any) -> Engine:  # noqa: ANN401
    """What is left of a training, with as many epochs more than one as it may have."""
    others = {name: said.pop(name) for name in ("signals", "place", "functions") if name in said}
    engine = Engine(layers, {**TRAINING, **said}, rows, validation, **others)
    engine.run()
    return engine


def differences(one: Engine, other: Engine) -> list[str]:
    """What differs to the bit: epochs, and every variable that a step reads or writes, generators among them."""
    rows = [[(row.number, row.metrics) for row in engine.loop.course.rows] for engine in (one, other)]
    found = ["epochs"] if repr(rows[0]) != repr(rows[1]) else []
    for mine, others in zip(one.state.variables(), other.state.variables(), strict=True):
        if np.array(mine.value).tobytes() != np.array(others.value).tobytes():
            found.append(mine.path)
    if repr(one.loop.course.non_finite_loss) != repr(other.loop.course.non_finite_loss):
        found.append("non-finite loss")
    return found


def shape_of(layers: list[Spec]) -> tuple[int, ...]:
    return (8, 8, 3) if layers is IMAGES else (6,)


# --- nothing of the training changes ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*TRAININGS, "images"])
def test_they_are_those_of_keras_own_step_and_leave_no_trace_in_what_is_trained(name: str) -> None:
    layers, said = TRAININGS.get(name, (IMAGES, {"optimizer": ADAM, "shuffle": True}))
    rows = rows_of(shape_of(layers), rows=64)
    without = trained(layers, rows, rows, **said)
    measured = trained(layers, rows, rows, **said, signals=SIGNALS)
    assert differences(measured, without) == []
    assert list(measured.measured) == [row.number for row in without.loop.course.rows]
    assert without.measured == {}
    assert_state_is_known(measured)
    # Of the model as it stands, whatever the callbacks have left in it; this pass draws numbers and moves averages.
    told = measured._probe().measure().signals
    if "callbacks" not in said:
        last = measured.measured[len(measured.measured)]
        assert told == {layer: without_ratio(values) for layer, values in last.items()}
        ratios = [values["update_ratio"] for values in last.values() if "update_ratio" in values]
        assert ratios
        assert all(0 < ratio < 1 for ratio in ratios)
    expected = expected_signals(measured, {**TRAINING, **said})
    assert list(told) == list(expected)
    rough = {"rel": 0.05, "abs": 0.02} if "precision" in said else {"rel": 1e-4, "abs": 1e-6}
    for layer, values in expected.items():
        found = {name: value for name, value in told[layer].items() if name in values}
        assert found == pytest.approx(values, **rough, nan_ok=True), layer


class Unshielded:
    """An observer that calls the model as one is called in training."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model

    def steps_apart(self, epoch: int) -> int:
        return epoch

    def before_steps_apart(self) -> None:
        pass

    def after_epoch(self, epoch: int) -> None:
        del epoch
        self._model(ROWS[0], training=True)


def test_a_pass_that_was_not_shielded_would_show() -> None:
    """The comparison sees one draw of a generator, and one update of a moving average."""
    engine = Engine(DISTURBED, TRAINING, ROWS, VALIDATION)
    engine.loop._observer = Unshielded(engine.model)
    engine.run()
    found = differences(engine, trained(DISTURBED))
    assert "epochs" in found
    assert any("seed_generator" in name for name in found)
    assert any("moving_mean" in name for name in found)


def test_they_leave_no_trace_where_rows_are_streamed(place: Place) -> None:
    said: Spec = {"optimizer": ADAM, "shuffle": True, "batch_size": 16, "class_weight": {"0": 3.0, "2": 0.5}}
    streamed = trained(DISTURBED, **said, place=place, signals=SIGNALS)
    in_memory = trained(DISTURBED, **said, signals=SIGNALS)
    assert differences(streamed, trained(DISTURBED, **said, place=place)) == []
    assert streamed.measured == in_memory.measured
    assert len(streamed.measured) == 2


@pytest.mark.parametrize("name", ["every layer that draws", "half precision", "averages swapped after epochs"])
def test_a_training_goes_on_at_every_moment_and_tells_the_same(name: str, tmp_path: Path) -> None:
    layers, said = TRAININGS[name]
    whole = Run(layers, EVEN, VALIDATION, kept=None, folder=tmp_path, signals=SIGNALS, **said).run()
    other = Run(layers, EVEN, VALIDATION, signals=SIGNALS, **said)
    for moment, path in whole.checkpoints.items():
        other.engine.measured.clear()
        assert other.resume(path).differences(whole) == [], whole.places[moment]
        ended, step, _ = whole.places[moment]
        expected = {epoch: dict(told) for epoch, told in whole.engine.measured.items() if epoch > ended}
        if step == 2 and expected:  # the weights ahead of the last step are gone
            expected[ended + 1] = {layer: without_ratio(told) for layer, told in expected[ended + 1].items()}
        assert other.engine.measured == expected, whole.places[moment]


# --- what is measured ---------------------------------------------------------------------------------------------


def without_ratio(told: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in told.items() if name != "update_ratio"}


def expected_signals(engine: Engine, said: Spec) -> dict[str, dict[str, float]]:
    """Some by plain Keras, run eagerly on the model as it stands: its own training step up to the gradients."""
    model = engine.model
    drawn = probe_rows((*engine.rows, class_weights(engine.rows[1], said)), engine.spec.seed or 0, MOST_PROBE_ROWS)
    features, target, weight = drawn
    scale = 1.0
    if isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer):
        scale = float(model.optimizer.dynamic_scale.value)
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
    every = keras.Model(inputs, [layer.output for layer in layers])
    kernels = {one.path: np.asarray(one, np.float64) for one in model.trainable_variables}  # a layer may write to one
    with tf.GradientTape() as tape:
        outputs = every(features, training=True)
        loss = model.compute_loss(features, target, outputs[-1], weight) * scale
    weights = model.trainable_variables
    by_path = dict(zip([one.path for one in weights], tape.gradient(loss, [one.value for one in weights]), strict=True))
    found: dict[str, dict[str, float]] = {}
    for layer, output in zip(layers, outputs, strict=True):
        numbers = np.asarray(tf.cast(output, tf.float64))
        told = {"activation_mean": numbers.mean(), "activation_deviation": numbers.std()}
        gradients = [np.asarray(by_path[one.path], np.float64) / scale for one in layer.trainable_variables]
        if gradients:
            told["gradient_norm"] = math.sqrt(sum(float((one**2).sum()) for one in gradients))
            told["weight_norm"] = math.sqrt(
                sum(float((kernels[one.path] ** 2).sum()) for one in layer.trainable_variables)
            )
            told["non_finite"] = float(not math.isfinite(told["gradient_norm"] + told["weight_norm"]))
        if getattr(layer, "activation", None) is keras.activations.relu:
            told["dead_fraction"] = (numbers == 0).reshape(-1, numbers.shape[-1]).all(axis=0).mean()
        found[layer.name] = told
    return found


def test_norms_beyond_the_squares_of_single_precision_are_told() -> None:
    """A gradient of 1e-30 is not 0, and one of 1e30 is finite."""
    for count in (1, 50_000):  # numbers of a large tensor are copied only where they must be
        numbers = tf.constant([3.0, 4.0] * count) / math.sqrt(count)
        watched = [WatchedLayer(None, [tf.zeros([2])], [numbers * factor, None]) for factor in (1e-30, 1.0, 1e30, 0.0)]
        norms = [float(GRADIENT_NORM.measure(one)) for one in watched]
        assert norms == pytest.approx([5e-30, 5.0, 5e30, 0.0], rel=1e-4)
    outputs = [WatchedLayer(None, [], output=tf.constant([[3.0, -3.0]]) * factor) for factor in (1e-30, 1e30)]
    deviations = [float(ACTIVATION_DEVIATION.measure(one)) for one in outputs]
    assert deviations == pytest.approx([3e-30, 3e30], rel=1e-6)


def test_a_gradient_that_overflows_in_half_precision_alone_is_told() -> None:
    """Where the scale of the loss is too large for the probe's rows, a smaller one is tried, down to none."""
    engine = trained(PLAIN, precision="mixed_float16", epochs=1, signals=SIGNALS)
    probe = engine._probe()
    engine.model.optimizer.dynamic_scale.assign(2.0**15)
    before = probe.measure().signals["dense"]["gradient_norm"]
    engine.model.optimizer.dynamic_scale.assign(2.0**60)
    after = probe.measure().signals["dense"]["gradient_norm"]
    assert after == pytest.approx(before, rel=0.05)
    assert float(engine.model.optimizer.dynamic_scale.value) == 2.0**60


def test_what_is_not_finite_is_told_as_it_is() -> None:
    wild: Spec = {"optimizer": {"type": "SGD", "learning_rate": 1e30}, "loss": "mse", "metrics": []}
    rows = (ROWS[0], keras.utils.to_categorical(ROWS[1], 3))
    engine = trained([{"type": "Dense", "units": 3}], rows, None, **wild, signals=SIGNALS)
    assert not math.isfinite(engine.measured[2]["dense"]["gradient_norm"])
    assert engine.measured[2]["dense"]["non_finite"] == 1


def test_what_means_nothing_for_a_layer_is_left_out() -> None:
    layers: list[Spec] = [{"type": "Reshape", "target_shape": [3, 2]}, {"type": "Flatten"}, *BRANCHED]
    told = trained(layers, epochs=1, signals=SIGNALS).measured[1]
    of_all, of_outputs = {signal.name for signal in SIGNALS}, {"activation_mean", "activation_deviation"}
    assert {layer: set(values) for layer, values in told.items()} == {
        "first": of_all - {"saturated_fraction"},
        "dropped": of_outputs,
        "sum": of_outputs,
        "normalized": of_outputs,
        "spectral": of_all - {"dead_fraction"},
        "dense_1": of_all - {"dead_fraction"},
    }


@pytest.mark.parametrize("said", [{"batch_size": 48}, {"optimizer": {"type": "Lion", **OPTIMIZERS["Lion"]}}])
def test_the_update_is_what_the_last_step_changed(said: Spec) -> None:
    """The weights ahead of it are those that a hook sees between two steps; of two steps, one applies the gradients."""
    moments: list[tuple[int, int, list[np.ndarray]]] = []

    def note(is_epoch_over: bool) -> None:
        if not is_epoch_over:
            weights = [np.array(one.value, np.float64) for one in engine.model.trainable_variables[:2]]
            moments.append((len(engine.loop.course.rows) + 1, engine.loop.course.step, weights))

    engine = Engine(PLAIN, {**TRAINING, **said}, ROWS, VALIDATION, signals=SIGNALS, at_pause=note)
    engine.loop._training_calls = StepByStep()
    engine.run()
    steps = engine.loop.steps_per_epoch
    first = steps - (2 if "optimizer" in said else 1)
    weights = {(epoch, step): kept for epoch, step, kept in moments}
    for epoch in (1, 2):
        before, after = (np.concatenate([w.ravel() for w in weights[epoch, step]]) for step in (first, steps))
        expected = np.linalg.norm(after - before) / np.linalg.norm(before)
        assert engine.measured[epoch]["dense"]["update_ratio"] == pytest.approx(expected, rel=1e-4)
        assert expected > 0


@pytest.mark.parametrize(
    "name", ["tanh", "hard_tanh", "sigmoid", "hard_sigmoid", "sparse_sigmoid", "softsign", "elu", "celu", "selu"]
)
def test_flat_is_where_the_slope_is_a_twentieth_of_the_steepest(name: str) -> None:
    layer = keras.layers.Activation(name)
    numbers = tf.cast(tf.linspace(-30.0, 30.0, 6000), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(numbers)
        output = layer(numbers)
    slopes = np.asarray(tape.gradient(output, numbers))
    flat = activation_of(layer).flat
    assert flat is not None
    near = np.abs(slopes / slopes.max() - FLAT_SLOPE) < 1e-3
    is_flat = np.asarray(flat(output))
    np.testing.assert_array_equal(is_flat[~near], (slopes < FLAT_SLOPE * slopes.max())[~near])
    assert 0 < is_flat.mean() < 1


def test_flat_and_dead_of_layers_that_are_activations_or_hold_some() -> None:
    outputs = tf.constant([[[0.0, 2.0, 6.0]], [[0.0, 0.0, 7.0]]])
    dense = keras.layers.Dense(3, activation="relu")
    kinds: dict[keras.layers.Layer, tuple[float | None, list[bool] | None]] = {
        dense: (1 / 3, None),
        keras.layers.TimeDistributed(dense): (1 / 3, None),
        keras.layers.Bidirectional(keras.layers.SimpleRNN(3, activation="relu")): (1 / 3, None),
        keras.layers.ReLU(max_value=6.0): (1 / 3, [False, False, True]),
        keras.layers.ReLU(negative_slope=0.1): (None, None),
        keras.layers.LSTM(3): (None, None),
        keras.layers.ELU(alpha=2.0): (None, [False, False, False]),
    }
    for layer, (dead, flat) in kinds.items():
        found = DEAD_FRACTION.measure(WatchedLayer(layer, [], output=outputs))
        assert (found if found is None else float(found)) == (dead if dead is None else pytest.approx(dead)), layer.name
        told = activation_of(layer).flat
        assert (None if told is None else np.asarray(told(outputs))[0, 0].tolist()) == flat, layer.name
    decided = activation_of(keras.layers.Softmax()).flat
    assert decided is not None
    assert np.asarray(decided(tf.constant([[0.99, 0.01], [0.6, 0.4], [0.02, 0.98]]))).tolist() == [True, False, False]


@pytest.mark.parametrize("name", ["every layer that draws", "half precision"])
def test_the_first_weights_are_measured_once_the_first_epoch_has_ended(name: str) -> None:
    layers, said = TRAININGS[name]
    engine = trained(layers, **said, signals=SIGNALS)
    fresh = Engine(layers, {**TRAINING, **said}, ROWS, VALIDATION, signals=SIGNALS)
    expected = fresh._probe().measure()
    assert engine.started == [{"loss": expected.loss, "signals": expected.signals}]
    assert expected.signals != {layer: without_ratio(values) for layer, values in engine.measured[1].items()}


def test_short_epochs_are_not_all_measured() -> None:
    """The first ones and the last one are, whatever it costs."""
    engine = trained(PLAIN, EVEN, None, epochs=200, signals=SIGNALS)
    assert list(engine.measured)[:10] == list(range(1, 11))
    assert 10 < len(engine.measured) < 150
    assert list(engine.measured)[-1] == 200


def test_the_rows_are_drawn_by_the_seed_and_are_nobodys_order() -> None:
    rows = np.arange(1000)
    drawn, weights = probe_rows((rows, None), 7, 40)
    assert drawn is not None
    assert weights is None
    assert len(set(drawn)) == 40
    assert list(drawn) == sorted(drawn)
    np.testing.assert_array_equal(drawn, probe_rows((rows, None), 7, 40)[0])
    assert list(drawn) != list(probe_rows((rows,), 8, 40)[0])
    for epoch in range(3):
        order = np.random.default_rng([7, epoch]).permutation(1000)[:40]
        assert list(drawn) != sorted(order)
    np.testing.assert_array_equal(probe_rows((rows,), 7, 2000)[0], rows)


# --- what is compiled ---------------------------------------------------------------------------------------------


def keys_of(functions: TracedFunctions) -> list[str]:
    return [key.split(" (")[0] for key in functions._functions]


def test_their_program_is_their_own_and_shared_by_jobs_that_measure() -> None:
    functions = TracedFunctions()
    trained(DISTURBED, functions=functions)
    before = keys_of(functions)
    assert not [key for key in before if "signals" in key]
    first = trained(DISTURBED, functions=functions, signals=SIGNALS)
    assert keys_of(functions)[-1] != before[-1]
    kept = dict(functions._functions)
    second = trained(DISTURBED, functions=functions, signals=SIGNALS, seed=8)
    assert dict(functions._functions) == kept, "nothing was traced for the second job"
    alone = trained(DISTURBED, signals=SIGNALS, seed=8)
    assert second.measured == alone.measured != first.measured
    assert differences(second, alone) == []


def test_other_signals_have_another_program() -> None:
    def mean(watched: WatchedLayer) -> Tensor | None:
        return tf.cast(tf.reduce_mean(watched.weights[0]), tf.float64) if watched.weights else None

    functions = TracedFunctions()
    trained(DISTURBED, functions=functions, signals=SIGNALS)
    both = trained(DISTURBED, functions=functions, signals=(*SIGNALS, Signal("weight_mean", mean)))
    assert {name for values in both.measured[1].values() for name in values} >= {"gradient_norm", "weight_mean"}


# --- failures -----------------------------------------------------------------------------------------------------


def test_a_signal_that_fails_costs_the_signals_alone(caplog: pytest.LogCaptureFixture) -> None:
    def fail(watched: WatchedLayer) -> Tensor:
        return tf.debugging.assert_equal(watched.weights, "nothing like it")

    broken = trained(DISTURBED, signals=(*SIGNALS, Signal("broken", fail)))
    assert differences(broken, trained(DISTURBED)) == []
    assert broken.measured == {}
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "No signals are measured from epoch 1 on"
    ]


def test_a_signal_that_fails_at_last_keeps_what_was_told(caplog: pytest.LogCaptureFixture) -> None:
    told: dict[int, LayerSignals] = {}
    engine = Engine(DISTURBED, {**TRAINING, "epochs": 3}, ROWS, None)
    engine._signals = SIGNALS

    def tell(number: int, found: LayerSignals, start: Mapping[str, Any] | None) -> None:
        assert start is None
        if number == 2:
            raise OSError(28, "No space left on device")
        told[number] = found

    engine.loop._observer = Observer(engine.model, 3, engine._probe, tell)
    engine.run()
    assert list(told) == [1]
    assert [record.getMessage() for record in caplog.records] == [
        "No signals are measured from epoch 2 on: No space left on device"
    ]


# --- a job --------------------------------------------------------------------------------------------------------


def job(**said: object) -> dict[str, Any]:
    training = {**TRAINING, "shuffle": True, "validation_split": 0.2, "class_weight": "balanced"}
    layers = [{"type": "Flatten"}, *DISTURBED[:-1], {**DISTURBED[-1], "units": 10}]
    return {"dataset": "digits", "network": {"layers": layers}, "training": training, **said}


def reports_of(trainer: TrainerProcess, spec: dict[str, Any], folder: Path) -> list[Epoch | Signals]:
    folder.mkdir()
    trainer.order(spec, folder)
    *reports, ended = trainer.reports()
    assert isinstance(ended, Ended)
    assert ended.outcome == "succeeded", (folder / "trainer.log").read_text()
    return [report for report in reports if isinstance(report, Epoch | Signals)]


def test_a_job_tells_them_ahead_of_each_epoch_unless_it_wants_none(trainer: TrainerProcess, tmp_path: Path) -> None:
    without = reports_of(trainer, job(coach={"signals": False}), tmp_path / "without")
    reports = reports_of(trainer, job(), tmp_path / "with")
    assert [(type(report).__name__, report.epoch) for report in without] == [("Epoch", 1), ("Epoch", 2)]
    assert [(type(report).__name__, report.epoch) for report in reports] == [
        *[("Signals", 1), ("Epoch", 1)],
        *[("Signals", 2), ("Epoch", 2)],
    ]
    metrics = [[one.metrics for one in some if isinstance(one, Epoch)] for some in (without, reports)]
    assert metrics[0] == metrics[1]
    for report in reports:
        if isinstance(report, Signals):
            assert list(report.layers) == ["dense", "batch_normalization", "dropout", "dense_1"]
            assert all(values["gradient_norm"] > 0 for layer, values in report.layers.items() if layer != "dropout")
    start, later = [report.start for report in reports if isinstance(report, Signals)]
    assert start is not None
    assert later is None
    assert list(start) == ["inputs", "train_rows", "class_rows", "loss", "signals"]
    assert start["train_rows"] == sum(start["class_rows"]) == 1437
    (columns,) = start["inputs"].values()
    assert (columns["least"], columns["most"]) == (0, 1)
    assert columns["largest_scale"] == pytest.approx(math.hypot(columns["mean"], columns["deviation"]))
    assert 2 < start["loss"] < 4
    assert list(start["signals"]) == ["dense", "batch_normalization", "dropout", "dense_1"]


def test_every_signal_is_declared_and_measured() -> None:
    assert [signal.name for signal in SIGNALS] == list(DECLARED)
