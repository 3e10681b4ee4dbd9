"""The trainer as a process: checkpoints, stops to be resumed, other processes that go on, and what may run short."""

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.trainer.samples import digits_layers
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Checkpoint, Ended, Epoch, Progress, Report, Signals, Started
from worker.trainer.signs_of_life import signs_of_life

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

LAYERS = digits_layers(32, "relu", 0.3)
JOB: dict[str, Any] = {
    "dataset": {"name": "digits", "split": {"validation": 0.15, "test": 0.05, "seed": 3}},
    "network": {"layers": LAYERS},
    "training": {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": "adam",
        "epochs": 16,
        "batch_size": 2,
        "seed": 11,
        "callbacks": [{"type": "EarlyStopping", "monitor": "val_loss", "patience": 20, "restore_best_weights": True}],
    },
}
"""Some 700 small steps an epoch: a fifth of a second or more; a checkpoint every other epoch."""

OPTIONS = ("--checkpoint-seconds", "0.1")
GIBIBYTE = 2**30


@pytest.fixture(scope="module")
def undisturbed(trainer: TrainerProcess, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Epoch], Ended]:
    return trainer.train(JOB, tmp_path_factory.mktemp("undisturbed"))


def reports_until(trainer: TrainerProcess, epochs: int) -> list[Report]:
    """All reports from the start on, until a checkpoint of so many epochs or more is written."""
    reports: list[Report] = [trainer.next_start()]
    while not (isinstance(last := reports[-1], Checkpoint) and last.epoch >= epochs):
        assert not isinstance(last, Ended), "it has ended before"
        reports.append(trainer.next_report())
    return reports


def epochs_in(reports: list[Report]) -> list[tuple[int, dict[str, float]]]:
    return [(report.epoch, report.metrics) for report in reports if isinstance(report, Epoch)]


def history_of(ended: Ended) -> list[dict[str, str]]:
    path = next(artifact.path for artifact in ended.artifacts if artifact.name == "history.csv")
    with Path(path).open() as file:
        return [{name: row[name] for name in row if name != "duration_seconds"} for row in csv.DictReader(file)]


def weights_of(ended: Ended) -> list[bytes]:
    path = next(artifact.path for artifact in ended.artifacts if artifact.name == "model.keras")
    return [np.asarray(weights).tobytes() for weights in keras.models.load_model(path).get_weights()]


def assert_same(reports: list[Report], undisturbed: tuple[list[Epoch], Ended], *, from_epoch: int) -> Ended:
    """What was told from an epoch on, the results and the files are those of the undisturbed run."""
    epochs, expected = undisturbed
    started, ended = next(report for report in reports if not isinstance(report, Progress)), reports[-1]
    assert isinstance(started, Started)
    assert isinstance(ended, Ended)
    assert started.from_epoch == from_epoch
    assert epochs_in(reports) == [(epoch.epoch, epoch.metrics) for epoch in epochs[from_epoch:]]
    assert ended.outcome == "succeeded"
    told = ("final_metrics", "best_epoch", "best_metrics", "epochs_run", "stopped_early", "weights_of_epoch")
    for name in (*told, "epoch_weights", "stored_weights", "stored_metrics"):
        assert ended.results[name] == expected.results[name]
    assert {"test_loss", "test_accuracy"} <= ended.results["final_metrics"].keys()
    assert history_of(ended) == history_of(expected)
    assert weights_of(ended) == weights_of(expected)
    return ended


