"""Files that several jobs begin with are fetched once: from a folder and from a bucket, by any number of attempts."""

import asyncio
import dataclasses
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from db.queue.inputs import Input
from spec.inputs import InputName
from storage.files import Reader
from storage.store import Store
from tests.services.s3 import BUCKET, S3Server
from worker.supervisor.attempts.inputs import CalledOff, InputLost, fetch
from worker.supervisor.attempts.kept_inputs import KeptInputs

SIZE = 1_000


class CountingStore(Store):
    """Counts how often a file is read."""

    opened = 0

    def open(self, key: str, first_byte: int = 0, size_bytes: int | None = None) -> Reader:
        """Read it, and count that."""
        self.opened += 1
        return super().open(key, first_byte, size_bytes)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with S3Server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment().items():
            patch.setenv(name, value)
        yield f"s3://{BUCKET}/kept"


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> CountingStore:
    return CountingStore(
        request.getfixturevalue("bucket") if request.param == "bucket" else f"file://{tmp_path}/storage"
    )


class Worker:
    """A worker's home, with a folder for each attempt."""

    def __init__(self, home: Path, store: CountingStore, limit_bytes: int = 10 * SIZE) -> None:
        self.home = home
        self.store = store
        self.kept = KeptInputs(home / "inputs", limit_bytes)

    def stored(self, mark: str, size_bytes: int = SIZE) -> Input:
        """A file of the storage that is full of this."""
        source = self.home / "source"
        source.write_bytes(mark.encode() * size_bytes)
        put = self.store.put(f"files/{mark}", source)
        return Input(InputName.DATASET, f"files/{mark}", put.sha256, put.size_bytes, is_shared=True)

    async def attempt(self, name: str, *inputs: Input) -> Path:
        """What an attempt begins with, in its folder."""
        folder = self.home / "work" / name
        folder.mkdir(parents=True)
        await fetch(self.store, name, inputs, folder, asyncio.Event(), kept=self.kept)
        return folder / "inputs" / "dataset"

    def end(self, path: Path) -> None:
        """The attempt ends."""
        path.unlink()

    @property
    def names(self) -> set[str]:
        return {path.name for path in (self.home / "inputs").glob("*")}


@pytest.fixture
def worker(tmp_path: Path, store: CountingStore) -> Worker:
    return Worker(tmp_path, store)


def used_in_this_order(worker: Worker, inputs: Sequence[Input]) -> None:
    for place, one in enumerate(inputs):
        os.utime(worker.home / "inputs" / one.sha256, (place, place))


async def test_a_second_job_fetches_nothing(worker: Worker) -> None:
    file = worker.stored("a")
    first = await worker.attempt("1", file)
    await asyncio.to_thread(worker.store.delete, file.key)
    second = await worker.attempt("2", file)
    assert second.read_bytes() == b"a" * SIZE
    assert first.samefile(second), "there is one copy"
    assert not os.access(first, os.W_OK) or first.stat().st_mode & 0o222 == 0
    worker.end(first)
    worker.end(second)
    assert worker.names == {file.sha256}
    # A new worker of the same home finds it.
    again = Worker(worker.home, worker.store)
    assert (await again.attempt("3", file)).read_bytes() == b"a" * SIZE


async def test_equal_files_of_several_attempts_at_once_are_one(worker: Worker) -> None:
    file = worker.stored("a")
    paths = await asyncio.gather(*(worker.attempt(str(number), file) for number in range(5)))
    assert worker.store.opened == 1
    # Another worker, which did not know of it: its copy becomes the one that is there.
    other = Worker(worker.home, worker.store)
    other_path = worker.home / "copy"
    other_path.write_bytes(b"a" * SIZE)
    other.kept.keep(file.sha256, other_path)
    assert len({path.stat().st_ino for path in (*paths, other_path)}) == 1


async def test_those_used_longest_ago_go_and_none_that_is_used(tmp_path: Path) -> None:
    worker = Worker(tmp_path, CountingStore(f"file://{tmp_path}/storage"), limit_bytes=3 * SIZE)
    files = [worker.stored(mark) for mark in "abcdef"]
    paths = [await worker.attempt(file.sha256, file) for file in files[:3]]
    used_in_this_order(worker, files[:3])
    worker.end(paths[1])
    worker.end(paths[2])
    await worker.attempt("4", files[3])
    assert worker.names == {files[0].sha256, files[2].sha256, files[3].sha256}, "the first is used"
    worker.end(paths[0])
    os.utime(worker.home / "inputs" / files[2].sha256, (10, 10))
    worker.end(await worker.attempt("5", files[0]))
    await worker.attempt("6", files[4])
    assert worker.names == {files[0].sha256, files[3].sha256, files[4].sha256}, "who is used again stays"
    large = worker.stored("g", 4 * SIZE)
    assert (await worker.attempt("7", large)).stat().st_size == 4 * SIZE
    assert large.sha256 not in worker.names
    worker.kept.shrink(free_bytes=SIZE)
    assert worker.names == {files[3].sha256, files[4].sha256}, "room is made of what is not used"


async def test_what_is_damaged_or_belongs_to_one_job_is_not_kept(worker: Worker) -> None:
    file = worker.stored("a")
    broken = dataclasses.replace(file, sha256=hashlib.sha256(b"b").hexdigest())
    with pytest.raises(InputLost):
        await worker.attempt("1", broken)
    await worker.attempt("2", dataclasses.replace(file, is_shared=False))
    assert worker.names == set()
    worker.end(await worker.attempt("3", file))
    kept = worker.home / "inputs" / file.sha256
    kept.chmod(0o600)
    kept.write_bytes(b"a")
    assert (await worker.attempt("4", file)).read_bytes() == b"a" * SIZE
    assert kept.stat().st_size == SIZE
    nothing = Worker(worker.home, worker.store, limit_bytes=0)
    nothing.kept = KeptInputs(worker.home / "others", 0)
    await nothing.attempt("5", file)
    assert not (worker.home / "others").exists()


async def test_a_fetch_that_is_broken_off_leaves_nothing_behind(worker: Worker) -> None:
    file = worker.stored("a")
    called_off = asyncio.Event()
    called_off.set()
    folder = worker.home / "work" / "1"
    folder.mkdir(parents=True)
    with pytest.raises(CalledOff):
        await fetch(worker.store, "job", [file], folder, called_off, kept=worker.kept)
    assert worker.names == set()
    assert (await worker.attempt("2", file)).read_bytes() == b"a" * SIZE
