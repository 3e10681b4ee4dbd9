"""One contract for every kind of store: a folder of this machine and another file system of fsspec's."""

import hashlib
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from storage.keys import BadKey
from storage.errors import FileMissing, StorageUnavailable
from storage.store import Store


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(f"file://{tmp_path}/storage" if request.param == "file" else f"memory://{uuid4().hex}")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(bytes(range(256)) * 10_000)
    return path


def test_what_was_put_is_read_back_with_its_size_and_digest(store: Store, source: Path) -> None:
    stored = store.put("jobs/job_1/1/model.keras", source)
    assert stored.size_bytes == 2_560_000
    assert stored.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert store.size("jobs/job_1/1/model.keras") == 2_560_000
    with store.open("jobs/job_1/1/model.keras") as file:
        file.seek(255)
        assert file.read(2) == b"\xff\x00"


def test_putting_again_replaces(store: Store, source: Path) -> None:
    store.put("a/b", source)
    source.write_bytes(b"new")
    store.put("a/b", source)
    with store.open("a/b") as file:
        assert file.read() == b"new"


def test_a_missing_file_is_told(store: Store) -> None:
    with pytest.raises(FileMissing):
        store.open("a/b")
    with pytest.raises(FileMissing):
        store.size("a/b")


def test_a_prefix_is_deleted_with_all_beneath_it_and_nothing_beside_it(store: Store, source: Path) -> None:
    for key in ("jobs/job_1/1/a", "jobs/job_1/1/b", "jobs/job_1/10/a"):
        store.put(key, source)
    store.delete_prefix("jobs/job_1/1")
    store.delete_prefix("jobs/job_1/1")
    with pytest.raises(FileMissing):
        store.size("jobs/job_1/1/a")
    assert store.size("jobs/job_1/10/a") == 2_560_000


def test_one_file_is_deleted_and_nothing_beside_it(store: Store, source: Path) -> None:
    for key in ("a/b", "a/c"):
        store.put(key, source)
    store.delete("a/b")
    store.delete("a/b")
    with pytest.raises(FileMissing):
        store.size("a/b")
    assert store.size("a/c") == 2_560_000


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../a", "a/../../b", "a//b", "a/", ".hidden", "a/.b", "a\\b", "a\x00b", "ä", "a" * 513]
)
def test_a_key_that_could_point_elsewhere_is_refused(store: Store, source: Path, key: str) -> None:
    for act in (store.open, store.size, store.delete, store.delete_prefix, store.local_path):
        with pytest.raises(BadKey):
            act(key)
    with pytest.raises(BadKey):
        store.put(key, source)


def test_a_folder_names_the_path_and_others_none(tmp_path: Path, source: Path) -> None:
    folder = Store(f"file://{tmp_path}/storage")
    folder.put("a/b", source)
    assert folder.local_path("a/b") == tmp_path / "storage" / "a" / "b"
    with pytest.raises(FileMissing):
        folder.local_path("a/c")
    other = Store(f"memory://{uuid4().hex}")
    other.put("a/b", source)
    assert other.local_path("a/b") is None


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    store = Store(f"file://{tmp_path}/storage")
    sources = [tmp_path / "old", tmp_path / "new"]
    for number, path in enumerate(sources):
        path.write_bytes(bytes([number]) * 3_000_000)
    store.put("a/b", sources[0])
    is_done = threading.Event()

    def write() -> None:
        for turn in range(20):
            store.put("a/b", sources[turn % 2])
        is_done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not is_done.is_set() or reads == 0:
        with store.open("a/b") as file:
            content = file.read()
        assert len(content) == 3_000_000
        assert content == content[:1] * 3_000_000
        reads += 1
    writer.join()


def test_a_failed_put_leaves_the_old_file_and_no_remains(tmp_path: Path, source: Path) -> None:
    store = Store(f"file://{tmp_path}/storage")
    store.put("a/b", source)
    with pytest.raises(StorageUnavailable):
        store.put("a/b", tmp_path / "missing")
    assert store.size("a/b") == 2_560_000
    assert [path.name for path in (tmp_path / "storage" / "a").iterdir()] == ["b"]


def test_a_file_system_that_is_not_installed_is_told_without_its_address() -> None:
    with pytest.raises(StorageUnavailable) as caught:
        Store("nosuchthing://user:hunter2@host/path")
    assert "hunter2" not in str(caught.value)
