"""A training pauses exactly after the epoch that it was told, and what goes on from there is the same to the bit."""

import signal
from pathlib import Path

import pytest

from tests.trainer.test_process_resume import JOB, OPTIONS, assert_same, epochs_in, reports_until
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Checkpoint, Ended, Epoch, Report

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

SCHEDULE = {"type": "CosineDecay", "initial_learning_rate": 0.005, "decay_steps": 4000}
TRAINING = {**JOB["training"], "epochs": 6, "optimizer": {"type": "Adam", "learning_rate": SCHEDULE}}
FULL = {**JOB, "training": TRAINING}
"""A rate that depends on the length of the whole."""


@pytest.fixture(scope="module")
def undisturbed(trainer: TrainerProcess, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Epoch], Ended]:
    return trainer.train(FULL, tmp_path_factory.mktemp("undisturbed"))


def paused(reports: list[Report], epoch: int) -> Checkpoint:
    """The checkpoint of an attempt that paused after this epoch, and after no other."""
    ended = reports[-1]
    assert isinstance(ended, Ended)
    assert ended.outcome == "paused"
    assert ended.results["epochs_run"] == epoch
    left = [report for report in reports if isinstance(report, Checkpoint)][-1]
    assert (left.epoch, left.step) == (epoch, 0)
    return left


def folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


def test_it_pauses_twice_and_is_killed_and_ends_as_if_it_never_had(
    trainer: TrainerProcess, undisturbed: tuple[list[Epoch], Ended], tmp_path: Path
) -> None:
    trainer.order(FULL, folder(tmp_path, "first"), pause_at_epoch=1)
    first = paused(trainer.reports(), 1)
    # Another process; the order comes while it trains, and the one to pause earlier is taken back.
    other = TrainerProcess(*OPTIONS, threads=2)
    try:
        other.order(
            FULL, folder(tmp_path, "second"), attempt=2, checkpoint=first.path, known_epochs=1, pause_at_epoch=6
        )
        assert other.next_start().from_epoch == 1
        other.pause_at(3, attempt=2)
        second = paused(other.reports(), 3)
        other.process.send_signal(signal.SIGKILL)
    finally:
        other.close()
    # Its pause was never written: the next attempt has the same order, is there already, and trains no epoch more.
    trainer.order(FULL, folder(tmp_path, "third"), attempt=3, checkpoint=second.path, known_epochs=3, pause_at_epoch=3)
    assert trainer.next_start().from_epoch == 3
    reports = trainer.reports()
    assert epochs_in(reports) == []
    third = paused(reports, 3)
    trainer.order(FULL, folder(tmp_path, "fourth"), attempt=4, checkpoint=third.path, known_epochs=0)
    assert_same(trainer.reports(), undisturbed, from_epoch=0)


def test_the_last_epoch_is_the_end(
    trainer: TrainerProcess, undisturbed: tuple[list[Epoch], Ended], tmp_path: Path
) -> None:
    trainer.order(FULL, tmp_path, pause_at_epoch=6)
    assert_same(trainer.reports(), undisturbed, from_epoch=0)


def test_an_epoch_that_has_ended_means_the_one_under_way(trainer: TrainerProcess, tmp_path: Path) -> None:
    # So long that the order comes in time, however busy the machine is.
    trainer.order({**FULL, "training": {**TRAINING, "epochs": 1000}}, tmp_path)
    before = reports_until(trainer, 2)
    trainer.pause_at(1)
    reports = [*before, *trainer.reports()]
    last = len(epochs_in(reports))
    assert 2 <= last < 1000
    paused(reports, last)


def test_it_comes_to_its_end_early_with_all_that_an_end_leaves(trainer: TrainerProcess, tmp_path: Path) -> None:
    trainer.order({**FULL, "training": {**TRAINING, "epochs": 1000}}, tmp_path)
    before = reports_until(trainer, 2)
    trainer.finish()
    reports = [*before, *trainer.reports()]
    last, ended = len(epochs_in(reports)), reports[-1]
    assert 2 <= last < 1000
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.results["epochs_run"]) == ("succeeded", last)
    told = [ended.results[name] for name in ("stopped_early", "stopped_by", "stop_reason")]
    assert told == [True, "coach", "The coach stopped the training, since it did not learn."]
    assert {"model.keras", "weights.safetensors"} <= {artifact.name for artifact in ended.artifacts}


def test_what_was_taken_back_is_not_followed(
    trainer: TrainerProcess, undisturbed: tuple[list[Epoch], Ended], tmp_path: Path
) -> None:
    # Before the order to train, as when an attempt's checkpoint is being fetched.
    trainer.pause_at(None)
    trainer.order(FULL, tmp_path, pause_at_epoch=1)
    assert_same(trainer.reports(), undisturbed, from_epoch=0)
