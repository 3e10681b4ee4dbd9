"""Phases of a training against the script that does the same with Keras: freeze, compile, fit, and again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import sklearn.datasets

from tests.trainer import plain_keras
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Checkpoint, Ended, Epoch, Report, Started
from worker.trainer.untyped import KerasObject, Tensor

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

LAYERS: list[dict[str, Any]] = [
    {"type": "Flatten"},
    {"type": "Dense", "units": 24, "activation": "relu", "name": "hidden_1", "kernel_regularizer": "l2"},
    {"type": "BatchNormalization", "name": "hidden_norm"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 12, "activation": "elu", "name": "hidden_2"},
    {"type": "Dense", "units": 10, "activation": "softmax", "name": "head"},
]
HIDDEN = {"hidden_1", "hidden_norm", "hidden_2"}
OPTIONS = ("--checkpoint-seconds", "0.1")
BATCH = 479
"""A third of the rows: only one size of batches is traced, which takes most of the time."""
ADAM = {"type": "Adam", "learning_rate": 0.01}
SLOW = {"type": "SGD", "learning_rate": 0.001, "momentum": 0.9}
DECAY = {"type": "ExponentialDecay", "initial_learning_rate": 0.05, "decay_steps": 2, "decay_rate": 0.9}
BY_EPOCH = {**DECAY, "decay_steps": 1, "unit": "epoch"}

FREEZING: list[dict[str, Any]] = [{"epochs": 2, "freeze": ["hidden_*"]}, {"epochs": 2, "optimizer": SLOW}]
SCHEDULED: list[dict[str, Any]] = [
    {"epochs": 2, "optimizer": {"type": "SGD", "learning_rate": DECAY}},
    {"epochs": 1, "freeze": ["hidden_1", "head"], "learning_rate": DECAY},
    {"epochs": 2, "learning_rate": BY_EPOCH},
]


def job(phases: list[dict[str, Any]], layers: list[dict[str, Any]] | None = None, **training: object) -> dict[str, Any]:
    return {
        "dataset": "digits",
        "network": {"layers": layers or LAYERS},
        "training": {
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
            "optimizer": ADAM,
            "validation_split": 0.2,
            "batch_size": BATCH,
            "seed": 7,
            "phases": phases,
            **training,
        },
    }


def following(schedule: Callable[[int], Tensor], begun: int) -> KerasObject:
    """Sets each epoch's rate, counted from the beginning of a phase."""

    def rate(epoch: int) -> float:
        return float(schedule(epoch - begun))

    return keras.callbacks.LearningRateScheduler(rate)


