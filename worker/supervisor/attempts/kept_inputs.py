"""Files that attempts begin with, kept by what is in them: a second job on a data set does not fetch it again.

A file is named by its digest, so there is one of equal files. An attempt gets another name of the same file (a hard
link) in its own folder: what is removed here stays with whoever uses it. What is being fetched lies in the attempt's
folder until it is whole, so a crash leaves nothing here but whole files. Any number of workers may use the folder.
"""

import asyncio
import errno
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import structlog

_log = structlog.stdlib.get_logger("worker")

_LOOK_SECONDS = 0.02
_READ_ONLY = 0o400
"""All that use a file share it."""
_UNABLE = frozenset({errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EACCES})
"""Why a file system makes no other name of a file."""


class _KeptFile(NamedTuple):
    used_at: float
    size_bytes: int
    path: Path
    is_used: bool


class KeptInputs:
    """A folder of files by their digests; those used last are kept.

    Args:
        folder: Made when it is needed, on the same file system as the attempts' folders.
        limit_bytes: What all of them may take; 0 keeps none. One that an attempt uses is not removed.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._coming: set[str] = set()

    def give(self, sha256: str, size_bytes: int, target: Path) -> bool:
        """Give a kept file another name; whether there is such a file.

        Args:
            sha256: Of the file.
            size_bytes: Of the file. One of another size was damaged, and is removed.
            target: Its new name, which nothing has yet.

        Raises:
            OSError: If the disk fails.
        """
        kept = self._folder / sha256
        try:
            os.link(kept, target)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno in _UNABLE:
                return False
            raise
        if target.stat().st_size != size_bytes:
            target.unlink()
            kept.unlink(missing_ok=True)
            return False
        os.utime(target)
        return True

    def keep(self, sha256: str, path: Path) -> None:
        """Keep a file that was just fetched and is whole; or let its name be one of the file that is there.

        A file system that cannot do this keeps none: the attempt has its file all the same.
        """
        if path.stat().st_size > self._limit_bytes:
            return
        kept = self._folder / sha256
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.chmod(_READ_ONLY)
            _flush(path)
            try:
                os.link(path, kept)
            except FileExistsError:
                self._share(kept, path)
        except OSError as error:
            _log.warning("a file cannot be kept for other jobs", reason=error.strerror)
            return
        self.shrink()

    def shrink(self, free_bytes: int = 0) -> None:
        """Remove the files used longest ago that no attempt uses, until all take no more than they may.

        Args:
            free_bytes: So much more is removed, for something that needs the room.
        """
        files = sorted(self._files())
        left = max(sum(file.size_bytes for file in files) - self._limit_bytes, 0) + free_bytes
        for file in files:
            if left <= 0:
                return
            if not file.is_used:
                file.path.unlink(missing_ok=True)
                left -= file.size_bytes

    @asynccontextmanager
    async def turn(self, sha256: str, called_off: asyncio.Event) -> AsyncGenerator[None]:
        """One of this worker's attempts at a time fetches a file: whoever waited for it finds it there."""
        while sha256 in self._coming and not called_off.is_set():  # noqa: ASYNC110 - either of two ends it
            await asyncio.sleep(_LOOK_SECONDS)
        self._coming.add(sha256)
        try:
            yield
        finally:
            self._coming.discard(sha256)

    def _files(self) -> Iterator[_KeptFile]:
        with suppress(FileNotFoundError):
            for entry in os.scandir(self._folder):
                with suppress(FileNotFoundError):  # another worker was faster
                    told = entry.stat()
                    yield _KeptFile(told.st_mtime, told.st_size, Path(entry.path), told.st_nlink > 1)

    def _share(self, kept: Path, path: Path) -> None:
        """Let a file be the one that is kept already, whose bytes are the same."""
        spare = path.with_name(f"{path.name}.spare")
        with suppress(FileNotFoundError):  # removed this moment: there are two for a while
            os.link(kept, spare)
            if spare.stat().st_size == path.stat().st_size:
                spare.replace(path)
            else:
                spare.unlink()


def _flush(path: Path) -> None:
    """What is kept survives a crash of the machine whole, or not at all."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