def test_stopped_to_be_resumed_and_resumed_twice_in_other_processes(
    trainer: TrainerProcess, undisturbed: tuple[list[Epoch], Ended], tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("first", "second", "third")]
    for folder in folders:
        folder.mkdir()
    trainer.order(JOB, folders[0])
    reports_until(trainer, 2)
    trainer.stop(is_to_be_resumed=True)
    *rest, first = trainer.reports()
    assert isinstance(first, Ended)
    assert first.outcome == "stopped"
    left = [report for report in rest if isinstance(report, Checkpoint)][-1]
    assert len(list((folders[0] / "checkpoints").iterdir())) <= 2

    other = TrainerProcess(*OPTIONS, threads=2)
    try:
        # The stored epochs end with the first: the others are told again.
        other.order(JOB, folders[1], attempt=2, checkpoint=left.path, known_epochs=1)
        reports = reports_until(other, left.epoch + 1)
        other.process.send_signal(signal.SIGKILL)
    finally:
        other.close()
    assert isinstance(started := reports[0], Started)
    assert started.from_epoch == 1
    last = reports[-1]
    assert isinstance(last, Checkpoint)

    # Of three epochs that are stored, those are kept that the checkpoint knows; of more, none is told again.
    trainer.order(JOB, folders[2], attempt=3, checkpoint=last.path, known_epochs=0)
    third = assert_same(trainer.reports(), undisturbed, from_epoch=0)
    timings = third.results["timings"]
    assert timings["total_seconds"] > timings["training_seconds"] > first.results["timings"]["training_seconds"]


def test_a_checkpoint_of_another_job_is_not_gone_on_from(
    trainer: TrainerProcess, undisturbed: tuple[list[Epoch], Ended], tmp_path: Path
) -> None:
    trainer.order(JOB, tmp_path)
    reports_until(trainer, 0)
    trainer.stop(is_to_be_resumed=True)
    left = [report for report in trainer.reports() if isinstance(report, Checkpoint)][-1]
    other = {**JOB, "training": {**JOB["training"], "seed": 12}}
    trainer.order(other, tmp_path, attempt=2, checkpoint=left.path, known_epochs=2)
    assert trainer.next_start().from_epoch == 0
    while not isinstance(first := trainer.next_report(), Epoch):
        assert isinstance(first, Progress | Signals | Checkpoint)
    trainer.stop(attempt=2)
    trainer.reports()
    assert first.epoch == 1
    assert first.metrics != undisturbed[0][0].metrics
    assert "The checkpoint cannot be used, so the training starts again." in (tmp_path / "trainer.log").read_text()


