"""The trainer as a process: ready, orders, reports, files, failures, and its end."""

import csv
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import sklearn.datasets
from sklearn.utils.class_weight import compute_class_weight

from spec.networks.networks import MOST_LAYERS
from tests.trainer import plain_keras
from tests.trainer.samples import digits_layers
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Ended, Epoch, Progress, Started

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

ROOT = Path(__file__).resolve().parents[2]
LAYERS = digits_layers(16, "elu", 0.1)
TRAINING: dict[str, Any] = {
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": "adam",
    "epochs": 3,
    "validation_split": 0.2,
    "seed": 11,
}
ENDLESS = {**TRAINING, "epochs": 100_000, "batch_size": 1}


def job(layers: list[dict[str, Any]] | None = None, **training: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    return {"dataset": "digits", "network": {"layers": layers or LAYERS}, "training": {**TRAINING, **training}}


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrainerProcess]:
    process = TrainerProcess(log=tmp_path_factory.mktemp("log") / "worker.log")
    yield process
    process.close()


def test_it_says_what_it_is(trainer: TrainerProcess) -> None:
    assert trainer.ready.versions["keras"] == keras.__version__
    assert set(trainer.ready.versions) == {"python", "keras", "tensorflow", "numpy"}
    assert trainer.ready.devices == ["CPU:0"]


def test_a_job_gives_the_numbers_of_plain_keras(trainer: TrainerProcess, tmp_path: Path) -> None:
    split = {"validation": 0.15, "test": 0.05, "seed": 3}
    spec = {**job(validation_split=0.0), "dataset": {"name": "digits", "split": split}}
    trainer.order(spec, tmp_path)
    started, *reports, ended = [one for one in trainer.reports() if not isinstance(one, Progress)]
    assert isinstance(started, Started)
    assert isinstance(ended, Ended)
    assert (started.train_rows, started.validation_rows, started.steps_per_epoch) == (1437, 270, 45)
    assert started.summary["total_parameters"] == 64 * 16 + 16 + 4 * 16 + 16 * 10 + 10
    assert ended.outcome == "succeeded"

    digits = sklearn.datasets.load_digits()
    order = np.random.default_rng(3).permutation(1797)
    features, target = (digits.images / 16).astype("float32")[order], digits.target[order]
    rows, validation, test = ((features[some], target[some]) for some in np.split(np.arange(1797), [1437, 1707]))
    training = {**TRAINING, "batch_size": 32, "shuffle": True, "optimizer": "adam"}
    model = plain_keras.compiled(LAYERS, training, (8, 8))
    logs = plain_keras.fit(model, training, rows, validation)
    epochs = [report for report in reports if isinstance(report, Epoch)]
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    # Two processes, and perhaps other numbers of threads: the same bits.
    assert [{name: epoch.metrics[name] for name in logs[0]} for epoch in epochs] == logs
    assert {epoch.metrics["learning_rate"] for epoch in epochs} == {float(np.float32(0.001))}

    final = ended.results["final_metrics"]
    expected = model.evaluate(*test, batch_size=32, verbose=0, return_dict=True)
    assert {name: final[f"test_{name}"] for name in expected} == pytest.approx(expected, rel=1e-6)
    assert {name: final[name] for name in logs[-1]} == logs[-1]
    assert ended.results["epochs_run"] == 3
    assert ended.results["stopped_early"] is False
    assert ended.results["data"] == {
        "train_rows": 1437,
        "validation_rows": 270,
        "test_rows": 90,
        "is_streamed": False,
    }
    assert ended.results["environment"]["seed"] == 11
    assert ended.results["environment"]["device"] == "CPU:0"
    assert ended.results["timings"]["total_seconds"] > ended.results["timings"]["training_seconds"] > 0
    assert ended.rss_bytes > 100_000_000

    paths = {artifact.name: artifact.path for artifact in ended.artifacts}
    assert set(paths) == {"model.keras", "weights.safetensors", "history.csv", "logs"}
    loaded = keras.models.load_model(paths["model.keras"])
    for weights, expected_weights in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected_weights)
    with Path(paths["history.csv"]).open() as file:
        history = list(csv.DictReader(file))
    assert [float(row["val_loss"]) for row in history] == [log["val_loss"] for log in logs]
    assert "Epoch 3: accuracy" in Path(paths["logs"]).read_text()


def test_the_same_job_again_gives_the_same_bits(trainer: TrainerProcess, tmp_path: Path) -> None:
    once, _ = trainer.train(job(), tmp_path)
    twice, _ = trainer.train(job(), tmp_path)
    assert [epoch.metrics for epoch in once] == [epoch.metrics for epoch in twice]


