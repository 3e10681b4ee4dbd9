"""Trains on two logical devices of one CPU, by the engine and by plain ``fit``: TensorFlow is told ahead of all else.

One line of JSON a case: its name, and what went wrong, or null.
"""

import json
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from spec.training.schedules import OneCycle
from tests.trainer.parity import TRAINING, assert_parity, by_engine, rows_of
from tests.trainer.plain_keras import Spec, compiled, fit
from tests.trainer.resuming import Run
from tests.trainer.samples import BRANCHES, DISTURBED, NAMED_LAYERS, PLAIN, SHAPE, SOFTMAX, named
from tests.trainer.test_precision import CycleAtHome
from worker.trainer import devices
from worker.trainer.epochs.mirrored import values_of
from worker.trainer.signals import SIGNALS

TWO = ("CPU:0", "CPU:1")
EVEN = rows_of(SHAPE, rows=64)
VALIDATION = rows_of(SHAPE, rows=37, seed=2)
"""The last batch of 5 falls into shares of 3 and 2."""
ADAM: Spec = {"type": "Adam", "learning_rate": 0.01}
DROPPED: list[Spec] = [PLAIN[0], {"type": "Dropout", "rate": 0.2}, PLAIN[1]]


def a_batch_smaller_than_the_replicas() -> None:
    course = assert_parity(DROPPED, rows=rows_of(SHAPE, rows=65), devices=TWO, class_weight={"0": 3.0}, shuffle=True)
    assert np.isfinite(course.rows[-1].metrics["loss"])


def equal_shares_in_mixed_precision_at_the_rates_of_a_cycle() -> None:
    cycle = {"type": "OneCycle", "max_learning_rate": 0.2}
    plain = {**TRAINING, "precision": "mixed_bfloat16"}
    training = {**plain, "optimizer": {"type": "SGD", "learning_rate": cycle}}
    _, course = by_engine(PLAIN, training, EVEN, None, TWO)
    schedule = OneCycle.model_validate(cycle)
    rates = [float(np.float32(schedule.rate(step, total_steps=4))) for step in range(4)]
    reference = compiled(PLAIN, plain, SHAPE, TWO)
    logs = fit(reference, plain, EVEN, None, [CycleAtHome(rates)])
    assert [{**row.metrics, "learning_rate": None} for row in course.rows] == [
        {**log, "learning_rate": None} for log in logs
    ], (course.rows, logs)


def averages_weighted_metrics_spared_variables_and_a_last_smaller_batch() -> None:
    optimizer = {**ADAM, "use_ema": True, "ema_momentum": 0.7, "weight_decay": 1.0}
    said = {"weighted_metrics": ["accuracy"], "class_weight": "balanced"}
    plain = {**TRAINING, **said, "optimizer": {**optimizer, "exclude_from_weight_decay": ["dense/bias"]}}
    rows = rows_of(SHAPE)
    reference = compiled(DISTURBED, plain, SHAPE, TWO)
    swap = {"type": "SwapEMAWeights", "swap_on_epoch": True}
    logs = fit(reference, plain, rows, VALIDATION, [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)])
    model, course = by_engine(DISTURBED, {**plain, "callbacks": [swap]}, rows, VALIDATION, TWO)
    assert np.isfinite(course.rows[-1].metrics["val_loss"])
    assert [{name: row.metrics[name] for name in log} for row, log in zip(course.rows, logs, strict=True)] == logs
    for weights, expected in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)


def several_inputs_and_weights_of_rows() -> None:
    said = {"weighted_metrics": ["accuracy"], "shuffle": True}
    course = assert_parity(NAMED_LAYERS, rows=named(70), validation=named(37, seed=2), devices=TWO, **said)
    assert course.rows[0].metrics["val_accuracy"] != course.rows[0].metrics["val_weighted_accuracy"]


def branches_of_the_input() -> None:
    """What is added up and multiplied is sorted by names."""
    assert_parity(BRANCHES, rows=rows_of(SHAPE), validation=VALIDATION, devices=TWO)
    assert_parity(BRANCHES, rows=EVEN, validation=EVEN, devices=TWO)


