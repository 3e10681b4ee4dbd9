"""One contract for every kind of store: a folder of this machine and a bucket of S3."""

import hashlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.errors import FileAlreadyStored, FileMissing, StorageUnavailable
from storage.keys import BadKey
from storage.store import Store
from tests.services.s3 import BUCKET

PIECE = bytes(range(256)) * 4096
LARGE = 17
"""Pieces of 1 MiB: two whole parts of a multipart upload and a rest."""
ROOT = Path(__file__).parents[2]
DYING = """
import os, sys
from storage.store import Store
from tests.services.s3 import BUCKET
writers = [Store(sys.argv[1]).write(key) for key in sys.argv[2:]]
for writer in writers:
    writer.write(bytes(9 * 2**20))
os._exit(0)
"""


def content(store: Store, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def keys(store: Store, prefix: str | None = None) -> list[str]:
    return [entry.key for entry in store.list(prefix)]


def test_what_was_put_is_read_back_with_its_size_and_digest(store: Store, source: Path) -> None:
    stored = store.put("jobs/job_1/1/model.keras", source)
    assert stored.size_bytes == 2_560_000
    assert stored.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert store.size("jobs/job_1/1/model.keras") == 2_560_000
    assert content(store, "jobs/job_1/1/model.keras") == source.read_bytes()


def test_a_file_of_no_bytes_is_a_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert store.put("a/b", tmp_path / "empty").size_bytes == 0
    assert store.size("a/b") == 0
    assert content(store, "a/b") == b""
    assert keys(store) == ["a/b"]


@pytest.mark.parametrize(
    ("first_byte", "size_bytes", "expected"),
    [
        (0, 2, b"\x00\x01"),
        (255, 3, b"\xff\x00\x01"),
        (2_559_999, None, b"\xff"),
        (2_559_998, 10, b"\xfe\xff"),
        (2_560_000, 10, b""),
        (9_999_999, None, b""),
        (7, 0, b""),
    ],
)
def test_a_part_is_read(store: Store, source: Path, first_byte: int, size_bytes: int | None, expected: bytes) -> None:
    store.put("a/b", source)
    with store.open("a/b", first_byte, size_bytes) as file:
        assert file.read() == expected
        assert file.read() == b""


def test_a_file_is_read_piece_by_piece(store: Store, source: Path) -> None:
    store.put("a/b", source)
    with store.open("a/b", 10, 2_500_000) as file:
        pieces = list(iter(lambda: file.read(1_000_000), b""))
    assert [len(piece) for piece in pieces] == [1_000_000, 1_000_000, 500_000]
    assert b"".join(pieces) == source.read_bytes()[10:2_500_010]


def test_putting_again_replaces(store: Store, source: Path) -> None:
    store.put("a/b", source)
    source.write_bytes(b"new")
    store.put("a/b", source)
    assert content(store, "a/b") == b"new"


def test_a_missing_file_is_not_found(store: Store) -> None:
    with pytest.raises(FileMissing):
        store.open("a/b")
    with pytest.raises(FileMissing):
        store.open("a/b", 3, 0)
    with pytest.raises(FileMissing):
        store.size("a/b")


def test_what_is_a_prefix_is_no_file(store: Store, source: Path) -> None:
    store.put("a/b/c", source)
    with pytest.raises(FileMissing):
        store.open("a/b")
    with pytest.raises(FileMissing):
        store.size("a/b")


def test_a_prefix_is_deleted_with_all_beneath_it_and_nothing_beside_it(store: Store, source: Path) -> None:
    for key in ("jobs/job_1/1/a", "jobs/job_1/1/b/c", "jobs/job_1/10/a"):
        store.put(key, source)
    store.delete_prefix("jobs/job_1/1")
    store.delete_prefix("jobs/job_1/1")
    assert keys(store) == ["jobs/job_1/10/a"]


def test_one_file_is_deleted_and_nothing_beside_it(store: Store, source: Path) -> None:
    for key in ("a/b", "a/c"):
        store.put(key, source)
    store.delete("a/b")
    store.delete("a/b")
    assert keys(store) == ["a/c"]


def test_what_there_is_is_listed(store: Store, source: Path) -> None:
    assert keys(store) == []
    for key in ("a/b/c", "a/bc", "b"):
        store.put(key, source)
    assert sorted(keys(store)) == ["a/b/c", "a/bc", "b"]
    assert keys(store, "a/b") == ["a/b/c"]
    assert keys(store, "c") == []
    assert {entry.size_bytes for entry in store.list()} == {2_560_000}
    assert all(entry.modified_at.tzinfo is not None for entry in store.list())


@pytest.mark.parametrize("pieces", [1, LARGE])
def test_a_file_is_written_piece_by_piece_and_seen_when_it_is_whole(store: Store, pieces: int) -> None:
    digest = hashlib.sha256()
    with store.write("a/b") as writer:
        for number in range(pieces):
            writer.write(PIECE)
            digest.update(PIECE)
            assert (writer.size_bytes, writer.sha256) == ((number + 1) * len(PIECE), digest.hexdigest())
        assert keys(store) == []
        with pytest.raises(FileMissing):
            store.open("a/b")
        stored = writer.commit()
        with pytest.raises(ValueError, match="is no longer being written"):
            writer.write(PIECE)
    assert (stored.size_bytes, stored.sha256) == (pieces * len(PIECE), digest.hexdigest())
    assert hashlib.sha256(content(store, "a/b")).hexdigest() == stored.sha256
    assert store.remove_unfinished(-60) == 0


@pytest.mark.parametrize("pieces", [1, LARGE])
def test_what_is_not_committed_leaves_nothing(store: Store, source: Path, pieces: int) -> None:
    store.put("a/b", source)
    with store.write("a/b") as writer:
        for _ in range(pieces):
            writer.write(PIECE)
    writer.abort()
    with pytest.raises(ValueError, match="is no longer being written"):
        writer.commit()
    assert content(store, "a/b") == source.read_bytes()
    assert store.remove_unfinished(-60) == 0


def test_what_a_dead_writer_left_is_not_seen_and_is_removed(
    store: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"s3://{BUCKET}/some/where" if "bucket" in request.node.name else f"file://{tmp_path}/storage"
    subprocess.run([sys.executable, "-c", DYING, url, "a/b", "a/c", "c/d"], check=True, timeout=60, cwd=ROOT)
    assert keys(store) == []
    # moto says of each that it began in 2010.
    assert store.remove_unfinished(10**9) == 0
    store.delete_prefix("a")
    assert store.remove_unfinished(-60) == 1
    assert store.remove_unfinished(-60) == 0


@pytest.mark.parametrize("pieces", [1, LARGE])
def test_a_file_is_stored_only_where_there_is_none(store: Store, source: Path, pieces: int) -> None:
    with store.write("a/b") as writer:
        for _ in range(pieces):
            writer.write(PIECE)
        writer.commit(if_absent=True)
    with pytest.raises(FileAlreadyStored):
        store.put("a/b", source, if_absent=True)
    with store.write("a/b") as writer:
        for _ in range(pieces):
            writer.write(b"x" * len(PIECE))
        with pytest.raises(FileAlreadyStored):
            writer.commit(if_absent=True)
    assert content(store, "a/b") == PIECE * pieces
    assert store.remove_unfinished(-60) == 0


def test_of_many_who_store_where_there_is_none_one_succeeds(store: Store, tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(6)]
    for path in paths:
        path.write_text(path.name)
    barrier = threading.Barrier(len(paths))

    def put(path: Path) -> str | None:
        barrier.wait()
        try:
            store.put("a/b", path, if_absent=True)
        except FileAlreadyStored:
            return None
        return path.name

    with ThreadPoolExecutor(len(paths)) as threads:
        succeeded = [name for name in threads.map(put, paths) if name is not None]
    assert succeeded == [content(store, "a/b").decode()]
    assert store.remove_unfinished(-60) == 0


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../a", "a/../../b", "a//b", "a/", ".hidden", "a/.b", "a\\b", "a\x00b", "ä", "a" * 513]
)
def test_a_key_that_could_point_elsewhere_is_refused(store: Store, source: Path, key: str) -> None:
    for act in (store.open, store.size, store.delete, store.delete_prefix, store.local_path, store.list, store.write):
        with pytest.raises(BadKey):
            act(key)
    with pytest.raises(BadKey):
        store.put(key, source)


def test_a_folder_names_the_path_and_a_bucket_none(tmp_path: Path, bucket: Store, source: Path) -> None:
    folder = Store(f"file://{tmp_path}/storage")
    folder.put("a/b", source)
    assert folder.local_path("a/b") == tmp_path / "storage" / "a" / "b"
    with pytest.raises(FileMissing):
        folder.local_path("a/c")
    bucket.put("a/b", source)
    assert bucket.local_path("a/b") is None


def test_a_file_that_cannot_be_read_leaves_the_old_one_and_no_remains(store: Store, source: Path) -> None:
    store.put("a/b", source)
    with pytest.raises(FileNotFoundError):
        store.put("a/b", source.parent / "missing")
    assert store.size("a/b") == 2_560_000
    assert store.remove_unfinished(-60) == 0


@pytest.mark.parametrize(
    "url", ["nosuchthing://user:hunter2@host/path", "s3://user:hunter2@host/path", "s3://", "file:hunter2", "hunter2"]
)
def test_what_is_no_store_is_refused_without_its_address(url: str) -> None:
    with pytest.raises(StorageUnavailable) as caught:
        Store(url)
    assert "hunter2" not in str(caught.value)
