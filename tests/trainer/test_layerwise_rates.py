"""Layers with learning rates of their own, against Keras's `MultiOptimizer` in a script."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import sklearn.datasets

from tests.trainer import plain_keras
from tests.trainer.test_phases import BATCH, LAYERS, OPTIONS, job, told, trained, without_rate
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Checkpoint, Ended, Epoch, Report
from worker.trainer.untyped import KerasObject

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

__all__ = ["OPTIONS"]

MULTIPLIERS = {"hidden_*": 0.1, "head": 2.0}
DECAY = {"type": "PolynomialDecay", "initial_learning_rate": 0.02, "decay_steps": 8, "end_learning_rate": 0.001}
OPTIMIZERS: dict[str, Any] = {
    "Nadam": {"type": "Nadam", "learning_rate": 0.01},
    "averages": {"type": "SGD", "learning_rate": 0.05, "momentum": 0.9, "use_ema": True},
    "schedule": {"type": "AdamW", "learning_rate": DECAY},
    "ScheduleFreeAdamW": {"type": "ScheduleFreeAdamW", "learning_rate": 0.01},
    "clipped": {"type": "RMSprop", "learning_rate": 0.01, "clipnorm": 0.5},
}


def multiplied(said: dict[str, Any], factor: float) -> KerasObject:
    """An optimizer whose rates are multiplied by hand."""
    rate = said["learning_rate"]
    if isinstance(rate, dict):
        rates = {name: rate[name] * factor for name in ("initial_learning_rate", "end_learning_rate")}
        return plain_keras.instance({**said, "learning_rate": {**rate, **rates}})
    return plain_keras.instance({**said, "learning_rate": rate * factor})


def by_hand(said: dict[str, Any], epochs: int) -> tuple[keras.Model, list[dict[str, float]]]:
    """What one would write at home, with the optimizer that Keras has for it."""
    digits = sklearn.datasets.load_digits()
    features, target = (digits.images / 16).astype("float32"), digits.target
    count = int(len(features) * 0.8)
    keras.backend.clear_session(free_memory=False)
    model = plain_keras.network(LAYERS, (8, 8), 7)
    groups = {"sequential/hidden_.*": multiplied(said, 0.1), "sequential/head/.*": multiplied(said, 2.0)}
    optimizer = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(multiplied(said, 1.0), groups))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        features[:count],
        target[:count],
        validation_data=(features[count:], target[count:]),
        epochs=epochs,
        batch_size=BATCH,
        shuffle=False,
        verbose=0,
    ).history
    logs = [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
    return model, logs


def spec_of(said: dict[str, Any], epochs: int = 3, **training: object) -> dict[str, Any]:
    spec = job([], epochs=epochs, shuffle=False, optimizer=said, learning_rate_multipliers=MULTIPLIERS, **training)
    del spec["training"]["phases"]
    return spec


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_trains_as_keras_s_own_optimizer_of_several(trainer: TrainerProcess, tmp_path: Path, name: str) -> None:
    said = OPTIMIZERS[name]
    logs, ended = trained(trainer, spec_of(said), tmp_path / "job")
    assert ended.outcome == "succeeded", ended.message
    model, expected = by_hand(said, 3)
    assert logs == without_rate(expected)
    stored = keras.models.load_model(tmp_path / "job" / "model.keras")
    for one, other in zip(stored.weights, model.weights, strict=True):
        assert np.array_equal(one.numpy(), other.numpy()), one.path


def test_the_rate_is_that_of_the_optimizer_and_callbacks_move_all(trainer: TrainerProcess, tmp_path: Path) -> None:
    plateau = {"type": "ReduceLROnPlateau", "monitor": "loss", "factor": 0.5, "patience": 1, "min_delta": 100.0}
    folder = tmp_path / "job"
    folder.mkdir()
    trainer.order(spec_of(OPTIMIZERS["Nadam"], 4, callbacks=[plateau]), folder)
    rates = [report.metrics["learning_rate"] for report in trainer.reports() if isinstance(report, Epoch)]
    assert rates == pytest.approx([0.01, 0.01, 0.005, 0.0025])


def test_it_goes_on_to_the_bit(trainer: TrainerProcess, tmp_path: Path) -> None:
    # So many small steps that an order to stop comes in time.
    spec = spec_of(OPTIMIZERS["Nadam"], 4, batch_size=3)
    expected, _ = trained(trainer, spec, tmp_path / "whole")
    (tmp_path / "stopped").mkdir()
    trainer.order(spec, tmp_path / "stopped")
    reports: list[Report] = []
    while not reports or not isinstance(reports[-1], Ended):
        reports.append(trainer.next_report())
        if isinstance(reports[-1], Epoch) and reports[-1].epoch == 2:
            trainer.stop(is_to_be_resumed=True)
    checkpoint = [one for one in reports if isinstance(one, Checkpoint)][-1]
    (tmp_path / "resumed").mkdir()
    trainer.order(spec, tmp_path / "resumed", attempt=2, checkpoint=checkpoint.path, known_epochs=0)
    logs, _ = told(trainer.reports())
    assert logs == expected