def by_hand(
    spec: dict[str, Any], callbacks: Callable[[], list[KerasObject]] = list
) -> tuple[keras.Model, list[dict[str, float]]]:
    """What one would write at home."""
    training, layers = spec["training"], spec["network"]["layers"]
    digits = sklearn.datasets.load_digits()
    features, target = (digits.images / 16).astype("float32"), digits.target
    count = int(len(features) * 0.8)
    keras.backend.clear_session(free_memory=False)
    model = plain_keras.network(layers, (8, 8), training["seed"])
    logs: list[dict[str, float]] = []
    for phase in training["phases"]:
        frozen = set().union(*(HIDDEN if name == "hidden_*" else {name} for name in phase.get("freeze", [])))
        for layer in model.layers:
            layer.trainable = layer.name not in frozen
        said = dict(phase.get("optimizer", training["optimizer"]))
        said["learning_rate"] = rate = phase.get("learning_rate", said["learning_rate"])
        made, begun = list(callbacks()), len(logs)
        if isinstance(rate, dict) and rate.get("unit") == "epoch":
            made.insert(0, following(plain_keras.instance(rate), begun))
            said["learning_rate"] = rate["initial_learning_rate"]
        model.compile(
            optimizer=plain_keras.instance(said), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        shared = {
            "batch_size": training["batch_size"],
            "shuffle": False,
            "verbose": 0,
            "validation_data": (features[count:], target[count:]),
        }
        if training.get("shuffle") is False:
            history = model.fit(
                features[:count],
                target[:count],
                initial_epoch=begun,
                epochs=begun + phase["epochs"],
                callbacks=made,
                **shared,
            ).history
            logs += [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
            continue
        for epoch in range(begun, begun + phase["epochs"]):
            order = np.random.default_rng([training["seed"], epoch]).permutation(count)
            history = model.fit(
                features[order], target[order], initial_epoch=epoch, epochs=epoch + 1, callbacks=made, **shared
            ).history
            logs.append({name: values[0] for name, values in history.items()})
    return model, logs


def told(reports: list[Report]) -> tuple[list[dict[str, float]], Ended]:
    ended = reports[-1]
    assert isinstance(ended, Ended)
    rows = [report for report in reports if isinstance(report, Epoch)]
    assert [row.epoch for row in rows] == list(range(1, len(rows) + 1))
    return [{name: value for name, value in row.metrics.items() if name != "learning_rate"} for row in rows], ended


def trained(trainer: TrainerProcess, spec: dict[str, Any], folder: Path) -> tuple[list[dict[str, float]], Ended]:
    folder.mkdir()
    trainer.order(spec, folder)
    return told(trainer.reports())


def without_rate(logs: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name != "learning_rate"} for row in logs]


def assert_same_weights(folder: Path, model: keras.Model) -> None:
    stored = keras.models.load_model(folder / "model.keras")
    for one, other in zip(stored.weights, model.weights, strict=True):
        assert np.array_equal(one.numpy(), other.numpy()), one.path


@pytest.mark.parametrize("phases", [FREEZING, SCHEDULED], ids=["freezing", "schedules"])
def test_phases_train_as_the_script_does(trainer: TrainerProcess, tmp_path: Path, phases: list[dict[str, Any]]) -> None:
    spec = job(phases)
    logs, ended = trained(trainer, spec, tmp_path / "job")
    model, expected = by_hand(spec)
    assert logs == without_rate(expected)
    assert_same_weights(tmp_path / "job", model)
    begun = np.cumsum([1, *(phase["epochs"] for phase in phases)])[:-1].tolist()
    assert [phase["first_epoch"] for phase in ended.results["phases"]] == begun
    assert not ended.results["stopped_early"]
    summary = ended.results["model_summary"]["phases"]
    assert [phase["epochs"] for phase in summary] == [phase["epochs"] for phase in phases]


def test_callbacks_begin_again_with_each_phase(trainer: TrainerProcess, tmp_path: Path) -> None:
    said = {"monitor": "val_loss", "patience": 1, "min_delta": 0.05, "restore_best_weights": True}
    spec = job(
        [{"epochs": 8, "freeze": ["hidden_*"]}, {"epochs": 8, "learning_rate": 0.02}, {"epochs": 1}],
        shuffle=False,
        callbacks=[{"type": "EarlyStopping", **said}],
    )
    logs, ended = trained(trainer, spec, tmp_path / "job")
    model, expected = by_hand(spec, lambda: [keras.callbacks.EarlyStopping(**said)])
    assert logs == without_rate(expected)
    assert len(logs) < 17
    assert_same_weights(tmp_path / "job", model)
    assert ended.results["stopped_early"]
    assert "`EarlyStopping` stopped the training" in ended.results["stop_reason"]
    phases = ended.results["phases"]
    assert sum(phase["epochs_run"] for phase in phases) == len(logs)
    assert any(phase["stopped_early"] for phase in phases)


def test_what_is_frozen_does_not_move_by_a_bit(trainer: TrainerProcess, tmp_path: Path) -> None:
    hidden = {"epochs": 1}
    frozen = {"epochs": 3, "freeze": ["hidden_*"]}
    trained(trainer, job([hidden]), tmp_path / "before")
    trained(trainer, job([hidden, frozen]), tmp_path / "after")
    before, after = (keras.models.load_model(tmp_path / name / "model.keras") for name in ("before", "after"))
    for layer in before.layers:
        pairs = list(zip(layer.weights, after.get_layer(layer.name).weights, strict=True))
        same = [np.array_equal(one.numpy(), other.numpy()) for one, other in pairs]
        assert all(same) if layer.name in HIDDEN else not any(same), layer.name


def test_layers_that_are_never_trained_stay_so_in_every_phase(trainer: TrainerProcess, tmp_path: Path) -> None:
    layers = [{**layer, "trainable": False} if layer.get("name") == "hidden_1" else layer for layer in LAYERS]
    _, ended = trained(trainer, job([{"epochs": 1, "freeze": ["head"]}, {"epochs": 1}], layers), tmp_path / "job")
    first, second = ended.results["model_summary"]["phases"]
    assert first["trainable_parameters"] == 2 * 24 + 24 * 12 + 12
    assert second["trainable_parameters"] == first["trainable_parameters"] + 12 * 10 + 10


def test_it_goes_on_to_the_bit_wherever_it_was_interrupted(trainer: TrainerProcess, tmp_path: Path) -> None:
    # So many small steps that an order to stop comes in time.
    spec = job(SCHEDULED, batch_size=3)
    expected, ended = trained(trainer, spec, tmp_path / "whole")
    whole = keras.models.load_model(tmp_path / "whole" / "model.keras")
    for stop_after in (1, 2, 4):
        folder = tmp_path / f"stopped-{stop_after}"
        folder.mkdir()
        trainer.order(spec, folder)
        reports: list[Report] = []
        while not reports or not isinstance(reports[-1], Ended):
            reports.append(trainer.next_report())
            if isinstance(reports[-1], Epoch) and reports[-1].epoch == stop_after:
                trainer.stop(is_to_be_resumed=True)
        checkpoint = [one for one in reports if isinstance(one, Checkpoint)][-1]
        again = tmp_path / f"resumed-{stop_after}"
        again.mkdir()
        trainer.order(spec, again, attempt=2, checkpoint=checkpoint.path, known_epochs=0)
        resumed = trainer.reports()
        (started,) = [one for one in resumed if isinstance(one, Started)]
        assert started.attempt == 2
        logs, end = told(resumed)
        assert logs == expected
        assert end.results["phases"] == ended.results["phases"]
        stored = keras.models.load_model(again / "model.keras")
        for one, other in zip(stored.weights, whole.weights, strict=True):
            assert np.array_equal(one.numpy(), other.numpy()), (stop_after, one.path)


def test_a_second_job_of_the_same_form_shares_the_programs_of_every_phase(
    trainer: TrainerProcess, tmp_path: Path
) -> None:
    spec = job([{"epochs": 1, "freeze": ["hidden_1"]}, {"epochs": 1, "optimizer": SLOW}], batch_size=24)
    _, first = trained(trainer, spec, tmp_path / "first")
    assert first.outcome == "succeeded"
    seconds: list[float] = []
    for seed in (8, 9, 10):  # the machine may be busy with something else for one of them
        _, second = trained(trainer, {**spec, "training": {**spec["training"], "seed": seed}}, tmp_path / f"{seed}")
        assert second.outcome == "succeeded"
        seconds.append(second.results["timings"]["first_step_seconds"])
    assert min(seconds) < first.results["timings"]["first_step_seconds"] / 3
