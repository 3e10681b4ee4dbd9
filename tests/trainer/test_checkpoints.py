"""Checkpoints as files: whole or refused; when they are taken; and what becomes of a training that cannot write any."""

import math
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from spec.jobs import JobSpec
from spec.training.training import TrainingSpec
from tests.spec.jobs import job
from tests.trainer.parity import TRAINING, Engine
from tests.trainer.samples import DISTURBED, PLAIN, ROWS
from worker.trainer.checkpoints import files as checkpoints
from worker.trainer.checkpoints.files import CallbackState, CheckpointRefused, Snapshot, form_of, read, write
from worker.trainer.checkpoints.keeper import CheckpointKeeper
from worker.trainer.checkpoints.rhythm import Rhythm
from worker.trainer.checkpoints.state import TrainingState, identity_of
from worker.trainer.tensor_memory import TensorMemory

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


@pytest.fixture(scope="module")
def engine() -> Engine:
    """A training that has ended."""
    engine = Engine(DISTURBED, TRAINING, ROWS, None)
    engine.run()
    return engine


def with_header(snapshot: Snapshot, **changed: object) -> Snapshot:
    return Snapshot(snapshot.header.model_copy(update=changed), snapshot.rows, snapshot.arrays)


def restored_by(path: Path) -> TrainingState:
    state = Engine(DISTURBED, TRAINING, ROWS, None).state
    state.restore(read(path))
    return state


# --- the file ----------------------------------------------------------------------------------------------------


def test_numbers_of_every_kind_come_back_to_the_bit(engine: Engine, tmp_path: Path) -> None:
    arrays = [
        tf.constant([math.nan, math.inf, -0.0, 1 / 3], tf.float32),
        tf.constant([[1.5, -2.25]], tf.bfloat16),
        tf.constant(0.1, tf.float16),
        tf.constant([2**62], tf.int64),
        tf.constant([2**32 - 1, 0], tf.uint32),
        tf.constant([True, False]),
        tf.zeros([0, 3]),
    ]
    logs = {"loss": math.nan, "accuracy": math.inf, "mae": 0.1 + 0.2}
    header = engine.state.capture().header.model_copy(
        update={"forms": [form_of(array) for array in arrays], "logs": logs}
    )
    write(Snapshot(header, b"[1]\n", arrays), tmp_path / "one.npz")
    found = read(tmp_path / "one.npz")
    assert repr(found.header) == repr(header)
    assert found.rows == b"[1]\n"
    for one, another in zip(found.arrays, arrays, strict=True):
        assert (one.dtype, one.shape) == (another.numpy().dtype, tuple(another.shape))
        assert one.tobytes() == another.numpy().tobytes()


def test_a_file_that_is_not_whole_is_refused(engine: Engine, tmp_path: Path) -> None:
    whole, torn = tmp_path / "whole.npz", tmp_path / "torn.npz"
    write(engine.state.capture(), whole)
    content = whole.read_bytes()
    for length in (0, 1, len(content) // 3, len(content) - 1):
        torn.write_bytes(content[:length])
        with pytest.raises(CheckpointRefused):
            read(torn)
    # A bit that turned: in the header, and in the midst of an array.
    for place in (content.index(b"identity"), content.index(b"2.npy") + 150):
        torn.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(CheckpointRefused):
            read(torn)
    with pytest.raises(CheckpointRefused):
        read(tmp_path / "missing.npz")
    assert restored_by(whole) is not None


def test_a_file_with_a_pickle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pickle.npz"
    np.savez(path, format=np.array([{"a": 1}], dtype=object))
    with pytest.raises(CheckpointRefused):
        read(path)


def test_a_file_of_another_format_is_refused(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "FORMAT", 2)
    write(engine.state.capture(), tmp_path / "one.npz")
    monkeypatch.undo()
    with pytest.raises(CheckpointRefused, match="It has the format 2"):
        read(tmp_path / "one.npz")


def test_a_file_without_one_of_its_arrays_is_refused(engine: Engine, tmp_path: Path) -> None:
    write(engine.state.capture(), tmp_path / "one.npz")
    with (
        zipfile.ZipFile(tmp_path / "one.npz") as whole,
        zipfile.ZipFile(tmp_path / "two.npz", "w", zipfile.ZIP_STORED) as part,
    ):
        for name in whole.namelist():
            if name != "3.npy":
                part.writestr(name, whole.read(name))
    with pytest.raises(CheckpointRefused):
        read(tmp_path / "two.npz")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: with_header(one, identity={**one.header.identity, "keras": "3.14.0"}), "another keras"),
        (lambda one: with_header(one, identity={**one.header.identity, "spec": "other"}), "another spec"),
        (lambda one: with_header(one, epoch=5), "Some of its epochs are missing"),
        (lambda one: with_header(one, forms=one.header.forms[:-1]), "variables"),
        (lambda one: with_header(one, callbacks=[CallbackState(kind="EarlyStopping")]), "callbacks"),
    ],
)
def test_a_checkpoint_of_another_training_changes_nothing(
    engine: Engine, tmp_path: Path, change: Callable[[Snapshot], Snapshot], reason: str
) -> None:
    write(change(engine.state.capture()), tmp_path / "one.npz")
    fresh = Engine(DISTURBED, TRAINING, ROWS, None)
    before = [variable.numpy().tobytes() for variable in fresh.state.variables()]
    with pytest.raises(CheckpointRefused, match=reason):
        fresh.state.restore(read(tmp_path / "one.npz"))
    assert [variable.numpy().tobytes() for variable in fresh.state.variables()] == before
    assert fresh.loop.course.rows == []