def test_a_broken_checkpoint_begins_anew(
    trainer: TrainerProcess, undisturbed: tuple[list[Epoch], Ended], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 and then nothing")
    trainer.order(JOB, tmp_path, attempt=2, checkpoint=str(broken), known_epochs=2)
    assert_same(trainer.reports(), undisturbed, from_epoch=0)


def test_a_job_that_is_cancelled_leaves_no_checkpoint_behind_the_order(trainer: TrainerProcess, tmp_path: Path) -> None:
    endless = {**JOB, "training": {**JOB["training"], "epochs": 1000, "callbacks": []}}
    trainer.order(endless, tmp_path)
    while not isinstance(trainer.next_report(), Checkpoint):
        pass
    trainer.stop()
    ended = trainer.reports()[-1]
    before = sorted((tmp_path / "checkpoints").iterdir())
    time.sleep(0.5)
    assert isinstance(ended, Ended)
    assert ended.outcome == "stopped"
    assert sorted((tmp_path / "checkpoints").iterdir()) == before
    assert not list((tmp_path / "checkpoints").glob("*.partial"))


# --- what may run short ------------------------------------------------------------------------------------------


def wide(units: int, batch_size: int) -> dict[str, Any]:
    layers = [
        {"type": "Flatten"},
        {"type": "Dense", "units": units, "activation": "relu"},
        {"type": "Dense", "units": 10, "activation": "softmax"},
    ]
    training = {**JOB["training"], "epochs": 1, "batch_size": batch_size, "callbacks": []}
    # Signals add to the estimate alone what they take.
    spec = {"dataset": "digits", "network": {"layers": layers}, "training": training}
    return {**spec, "coach": {"signals": False}}


def test_a_job_that_needs_more_memory_than_it_may_have_fails_and_hurts_no_other(tmp_path: Path) -> None:
    trainer = TrainerProcess("--memory-bytes", str(GIBIBYTE))
    try:
        # By its estimate alone, ahead of the first allocation.
        _, ended = trainer.train(wide(500_000, 256), tmp_path)
        assert (ended.outcome, ended.code, ended.pointer) == ("failed", "out_of_memory", "/network/layers/1/units")
        assert "This job needs about" in str(ended.message)
        # Within its estimate, and beyond the limit once it runs.
        _, ended = trainer.train(wide(40_000, 720), tmp_path)
        assert (ended.outcome, ended.code, ended.pointer) == ("failed", "out_of_memory", None)
        assert "weights.safetensors" in {artifact.name for artifact in ended.artifacts}
        assert ended.rss_bytes < 1.3 * GIBIBYTE
        _, ended = trainer.train(wide(32, 32), tmp_path)
        assert ended.outcome == "succeeded"
    finally:
        trainer.close()


def test_where_there_is_no_room_for_a_copy_checkpoints_are_taken_all_the_same(tmp_path: Path) -> None:
    trainer = TrainerProcess("--memory-bytes", str(int(0.99 * GIBIBYTE)), "--checkpoint-seconds", "0")
    layers = [
        {"type": "Flatten"},
        {"type": "Dense", "units": 3200, "activation": "relu"},
        {"type": "Dense", "units": 3200, "activation": "relu"},
        {"type": "Dense", "units": 10, "activation": "softmax"},
    ]
    training = {**JOB["training"], "epochs": 1, "batch_size": 64, "callbacks": []}
    try:
        trainer.order({"dataset": "digits", "network": {"layers": layers}, "training": training}, tmp_path)
        reports = trainer.reports()
    finally:
        trainer.close()
    ended = reports[-1]
    assert isinstance(ended, Ended)
    assert ended.outcome == "succeeded", ended.message
    assert any(isinstance(report, Checkpoint) for report in reports)


def test_a_trainer_that_has_no_room_for_tensorflow_does_not_become_ready(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "worker.trainer", "--read-fd", "0", "--write-fd", "1", "--memory-bytes", "1000000"]
    with (tmp_path / "errors").open("w") as errors:
        process = subprocess.run(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, timeout=120)  # noqa: PLW1510
    assert process.stdout == b""


@pytest.mark.parametrize("name", ["model.keras", "history.csv", "trainer.log"])
def test_a_full_disk_is_a_failure_and_the_process_lives_on(trainer: TrainerProcess, tmp_path: Path, name: str) -> None:
    full, sound = tmp_path / "full", tmp_path / "sound"
    full.mkdir()
    sound.mkdir()
    (full / name).symlink_to("/dev/full")
    _, ended = trainer.train(wide(32, 32), full)
    if name == "trainer.log":
        assert ended.outcome == "succeeded"  # it lacks its log and nothing else
    else:
        assert (ended.outcome, ended.code, ended.message) == ("failed", "internal", "The disk of the worker is full.")
        assert ended.is_to_be_tried_again
        assert name not in {artifact.name for artifact in ended.artifacts}
    _, ended = trainer.train(wide(32, 32), sound)
    assert ended.outcome == "succeeded"


# --- signs of life while preparing -------------------------------------------------------------------------------


def test_work_is_told_of_and_waiting_is_not() -> None:
    told: list[float] = []
    with signs_of_life(lambda: told.append(time.monotonic()), look_seconds=0.05):
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            sum(range(1000))
        worked = len(told)
        time.sleep(0.15)
        begun = len(told)
        time.sleep(0.5)
        waited = len(told)
    assert worked >= 2
    assert waited == begun
    time.sleep(0.2)
    assert len(told) == waited


def test_a_sign_of_life_ahead_of_the_first_step_is_progress_of_nothing(trainer: TrainerProcess, tmp_path: Path) -> None:
    # A network of so many layers takes seconds to build.
    layers = [{"type": "Flatten"}, *[{"type": "Dense", "units": 8}] * 600, {"type": "Dense", "units": 10}]
    training = {**JOB["training"], "batch_size": 32}
    trainer.order({"dataset": "digits", "network": {"layers": layers}, "training": training}, tmp_path)
    report = trainer.next_report()
    trainer.stop()
    trainer.reports()
    assert isinstance(report, Progress)
    assert report.fraction == 0.0
