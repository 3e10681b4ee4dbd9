"""What is a folder's alone: renames, and a disk that is full."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from storage.store import Store

ROOT = Path(__file__).parents[2]
FILLING = """
import sys
from pathlib import Path
from storage.errors import StorageFull
from storage.store import Store

disk = Path(sys.argv[1])
store = Store(f"file://{disk}/storage")
small = disk / "small"
small.write_bytes(b"small")
store.put("a/b", small)
try:
    with store.write("a/b") as writer:
        while True:
            writer.write(bytes(2**18))
except StorageFull:
    store.put("a/c", small)
    print(*[(entry.key, entry.size_bytes) for entry in store.list()], *(disk / "storage" / "a").iterdir(), sep="\\n")
"""


def test_a_disk_that_is_full_is_an_error_of_its_own_and_nothing_is_left(tmp_path: Path) -> None:
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    mount = 'mount -t tmpfs -o size=1M tmpfs "$0" && exec "$@"'
    command = ("unshare", *as_root, "--mount", "sh", "-c", mount, str(tmp_path), sys.executable, "-c", FILLING)
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert sorted(done.stdout.split("\n")) == sorted(
        ["('a/b', 5)", "('a/c', 5)", f"{tmp_path}/storage/a/b", f"{tmp_path}/storage/a/c", ""]
    ), done.stderr


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
