"""What is written to a store and read from it, whichever kind of store it is."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Stored:
    """What was stored.

    Attributes:
        size_bytes: Its size.
        sha256: Its content's SHA-256, in hexadecimal.
    """

    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Entry:
    """A file that the store has.

    Attributes:
        key: Its key.
        size_bytes: Its size.
        modified_at: When it was stored, by the store's own clock.
    """

    key: str
    size_bytes: int
    modified_at: datetime


class Reader(ABC):
    """A file, or a part of it, that is being read. It holds no more of it than was asked for."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def read(self, size_bytes: int = -1) -> bytes:
        """The next bytes: fewer than asked for, or none, only at the end; all that are left if no size is given.

        Raises:
            StorageUnavailable: If they cannot be read, or the file breaks off.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of it, read to its end or not."""


class Writer(ABC):
    """A file that is being stored, piece by piece. Nobody sees anything of it before `commit`.

    As a context manager it aborts what was not committed. A process that dies leaves something that no `list` and no
    `open` shows; `Store.delete_prefix` and `Store.remove_unfinished` remove it.

    Attributes:
        key: What it will be found by.
        size_bytes: How much was written.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.size_bytes = 0
        self._digest = hashlib.sha256()
        self._is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.abort()

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written so far, in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        """Add bytes to the end.

        Raises:
            StorageUnavailable: If they cannot be kept; then the writer can only be aborted.
            ValueError: If it was committed or aborted.
        """
        self._require_open()
        self._append(piece)
        self._digest.update(piece)
        self.size_bytes += len(piece)

    def commit(self, *, if_absent: bool = False) -> Stored:
        """Have all that was written found by the key, at once and durably.

        Args:
            if_absent: Store it only if there is no file of this key; of several writers one succeeds.

        Raises:
            FileAlreadyStored: If there is one.
            StorageUnavailable: If it cannot be stored; then the key is as it was.
            ValueError: If it was committed or aborted.
        """
        self._require_open()
        self._publish(if_absent=if_absent)
        self._is_open = False
        return Stored(self.size_bytes, self.sha256)

    def abort(self) -> None:
        """Leave nothing of it. After `commit`, and a second time, it does nothing."""
        if self._is_open:
            self._is_open = False
            self._discard()

    def _require_open(self) -> None:
        if not self._is_open:
            raise ValueError(f"{self.key} is no longer being written.")

    @abstractmethod
    def _append(self, piece: bytes) -> None: ...

    @abstractmethod
    def _publish(self, *, if_absent: bool) -> None: ...

    @abstractmethod
    def _discard(self) -> None:
        """Remove what was kept; what cannot be removed is left, without an error."""


class Backend(ABC):
    """One kind of store. Its keys are checked; `storage.store.Store` says what each call means."""

    @abstractmethod
    def write(self, key: str) -> Writer:
        """A writer of this key."""

    @abstractmethod
    def open(self, key: str, first_byte: int, size_bytes: int | None) -> Reader:
        """A reader of this key."""

    @abstractmethod
    def size(self, key: str) -> int:
        """How long the file is."""

    @abstractmethod
    def entries(self, prefix: str | None) -> Iterator[Entry]:
        """What there is."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove one file."""

    @abstractmethod
    def delete_prefix(self, prefix: str) -> None:
        """Remove all beneath it."""

    @abstractmethod
    def remove_unfinished(self, older_than_seconds: float) -> int:
        """Remove what dead writers left."""

    def local_path(self, key: str) -> Path | None:
        """Nowhere on this machine."""
        del key
        return None