def test_an_order_to_stop_is_followed_within_an_epoch(trainer: TrainerProcess, tmp_path: Path) -> None:
    # The first epoch would last hours: a thousand networks one behind the other, row by row.
    deep = [{"type": "Flatten"}, *[{"type": "Dense", "units": 1024}] * 12, {"type": "Dense", "units": 10}]
    trainer.order(job(deep, epochs=1000, batch_size=1), tmp_path)
    trainer.next_start()
    assert isinstance(trainer.next_report(), Progress)
    asked_at = time.monotonic()
    trainer.stop()
    ended = trainer.reports()[-1]
    assert isinstance(ended, Ended)
    assert ended.outcome == "stopped"
    assert ended.results["epochs_run"] == 0
    assert time.monotonic() - asked_at < 10


def test_an_order_to_stop_that_comes_first_is_not_lost(trainer: TrainerProcess, tmp_path: Path) -> None:
    trainer.stop(attempt=5)
    trainer.order(job(**ENDLESS), tmp_path, attempt=5)
    ended = trainer.reports()[-1]
    assert isinstance(ended, Ended)
    assert ended.outcome == "stopped"


def test_a_loss_that_is_not_finite_in_the_end_is_a_failure(trainer: TrainerProcess, tmp_path: Path) -> None:
    wild = {"type": "SGD", "learning_rate": 1e30}
    layers = [{"type": "Flatten"}, {"type": "Dense", "units": 10}]
    epochs, ended = trainer.train(job(layers, optimizer=wild, loss="mse", metrics=[]), tmp_path)
    assert len(epochs) == 3
    assert not math.isfinite(epochs[-1].metrics["loss"])
    assert (ended.outcome, ended.code) == ("failed", "diverged")
    assert "in epochs 1 to 3." in str(ended.message)
    assert {artifact.name for artifact in ended.artifacts} == {
        "model.keras",
        "weights.safetensors",
        "history.csv",
        "logs",
    }


@pytest.mark.parametrize("raise_error", [False, True])
def test_terminate_on_nan_fails_at_its_step(trainer: TrainerProcess, tmp_path: Path, raise_error: bool) -> None:
    wild = {"type": "SGD", "learning_rate": 1e30}
    layers = [{"type": "Flatten"}, {"type": "Dense", "units": 10}]
    callbacks = [{"type": "TerminateOnNaN", "raise_error": raise_error}]
    spec = job(layers, optimizer=wild, loss="mse", metrics=[], callbacks=callbacks)
    epochs, ended = trainer.train(spec, tmp_path)
    assert (ended.outcome, ended.code) == ("failed", "diverged")
    assert "after step 2 of epoch 1" in str(ended.message)
    # As in Keras: the epoch is told unless the callback raises in the middle of it.
    assert len(epochs) == (0 if raise_error else 1)


def test_early_stopping_is_told(trainer: TrainerProcess, tmp_path: Path) -> None:
    stopping = {"type": "EarlyStopping", "monitor": "loss", "min_delta": 100.0, "patience": 2}
    spec = job(epochs=20, callbacks=[{**stopping, "restore_best_weights": True}])
    epochs, ended = trainer.train(spec, tmp_path)
    assert len(epochs) == 3
    assert ended.outcome == "succeeded"
    assert ended.results["stopped_early"] is True
    assert ended.results["stop_reason"] == (
        '`EarlyStopping` stopped the training because "loss" did not improve for 2 epochs. '
        "Its best value was in epoch 1."
    )
    assert ended.results["weights_of_epoch"] == 1


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_balanced_weights_are_told(trainer: TrainerProcess, tmp_path: Path, loss: str) -> None:
    said = job(epochs=1, validation_split=0.5, class_weight="balanced", loss=loss, weighted_metrics=["accuracy"])
    trainer.order(said, tmp_path)
    ended = trainer.reports()[-1]
    assert isinstance(ended, Ended)
    target = sklearn.datasets.load_digits().target[:898]
    present = np.unique(target)
    expected = compute_class_weight("balanced", classes=present, y=target)
    assert ended.results["data"]["train_rows"] == len(target)
    assert ended.results["class_weight"] == dict(zip(map(str, present), expected.tolist(), strict=True))


def test_divergence_names_the_epoch_it_began_in(trainer: TrainerProcess, tmp_path: Path) -> None:
    layers = [{"type": "Dense", "units": 30}, {"type": "Dense", "units": 30}, {"type": "Dense", "units": 1}]
    wild = job(layers, loss="mse", metrics=[], optimizer={"type": "SGD", "learning_rate": 1.0}, epochs=20)
    epochs, ended = trainer.train({**wild, "dataset": "diabetes"}, tmp_path)
    losses = [epoch.metrics["loss"] for epoch in epochs]
    assert len(losses) == 20
    assert not any(map(math.isfinite, losses))
    assert (ended.outcome, ended.code) == ("failed", "diverged")
    infinite = sum(map(math.isinf, losses))
    assert infinite in {0, 1}
    began = "infinite in epoch 1 and NaN in epochs 2 to 20" if infinite else "NaN in epochs 1 to 20"
    assert str(ended.message).startswith(f"The loss was {began}.")


