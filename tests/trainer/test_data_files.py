"""Prepared rows in files: shared by processes, whole or not there, within their bound."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from spec.datasets.choice import DatasetSpec
from spec.training.training import TrainingSpec
from tests.trainer.data_process import ROWS, part
from worker.trainer.data import folders as data_folders
from worker.trainer.data.files import DataFiles, NoRoom
from worker.trainer.data.parts import Part
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.epochs.compiled_steps import tensors_of
from worker.trainer.failures import MemoryTooSmall

SIZE = 16 * ROWS
"""What the rows of one key take, but for their headers."""


def parts_of(value: float) -> Callable[[], Sequence[Part]]:
    return lambda: [part(value)]


def nothing() -> Sequence[Part]:
    raise LookupError


def is_kept(files: DataFiles, key: str) -> bool:
    try:
        files.get(key, nothing)
    except LookupError:
        return False
    return True


def folders(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir() if entry.is_dir())


class Peer:
    """Another process that prepares the rows of a key."""

    def __init__(self, folder: Path, key: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.trainer.data_process", str(folder), key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def peers() -> Iterator[list[Peer]]:
    started: list[Peer] = []
    yield started
    for peer in started:
        peer.kill()


@pytest.fixture
def files(tmp_path: Path) -> DataFiles:
    return DataFiles(tmp_path, 2**30)


# --- the rows themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ({"name": "iris", "split": {"validation": 0.2, "test": 0.1, "seed": 3}}, {"class_weight": {"1": 2.0}}),
        ({"name": "digits", "scaling": "standard"}, {"validation_split": 0.1}),
        pytest.param({"name": "fashion_mnist"}, {}, marks=pytest.mark.fashion_mnist),
    ],
)
def test_rows_in_files_are_those_in_memory(tmp_path: Path, dataset: dict[str, object], said: dict[str, object]) -> None:
    asked, training = DatasetSpec.model_validate(dataset), TrainingSpec.model_validate({"loss": "mse", **said})
    expected = PreparedDataSets().get(asked, training, "classes")
    PreparedDataSets(DataFiles(tmp_path, 2**30)).get(asked, training, "classes")
    (made,) = tmp_path.glob("*/header.json")
    before = made.stat()
    found = PreparedDataSets(DataFiles(tmp_path, 2**30)).get(asked, training, "classes")
    assert list(tmp_path.glob("*/header.json")) == [made]
    assert made.stat().st_ino == before.st_ino
    assert found.counts == expected.counts
    kinds = zip(
        (found.training, found.validation, found.test),
        (expected.training, expected.validation, expected.test),
        strict=True,
    )
    for rows, others in kinds:
        assert (rows is None) == (others is None)
        for array, other in zip(rows.arrays if rows else (), others.arrays if others else (), strict=True):
            assert array.dtype == other.dtype
            np.testing.assert_array_equal(array, other)


def test_a_tensor_takes_the_memory_of_a_file(files: DataFiles) -> None:
    array = files.get("rows", parts_of(2.0)).arrays["training_features"]
    (tensor,) = tensors_of(array)
    assert np.shares_memory(np.asarray(memoryview(tensor)), array)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0


def test_a_tensor_of_what_may_be_written_to_is_a_copy() -> None:
    array = np.zeros(1000)
    (tensor,) = tensors_of(array)
    array[:] = 1.0
    assert not tensor.numpy().any()


def test_other_rows_are_made_where_the_source_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folders, "SYSTEM_FOLDER", tmp_path)
    features, target = np.random.default_rng(0).normal(size=(20_640, 8)), np.arange(20_640.0)
    np.savez(tmp_path / "california_housing.npz", x=features, y=target)
    files, training = DataFiles(tmp_path / "data", 2**30), TrainingSpec(loss="mse")
    PreparedDataSets(files).get("california_housing", training, "number")
    np.savez(tmp_path / "california_housing.npz", x=features, y=target + 1)
    found = PreparedDataSets(files).get("california_housing", training, "number")
    assert found.training.target.min() == 1
    assert len(folders(tmp_path / "data")) == 2


# --- whole, or not there ------------------------------------------------------------------------------------------


def truncate(folder: Path) -> None:
    os.truncate(folder / "training_features.npy", SIZE // 2)


def blot(folder: Path) -> None:
    (folder / "header.json").write_text("{")


def rename(folder: Path) -> None:
    header = json.loads((folder / "header.json").read_text())
    (folder / "header.json").write_text(json.dumps({**header, "key": "another"}))


def remove(folder: Path) -> None:
    (folder / "training_features.npy").unlink()


@pytest.mark.parametrize("spoil", [truncate, blot, rename, remove])
def test_what_is_not_whole_is_made_anew(files: DataFiles, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    files.get("rows", parts_of(1.0))
    (name,) = folders(tmp_path)
    spoil(tmp_path / name)
    anew = files.get("rows", parts_of(2.0))
    assert anew.arrays["training_features"].sum() == 8 * ROWS
    assert is_kept(files, "rows")
    assert folders(tmp_path) == [name]


def test_a_process_that_dies_leaves_nothing_that_counts(files: DataFiles, tmp_path: Path, peers: list[Peer]) -> None:
    peers.append(Peer(tmp_path, "rows"))
    assert peers[0].said() == "writing"
    (partial,) = folders(tmp_path)
    peers[0].kill()
    assert files.get("rows", parts_of(3.0)).arrays["training_features"].sum() == 12 * ROWS
    (name,) = folders(tmp_path)
    assert name != partial


def test_the_second_of_two_waits_for_the_first(tmp_path: Path, peers: list[Peer]) -> None:
    peers.append(Peer(tmp_path, "rows"))
    assert peers[0].said() == "writing"
    peers.append(Peer(tmp_path, "rows"))
    peers.append(Peer(tmp_path, "others"))
    assert peers[2].said() == "writing"  # what is not the same does not wait
    peers[0].go_on()
    told = peers[0].said()
    assert told.startswith("4000 ")
    assert peers[1].said() == told


def test_of_two_at_once_one_wins_and_both_are_right(tmp_path: Path, peers: list[Peer]) -> None:
    peers.append(Peer(tmp_path, "rows"))
    assert peers[0].said() == "writing"
    impatient = DataFiles(tmp_path, 2**30, wait_seconds=0.0)
    mine = impatient.get("rows", parts_of(1.0))
    peers[0].go_on()
    assert peers[0].said() == f"4000 {os.fstat(mine.descriptor).st_ino}"
    assert mine.arrays["training_features"].sum() == 4 * ROWS
    assert len(folders(tmp_path)) == 1


# --- the bound ----------------------------------------------------------------------------------------------------


def test_those_used_last_are_kept(tmp_path: Path) -> None:
    files = DataFiles(tmp_path, 5 * SIZE // 2)
    for key in ("first", "second", "first", "third"):
        files.get(key, parts_of(1.0))
        time.sleep(0.02)  # the clock of the file system is a coarse one
    assert [is_kept(files, key) for key in ("first", "second", "third")] == [True, False, True]
    assert len(folders(tmp_path)) == 2


def test_none_is_removed_that_another_process_uses(tmp_path: Path, peers: list[Peer]) -> None:
    peers.append(Peer(tmp_path, "first"))
    assert peers[0].said() == "writing"
    peers[0].go_on()
    assert peers[0].said().startswith("4000 ")
    files = DataFiles(tmp_path, 5 * SIZE // 2)
    files.get("second", parts_of(1.0))
    third = files.get("third", parts_of(1.0))
    assert [is_kept(files, key) for key in ("first", "second", "third")] == [True, False, True]
    with pytest.raises(NoRoom):
        files.get("fourth", parts_of(1.0))
    peers[0].kill()
    files.get("fourth", parts_of(1.0))
    assert [is_kept(files, key) for key in ("first", "third", "fourth")] == [False, True, True]
    assert third.arrays["training_features"].sum() == 4 * ROWS


def test_what_has_no_room_is_prepared_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    training = TrainingSpec(loss="mse")
    data = PreparedDataSets(DataFiles(tmp_path, 1000)).get("digits", training, "classes")
    assert data.counts.train == 1797
    assert "cannot be shared" in caplog.text
    assert folders(tmp_path) == []
    with pytest.raises(MemoryTooSmall) as caught:
        PreparedDataSets(DataFiles(tmp_path, 1000)).get("digits", training, "classes", is_room_in_memory=False)
    assert caught.value.pointer == "/dataset"


def test_a_full_disk_fails_no_job(files: DataFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))
    try:
        data = PreparedDataSets(files).get("digits", TrainingSpec(loss="mse"), "classes")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert data.counts.train == 1797
    assert "File too large" in caplog.text
    assert folders(tmp_path) == []
