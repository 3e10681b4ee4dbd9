"""One store of bytes: files by key. A file is there whole or not at all."""

import hashlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import fsspec  # pyright: ignore[reportMissingTypeStubs] - fsspec carries none
from fsspec.implementations.local import LocalFileSystem  # pyright: ignore[reportMissingTypeStubs] - as above

from storage.keys import checked

_CHUNK_BYTES = 2**20


class StorageUnavailable(Exception):
    """The store cannot be opened, read or written now. The message names no address: it may hold a password."""


class FileMissing(Exception):
    """The store has no file of this key."""


@dataclass(frozen=True)
class Stored:
    """What was stored.

    Attributes:
        size_bytes: Its size.
        sha256: Its content's SHA-256, in hexadecimal.
    """

    size_bytes: int
    sha256: str


class Store:
    """Files by key beneath one URL. Its calls block; an event loop makes them in a thread."""

    def __init__(self, url: str) -> None:
        """Opens the store.

        Args:
            url: ``file:///path``, or another URL whose file system fsspec knows and finds installed.

        Raises:
            StorageUnavailable: If there is no such file system.
        """
        try:
            filesystem, root = cast("tuple[Any, str]", fsspec.url_to_fs(url))  # pyright: ignore[reportUnknownMemberType] - untyped
        except (ImportError, ValueError, OSError) as error:
            raise StorageUnavailable(f"the storage cannot be opened: {type(error).__name__}") from error
        # What fsspec's file systems can do is not typed.
        self._filesystem: Any = filesystem
        self._root = root.rstrip("/")
        self._folder = Path(self._root) if isinstance(filesystem, LocalFileSystem) else None

    def put(self, key: str, path: Path) -> Stored:
        """Store a copy of the file at ``path``; whoever opens the key sees the old file or the whole new one.

        Raises:
            BadKey: If the key is none.
            StorageUnavailable: If it cannot be written; then the key is as it was.
        """
        checked(key)
        try:
            if self._folder is not None:
                return _put_on_disk(self._folder / key, path)
            # An object store shows an object when all of it has arrived.
            stored = _digest(path)
            self._filesystem.put_file(str(path), self._path(key))
        except OSError as error:
            raise StorageUnavailable(f"{key} cannot be stored: {error.strerror or type(error).__name__}") from error
        return stored

    def open(self, key: str) -> IO[bytes]:
        """The file, opened for reading; it can seek.

        Raises:
            BadKey: If the key is none.
            FileMissing: If there is no such file.
            StorageUnavailable: If it cannot be read.
        """
        checked(key)
        try:
            return cast("IO[bytes]", self._filesystem.open(self._path(key), "rb"))
        except FileNotFoundError:
            raise FileMissing(key) from None
        except OSError as error:
            raise StorageUnavailable(f"{key} cannot be read: {error.strerror or type(error).__name__}") from error

    def size(self, key: str) -> int:
        """The file's size in bytes.

        Raises:
            BadKey: If the key is none.
            FileMissing: If there is no such file.
            StorageUnavailable: If the store does not answer.
        """
        checked(key)
        try:
            return int(self._filesystem.size(self._path(key)))
        except FileNotFoundError:
            raise FileMissing(key) from None
        except OSError as error:
            raise StorageUnavailable(f"{key} cannot be read: {error.strerror or type(error).__name__}") from error

    def delete(self, key: str) -> None:
        """Delete the file; none is no error.

        Raises:
            BadKey: If the key is none.
            StorageUnavailable: If it is left.
        """
        checked(key)
        try:
            self._filesystem.rm_file(self._path(key))
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageUnavailable(f"{key} cannot be deleted: {error.strerror or type(error).__name__}") from error

    def delete_prefix(self, prefix: str) -> None:
        """Delete every file whose key begins with ``prefix`` and a slash; none is no error.

        Raises:
            BadKey: If the prefix is no key.
            StorageUnavailable: If something was left.
        """
        checked(prefix)
        try:
            if self._folder is not None:
                shutil.rmtree(self._folder / prefix)
            else:
                self._filesystem.rm(self._path(prefix), recursive=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageUnavailable(f"{prefix} cannot be deleted: {error.strerror or type(error).__name__}") from error

    def local_path(self, key: str) -> Path | None:
        """Where the file lies if the store is a folder of this machine, so that it can be sent without a copy.

        Raises:
            BadKey: If the key is none.
            FileMissing: If the store is a folder and there is no such file.
        """
        checked(key)
        if self._folder is None:
            return None
        path = self._folder / key
        if not path.is_file():
            raise FileMissing(key)
        return path

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"


def _put_on_disk(target: Path, source: Path) -> Stored:
    """Copy beside the target, flush to the disk, then rename, which replaces at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # No key begins with a dot, so nobody reads it before it has its name.
    unfinished = target.parent / f".{secrets.token_hex(8)}.part"
    digest = hashlib.sha256()
    size_bytes = 0
    try:
        with source.open("rb") as reader, unfinished.open("xb") as writer:
            while chunk := reader.read(_CHUNK_BYTES):
                digest.update(chunk)
                size_bytes += writer.write(chunk)
            writer.flush()
            os.fsync(writer.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return Stored(size_bytes=size_bytes, sha256=digest.hexdigest())


def _digest(path: Path) -> Stored:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Stored(size_bytes=file.tell(), sha256=digest.hexdigest())