def test_a_data_set_that_is_not_there_is_a_fault_of_the_data(trainer: TrainerProcess, tmp_path: Path) -> None:
    _, ended = trainer.train({**job(), "dataset": "ds_of_another_service"}, tmp_path)
    assert (ended.outcome, ended.code, ended.pointer) == ("failed", "data_error", "/dataset")


def test_an_unforeseen_failure_tells_its_type_and_only_the_worker_its_traceback(
    trainer: TrainerProcess, tmp_path: Path
) -> None:
    _, ended = trainer.train({"dataset": "digits"}, tmp_path)
    assert (ended.outcome, ended.code) == ("failed", "internal")
    assert ended.message == "The trainer failed with `ValidationError`. The log of the worker has the details."
    (line,) = (line for line in (tmp_path / "trainer.log").read_text().splitlines() if "The job failed" in line)
    assert line.endswith(f"The job failed. {ended.message} job_id=job_1 attempt=1")
    assert tells_no_path(tmp_path / "trainer.log")
    assert f"The job failed. {ended.message} job_id=job_1 attempt=1\nTraceback" in trainer.log.read_text()


def tells_no_path(log: Path) -> bool:
    """Whether a job's log has nothing of where the service is installed."""
    text = log.read_text()
    return not any(sign in text for sign in ("Traceback", 'File "', "site-packages", str(ROOT), sys.prefix))


def test_nothing_that_python_prints_tells_a_job_where_the_service_is(tmp_path: Path) -> None:
    """Logged exceptions, warnings, a thread that dies, an exception in a finalizer."""
    program = """
import logging, sys, threading, warnings
from pathlib import Path
from worker.messages import Train
from worker.trainer.log_lines import lines_about, log_to_stderr
from worker.trainer.process import output_to

class Unlucky:
    def __del__(self):
        raise ValueError("in a finalizer")

def fail():
    raise ValueError("in a thread")

log_to_stderr()
with lines_about(Train(job_id="job_1", attempt=1, spec={}, work_dir="/")), output_to(Path(sys.argv[1])):
    warnings.warn("a warning", UserWarning)
    try:
        raise ValueError("in a library")
    except ValueError:
        logging.getLogger("keras").exception("something")
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    Unlucky()
"""
    told = tmp_path / "trainer.log"
    ran = subprocess.run(
        [sys.executable, "-c", program, str(told)], check=True, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert [line.split(" ", 2)[2] for line in told.read_text().splitlines()] == [
        "WARNING UserWarning: a warning job_id=job_1 attempt=1",
        "ERROR something job_id=job_1 attempt=1",
    ]
    assert tells_no_path(told)
    for where in ("in a library", "in a thread", "in a finalizer"):
        assert f"ValueError: {where}" in ran.stderr


def test_a_gpu_that_is_not_there_is_said_at_once_and_it_trains_on_the_device_that_is_chosen() -> None:
    """Two logical CPUs stand for two devices: every variable of the model and every row lies on the second."""
    program = """
import pytest
import tensorflow as tf
from worker.trainer import devices
with pytest.raises(devices.NoSuchDevice):
    devices.configure("gpu", 1)
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from tests.trainer.parity import by_engine, rows_of
layers = [{"type": "Dense", "units": 3, "activation": "softmax"}]
training = {"loss": "sparse_categorical_crossentropy", "epochs": 2, "seed": 1}
with tf.device("/CPU:1"):
    model, course = by_engine(layers, training, rows_of((6,)), None)
assert {variable.value.device[-5:] for variable in model.variables} == {"CPU:1"}, model.variables
assert len(course.rows) == 2
"""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, timeout=120)


def test_as_many_layers_as_a_network_may_have_are_trained_and_saved(trainer: TrainerProcess, tmp_path: Path) -> None:
    # A chain, which is what Keras goes down by recursion; of sums, since to trace weights takes most of the time.
    names = [f"layer_{number}" for number in range(MOST_LAYERS - 1)]
    layers: list[dict[str, Any]] = [{"type": "Dense", "units": 4, "name": names[0]}]
    layers += [{"type": "Add", "name": name, "inputs": [before, names[0]]} for before, name in pairwise(names)]
    layers.append({"type": "Dense", "units": 3, "activation": "softmax"})
    spec = {
        "dataset": "iris",
        "network": {"layers": layers},
        "training": {"loss": "sparse_categorical_crossentropy", "batch_size": 150, "seed": 1},
    }
    assert len(layers) == MOST_LAYERS
    epochs, ended = trainer.train(spec, tmp_path)
    assert (ended.outcome, ended.code) == ("succeeded", None), (tmp_path / "trainer.log").read_text()
    assert len(epochs) == 1
    assert {artifact.name for artifact in ended.artifacts} >= {"model.keras"}


def test_it_ends_when_its_supervisor_is_gone(trainer: TrainerProcess, tmp_path: Path) -> None:
    # The last test of this file: nobody needs the process any more.
    trainer.order(job(**ENDLESS), tmp_path)
    trainer.next_start()
    trainer.close_orders()
    assert trainer.process.wait(timeout=10) == 0