def batches_that_are_augmented() -> None:
    """Each device has generators of its own, and all of them begin alike."""
    augment = [{"type": "RandomFlip"}, {"type": "RandomTranslation", "height_factor": 0.2, "width_factor": 0.2}]
    layers: list[Spec] = [{"type": "Flatten"}, *DROPPED]
    assert_parity(layers, rows=rows_of((4, 4, 3)), validation=rows_of((4, 4, 3), rows=20), devices=TWO, augment=augment)


def operations_named_as_in_fit() -> None:
    """By names TensorFlow sorts what it adds up: those of a transformer come in another order within a loop."""
    layers: list[Spec] = [
        {"type": "Dense", "units": 6, "name": "read"},
        {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3, "name": "attention"},
        {"type": "Add", "inputs": ["read", "attention"]},
        {"type": "LayerNormalization"},
        {"type": "GlobalAveragePooling1D"},
        SOFTMAX,
    ]
    assert_parity(layers, rows=rows_of((7, 4), rows=64), devices=TWO, optimizer=ADAM, epochs=1)


def same_state(one: Run, other: Run) -> None:
    """All that each device holds, moving averages and metrics of its own among it."""
    assert one.differences(other) == [], one.differences(other)
    for mine, others in zip(one.engine.state._values(), other.engine.state._values(), strict=True):
        for copy, another in zip(mine, others, strict=True):
            np.testing.assert_array_equal(copy.numpy(), another.numpy(), err_msg=copy.name)


def the_exact_resume_with_signals_that_leave_no_trace() -> None:
    """Moving averages and metrics are each device's own, and come back so; signals are of the first device."""
    rows, moment = rows_of(SHAPE), 5
    optimizer = {"type": "Nadam", "learning_rate": 0.01}
    said = {"optimizer": optimizer, "class_weight": {"0": 3.0}, "devices": TWO, "shuffle": True}
    with tempfile.TemporaryDirectory() as name:
        whole = Run(DISTURBED, rows, VALIDATION, kept=[moment], folder=Path(name), signals=SIGNALS, **said).run()
        resumed = Run(DISTURBED, rows, VALIDATION, **said).resume(whole.checkpoints[moment])
        measured = Run(DISTURBED, rows, VALIDATION, signals=SIGNALS, **said).resume(whole.checkpoints[moment])
    assert 0 < len(resumed.places) < len(whole.places), (resumed.places, whole.places)
    # The one that measures nothing from there on has what the others have.
    same_state(resumed, whole)
    same_state(measured, whole)
    model = whole.engine.model
    (average,) = [variable for variable in model.variables if variable.path.endswith("moving_mean")]
    one, other = (copy.numpy() for copy in model.distribute_strategy.experimental_local_results(average.value))
    assert not np.array_equal(one, other)
    assert list(whole.engine.measured) == [1, 2], whole.engine.measured
    assert measured.engine.measured == {2: whole.engine.measured[2]}, measured.engine.measured
    alone = Run(DISTURBED, rows, VALIDATION, signals=SIGNALS, **{**said, "devices": ()}).run().engine
    for variable, source in zip(alone.model.variables, model.variables, strict=True):
        variable.assign(values_of(model, [source])[0][0].numpy())
    again = whole.engine._probe().measure().signals
    assert list(again) == ["dense", "batch_normalization", "dropout", "dense_1"], again
    (start,) = whole.engine.started
    first = alone.started[0]["signals"]
    for layer, told in alone._probe().measure().signals.items():
        for name, value in told.items():
            np.testing.assert_allclose(again[layer][name], value, rtol=1e-5, err_msg=name)
            np.testing.assert_allclose(start["signals"][layer][name], first[layer][name], rtol=1e-5, err_msg=name)


CASES: tuple[Callable[[], None], ...] = (
    equal_shares_in_mixed_precision_at_the_rates_of_a_cycle,
    a_batch_smaller_than_the_replicas,
    averages_weighted_metrics_spared_variables_and_a_last_smaller_batch,
    several_inputs_and_weights_of_rows,
    branches_of_the_input,
    batches_that_are_augmented,
    operations_named_as_in_fit,
    the_exact_resume_with_signals_that_leave_no_trace,
)


def main() -> None:
    devices.configure("cpu", threads=1, replicas=2)
    for case in CASES:
        problem = None
        try:
            case()
        except Exception:  # noqa: BLE001 (each is told, and the next case is played)
            problem = traceback.format_exc()
        print(json.dumps([case.__name__, problem]), flush=True)  # noqa: T201 (to who started it)


if __name__ == "__main__":
    main()
