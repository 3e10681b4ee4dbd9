"""A store that is a folder of this machine, or one that several machines share."""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from storage.errors import FileAlreadyStored, FileMissing, StorageFull, StorageUnavailable
from storage.files import Backend, Entry, Reader, Writer

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_UNFINISHED = ".part"
"""How the name of an unfinished file ends; it begins with a dot, as no key does, so nobody reads it."""


class Folder(Backend):
    """Files by key beneath one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, key: str) -> Writer:
        """A writer of this key."""
        return _FolderWriter(self._root, key)

    def open(self, key: str, first_byte: int, size_bytes: int | None) -> Reader:
        """A reader of this key."""
        with _reading(key):
            return _FolderReader(key, self._root / key, first_byte, size_bytes)

    def size(self, key: str) -> int:
        """How long the file is."""
        with _reading(key):
            return self._file(key).stat().st_size

    def entries(self, prefix: str | None) -> Iterator[Entry]:
        """What there is."""
        top = self._root if prefix is None else self._root / prefix
        with _translated(prefix or "the storage", "listed"):
            yield from self._entries(top)

    def delete(self, key: str) -> None:
        """Remove one file."""
        with _translated(key, "deleted"), suppress(FileNotFoundError, NotADirectoryError):
            (self._root / key).unlink()

    def delete_prefix(self, prefix: str) -> None:
        """Remove all beneath it."""
        with _translated(prefix, "deleted"), suppress(FileNotFoundError):
            shutil.rmtree(self._root / prefix)

    def remove_unfinished(self, older_than_seconds: float) -> int:
        """Remove what dead writers left."""
        before, removed = time.time() - older_than_seconds, 0
        with _translated("the storage", "cleared up"):
            for path in self._root.rglob(f".*{_UNFINISHED}"):
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        path.unlink()
                        removed += 1
        return removed

    def local_path(self, key: str) -> Path | None:
        """Where it lies."""
        return self._file(key)

    def _file(self, key: str) -> Path:
        path = self._root / key
        if not path.is_file():
            raise FileMissing(key)
        return path

    def _entries(self, folder: Path) -> Iterator[Entry]:
        try:
            found = sorted(os.scandir(folder), key=lambda item: item.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        for item in found:
            if item.name.startswith("."):
                continue
            if item.is_dir():
                yield from self._entries(Path(item))
                continue
            with suppress(FileNotFoundError):
                facts = item.stat()
                key = str(Path(item).relative_to(self._root))
                yield Entry(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))


class _FolderReader(Reader):
    def __init__(self, key: str, path: Path, first_byte: int, size_bytes: int | None) -> None:
        self._key = key
        self._left_bytes = size_bytes
        self._file = path.open("rb")
        self._file.seek(first_byte)

    def read(self, size_bytes: int = -1) -> bytes:
        if self._left_bytes is not None:
            size_bytes = self._left_bytes if size_bytes < 0 else min(size_bytes, self._left_bytes)
        with _translated(self._key, "read"):
            piece = self._file.read(size_bytes)
        if self._left_bytes is not None:
            self._left_bytes -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


class _FolderWriter(Writer):
    """Writes beside the target, flushes to the disk, then renames, which replaces at once."""

    def __init__(self, root: Path, key: str) -> None:
        super().__init__(key)
        self._target = root / key
        self._unfinished = self._target.parent / f".{secrets.token_hex(8)}{_UNFINISHED}"
        with _translated(key, "stored"):
            self._target.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = self._unfinished.open("xb")

    def _append(self, piece: bytes) -> None:
        with _translated(self.key, "stored"):
            self._file.write(piece)

    def _publish(self, *, if_absent: bool) -> None:
        with _translated(self.key, "stored"):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            if if_absent:
                self._link()
            else:
                self._unfinished.replace(self._target)
            flush_folder(self._target.parent)

    def _link(self) -> None:
        try:
            # Unlike a rename it refuses to replace, whoever comes first.
            self._target.hardlink_to(self._unfinished)
        except FileExistsError:
            raise FileAlreadyStored(self.key) from None
        self._unfinished.unlink(missing_ok=True)

    def _discard(self) -> None:
        # Closing writes what is buffered, for which there may be no room.
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._unfinished.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """See to it that the names of the files in the folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _reading(key: str) -> Generator[None]:
    with _translated(key, "read"):
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise FileMissing(key) from None


@contextmanager
def _translated(key: str, act: str) -> Generator[None]:
    """Makes an error of the store's of the operating system's."""
    try:
        yield
    except OSError as error:
        kind = StorageFull if error.errno in _FULL else StorageUnavailable
        raise kind(f"Storage error: {key} could not be {act}: {error.strerror or type(error).__name__}.") from error