def test_a_later_version_with_more_fields_goes_on_from_the_checkpoints_of_this_one() -> None:
    class LaterTraining(TrainingSpec):
        added: float = 0.5

    class LaterJob(JobSpec):
        training: LaterTraining

    sent = job()
    assert identity_of(LaterJob.model_validate(sent), 54_000) == identity_of(JobSpec.model_validate(sent), 54_000)
    changed = job(batch_size=33)
    assert identity_of(JobSpec.model_validate(changed), 54_000) != identity_of(JobSpec.model_validate(sent), 54_000)


def test_a_snapshot_stands_still_while_training_goes_on(engine: Engine, tmp_path: Path) -> None:
    other = Engine(DISTURBED, TRAINING, ROWS, None)
    snapshot = other.state.capture()
    write(snapshot, tmp_path / "before.npz")
    other.run()
    write(snapshot, tmp_path / "after.npz")
    before, after = read(tmp_path / "before.npz"), read(tmp_path / "after.npz")
    for one, another in zip(before.arrays, after.arrays, strict=True):
        assert one.tobytes() == another.tobytes()
    moved = [variable.numpy().tobytes() for variable in other.state.variables()]
    assert moved != [array.tobytes() for array in before.arrays]
    assert moved == [variable.numpy().tobytes() for variable in engine.state.variables()]


# --- when --------------------------------------------------------------------------------------------------------


def test_checkpoints_come_by_time() -> None:
    rhythm = Rhythm(10.0)
    assert not rhythm.is_due(100.0, is_epoch_over=True)  # the clock begins
    assert not rhythm.is_due(100.4, is_epoch_over=True)
    assert rhythm.is_due(100.6, is_epoch_over=True)
    assert not rhythm.is_due(109.9, is_epoch_over=False)
    assert rhythm.is_due(110.0, is_epoch_over=False)
    rhythm.taken(110.0)
    assert not rhythm.is_due(110.4, is_epoch_over=True)
    # One that costs a second leaves forty-nine for the training.
    rhythm.note(1.0)
    assert not rhythm.is_due(159.0, is_epoch_over=True)
    assert rhythm.is_due(160.0, is_epoch_over=False)


def test_where_they_are_wanted_often_they_come_often() -> None:
    rhythm = Rhythm(0.1)
    assert not rhythm.is_due(5.0, is_epoch_over=False)
    assert rhythm.is_due(5.2, is_epoch_over=False)
    assert rhythm.is_due(5.2, is_epoch_over=True)
    assert Rhythm(0.0).is_due(5.0, is_epoch_over=False)


# --- the keeper --------------------------------------------------------------------------------------------------


class Told:
    """Takes note of what is reported."""

    def __init__(self) -> None:
        self.places: list[tuple[int, int, str]] = []

    def __call__(self, epoch: int, step: int, path: Path) -> None:
        assert path.is_file()
        self.places.append((epoch, step, path.name))


def test_the_last_two_files_stay_and_nothing_is_written_twice(tmp_path: Path) -> None:
    told = Told()
    training = {**TRAINING, "epochs": 4}
    keepers: list[CheckpointKeeper] = []
    engine = Engine(PLAIN, training, ROWS, None, at_pause=lambda is_over: keepers[0].leave() if is_over else None)
    keepers.append(CheckpointKeeper(tmp_path / "checkpoints", engine.state, Rhythm(10.0), TensorMemory(), told))
    engine.run()
    keepers[0].leave()
    keepers[0].close()
    names = [f"{epoch:09d}-000000000.npz" for epoch in (1, 2, 3, 4)]
    assert told.places == [*zip((1, 2, 3, 4), (0, 0, 0, 0), names, strict=True), (4, 0, names[-1])]
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == names[-2:]


def test_a_full_disk_costs_a_checkpoint_and_not_the_training(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told = Told()
    keepers: list[CheckpointKeeper] = []
    engine = Engine(PLAIN, TRAINING, ROWS, None, at_pause=lambda is_over: keepers[0].leave() if is_over else None)
    keepers.append(CheckpointKeeper(tmp_path, engine.state, Rhythm(10.0), TensorMemory(), told))
    # Whatever is written there finds the disk full.
    (tmp_path / "000000001-000000000.partial").symlink_to("/dev/full")
    engine.run()
    keepers[0].close()
    assert [place[0] for place in told.places] == [2]
    assert "No space left on device" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["000000002-000000000.npz"]


def test_while_one_is_written_no_other_is_captured(engine: Engine, tmp_path: Path) -> None:
    is_going_on = threading.Event()
    told: list[int] = []

    def report(epoch: int, step: int, path: Path) -> None:
        del step, path
        told.append(epoch)
        assert is_going_on.wait(30)

    keeper = CheckpointKeeper(tmp_path, engine.state, Rhythm(0.0), TensorMemory(), report)
    began_at = time.monotonic()
    for _ in range(50):
        keeper.at_pause(False)  # noqa: FBT003 (as the loop calls it)
    assert time.monotonic() - began_at < 5  # the training waits for no disk
    is_going_on.set()
    keeper.close()
    assert told == [2]


def test_a_death_at_any_moment_of_writing_leaves_the_file_whole_or_absent(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from tests.trainer.parity import TRAINING, Engine
from tests.trainer.samples import PLAIN, ROWS
from worker.trainer.checkpoints.files import write
state = Engine(PLAIN, TRAINING, ROWS, None).state
snapshot = state.capture()
print("ready", flush=True)
while True:
    for place in range(100):
        write(snapshot, Path({str(tmp_path)!r}) / f"{{place}}.npz")
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        time.sleep(1.0)
        process.kill()
    whole = sorted(tmp_path.glob("*.npz"))
    assert whole
    for path in whole:
        read(path)
