"""One store of bytes: files by key. A file is there whole or not at all."""

from collections.abc import Collection, Iterator
from pathlib import Path

from settings.urls import BUCKET
from storage.errors import StorageUnavailable
from storage.files import Backend, Entry, Reader, Stored, Writer
from storage.folder import Folder
from storage.keys import checked

_CHUNK_BYTES = 2**20


class Store:
    """Files by key beneath one URL. Its calls block, for seconds at worst; an event loop makes them in a thread.

    Every call raises `BadKey` for what is no key, and `StorageUnavailable` when the store does not answer, refuses or
    answers nonsense.
    """

    def __init__(self, url: str) -> None:
        """Knows where the store is; nothing is connected to yet.

        Args:
            url: ``file:///path``, or ``s3://bucket`` with or without ``/prefix``.

        Raises:
            StorageUnavailable: If it is neither.
        """
        self._backend = _backend(url)

    def put(self, key: str, path: Path, *, if_absent: bool = False) -> Stored:
        """Store a copy of the file at ``path``; whoever opens the key sees the old file or the whole new one.

        Args:
            key: What it will be found by.
            path: A file of this machine.
            if_absent: Store it only if there is no file of this key.

        Raises:
            FileAlreadyStored: If there is one.
            StorageUnavailable: If it cannot be stored; then the key is as it was.
            OSError: If the file at ``path`` cannot be read.
        """
        checked(key)
        with path.open("rb") as file, self.write(key) as writer:
            while chunk := file.read(_CHUNK_BYTES):
                writer.write(chunk)
            return writer.commit(if_absent=if_absent)

    def write(self, key: str) -> Writer:
        """Begin to store a file piece by piece."""
        return self._backend.write(checked(key))

    def open(self, key: str, first_byte: int = 0, size_bytes: int | None = None) -> Reader:
        """The file, opened for reading.

        Args:
            key: Which.
            first_byte: Where to begin; behind the file's end there is nothing to read.
            size_bytes: How much to read at most; to the end, unless given.

        Raises:
            FileMissing: If there is no such file.
        """
        return self._backend.open(checked(key), first_byte, size_bytes)

    def size(self, key: str) -> int:
        """The file's size in bytes.

        Raises:
            FileMissing: If there is no such file.
        """
        return self._backend.size(checked(key))

    def list(self, prefix: str | None = None) -> Iterator[Entry]:
        """The files whose keys begin with ``prefix`` and a slash, or all; none that is unfinished."""
        return self._backend.entries(None if prefix is None else checked(prefix))

    def delete(self, key: str) -> None:
        """Delete the file; none is no error."""
        self._backend.delete(checked(key))

    def delete_prefix(self, prefix: str, *, spared: Collection[str] = ()) -> None:
        """Delete every file whose key begins with ``prefix`` and a slash, and what is unfinished; none is no error.

        Args:
            prefix: Of the keys.
            spared: Keys of files that stay. Where one of them lies there, what is unfinished stays as well.
        """
        checked(prefix)
        if not any(key.startswith(f"{prefix}/") for key in spared):
            self._backend.delete_prefix(prefix)
            return
        for entry in list(self._backend.entries(prefix)):
            if entry.key not in spared:
                self._backend.delete(entry.key)

    def remove_unfinished(self, older_than_seconds: float) -> int:
        """Remove what writers left that died, if nothing was written to it for so long; how many there were."""
        return self._backend.remove_unfinished(older_than_seconds)

    def local_path(self, key: str) -> Path | None:
        """Where the file lies if the store is a folder of this machine, so that it can be sent without a copy.

        Raises:
            FileMissing: If the store is a folder and there is no such file.
        """
        return self._backend.local_path(checked(key))


def _backend(url: str) -> Backend:
    scheme, _, rest = url.partition("://")
    if scheme == "file" and rest.startswith("/"):
        return Folder(Path(rest))
    bucket, _, prefix = rest.partition("/")
    if scheme == "s3" and BUCKET.fullmatch(bucket):
        from storage.bucket import Bucket  # noqa: PLC0415 -- 15 MiB and 0.1 s that a folder does not need

        return Bucket(bucket, prefix.strip("/"))
    raise StorageUnavailable("The storage URL must be file:///path or s3://bucket/prefix.")
