"""Prepared rows as memory-mapped files that all trainers of a worker share: the page cache holds them once."""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from storage.folder import flush_folder
from worker.trainer.data.parts import Part
from worker.trainer.log_lines import reason_of
from worker.trainer.untyped import Array

_FORMAT = 1
_HEADER = "header.json"
_LOCKS = "locks"
_PARTIAL = ".partial"
_ROOM_LOCK = 0
_WAIT_SECONDS = 20.0
_LOOK_SECONDS = 0.02
_LEAST_FREE_BYTES = 2**28
"""What they leave of the disk to everything else."""

logger = logging.getLogger(__name__)


class NoRoom(Exception):
    """What all files together may take leaves no room, with those that are in use."""


@dataclass(frozen=True)
class SharedArrays:
    """Arrays that lie in files, mapped for reading.

    Attributes:
        arrays: By the names of their parts. They may be kept for longer than this.
        descriptor: Of their folder. While it is open, no other process removes them.
        folder: Where they lie: what another process finds them by (`shared_arrays`).
    """

    arrays: Mapping[str, Array]
    descriptor: int
    folder: Path

    def __post_init__(self) -> None:
        weakref.finalize(self, os.close, self.descriptor)


class DataFiles:
    """A folder of prepared rows, one folder for each way in which some were prepared.

    Any number of processes may use it at once. Whoever uses rows holds a shared lock on their folder; who removes
    them needs it for itself, as does who writes them, in a folder that gets its name once it is whole. The kernel lets
    the locks of a process go when it ends, however it ends.

    Args:
        folder: Made where it is missing.
        limit_bytes: What all of them may take on the disk. Those used last are kept.
        wait_seconds: How long to wait for another that prepares the same rows, before preparing them here as well.

    Raises:
        OSError: The folder cannot be made or written.
    """

    def __init__(self, folder: Path, limit_bytes: int, wait_seconds: float = _WAIT_SECONDS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._wait_seconds = wait_seconds
        # Opened once and never closed: the kernel lets all of a process's locks on a file go when it closes it.
        self._locks = os.open(folder / _LOCKS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def get(self, key: str, parts: Callable[[], Sequence[Part]]) -> SharedArrays:
        """The rows under this key, written first if nobody did yet.

        Args:
            key: All that decides what the arrays hold.
            parts: What is to be written; asked only where it must be.

        Raises:
            OSError: The disk is full, or has another fault.
            NoRoom: They would take more than there may be.
        """
        name = hashlib.sha256(f"{_FORMAT} {key}".encode()).hexdigest()[:32]
        found = self._open(name, key)
        if found is not None:
            return found
        with self._alone(name):
            return self._open(name, key) or self._make(name, key, parts())

    def _open(self, name: str, key: str) -> SharedArrays | None:
        """What is there under this name, if it is whole."""
        return shared_arrays(self._folder / name, key)

    def _make(self, name: str, key: str, parts: Sequence[Part]) -> SharedArrays:
        with self._locked(_ROOM_LOCK):
            partial, descriptor = self._begin(name, parts)
        try:
            _write(partial, key, parts)
            arrays = _mapped(partial, key)
            others = self._publish(partial, name, key)
            if others is None:
                fcntl.flock(descriptor, fcntl.LOCK_SH)
                return SharedArrays(arrays, descriptor, self._folder / name)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            os.close(descriptor)
            raise
        shutil.rmtree(partial, ignore_errors=True)
        os.close(descriptor)
        return others

    def _begin(self, name: str, parts: Sequence[Part]) -> tuple[Path, int]:
        """A folder that is nobody else's, its files as long as they will be: what has no room fails here."""
        self._make_room(sum(part.size_bytes for part in parts))
        partial = Path(tempfile.mkdtemp(prefix=f"{name}.", suffix=_PARTIAL, dir=self._folder))
        descriptor = os.open(partial, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for part in parts:
                with (partial / f"{part.name}.npy").open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, part.size_bytes)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            os.close(descriptor)
            raise
        return partial, descriptor

    def _publish(self, partial: Path, name: str, key: str) -> SharedArrays | None:
        """Give what was written its name; another's that has it already, and is whole, is taken instead."""
        path = self._folder / name
        try:
            partial.rename(path)
        except OSError:
            others = self._open(name, key)
            if others is not None:
                return others
            self._remove(path)
            partial.rename(path)
        flush_folder(self._folder)
        return None

    def _make_room(self, more_bytes: int) -> None:
        """Remove what was left behind, then what was used longest ago, until so much more has room.

        Raises:
            NoRoom: There is none, even so.
        """
        kept: list[tuple[float, int, Path]] = []
        for path in self._folder.iterdir():
            if path.suffix == _PARTIAL:
                self._remove_if_unused(path)
            if path.name != _LOCKS:
                with suppress(FileNotFoundError):
                    kept.append((path.stat().st_mtime, _size_of(path), path))
        used = sum(size for _, size, _ in kept)
        most = min(self._limit_bytes, used + shutil.disk_usage(self._folder).free - _LEAST_FREE_BYTES)
        for _, size, path in sorted(kept) if more_bytes <= most else ():
            if used + more_bytes <= most:
                break
            if self._remove_if_unused(path):
                used -= size
        if used + more_bytes > most:
            raise NoRoom(
                f"{more_bytes} more bytes of prepared rows would exceed the limit of {most} bytes. {used} are used."
            )

    def _remove_if_unused(self, path: Path) -> bool:
        descriptor = _opened(path)
        if descriptor is None:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._remove(path)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    def _remove(self, path: Path) -> None:
        """Take its name from a folder first, so that nobody finds half of it."""
        nameless = path if path.suffix == _PARTIAL else path.with_name(f"{path.name}.{time.time_ns()}{_PARTIAL}")
        if nameless != path:
            path.rename(nameless)
        shutil.rmtree(nameless, ignore_errors=True)

    @contextmanager
    def _alone(self, name: str) -> Generator[None]:
        """Without another process doing the same at once, unless it takes too long."""
        place = 1 + int(name[:15], 16)
        until = time.monotonic() + self._wait_seconds
        while not (is_locked := self._lock(place)) and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        try:
            yield
        finally:
            if is_locked:
                fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, place)

    def _lock(self, place: int) -> bool:
        try:
            fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):
            return False
        return True

    @contextmanager
    def _locked(self, place: int) -> Generator[None]:
        fcntl.lockf(self._locks, fcntl.LOCK_EX, 1, place)
        try:
            yield
        finally:
            fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, place)


def shared_arrays(folder: Path, key: str | None = None) -> SharedArrays | None:
    """The arrays of a folder of prepared rows, if it is there and whole; held for as long as they are kept.

    Args:
        folder: One of those in the folder of a `DataFiles`.
        key: What they were prepared under; not asked unless said.
    """
    descriptor = _opened(folder)
    if descriptor is None:
        return None
    try:
        # Whoever holds it for itself is removing it, or has just written it.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if folder.stat().st_ino != os.fstat(descriptor).st_ino:
            raise FileNotFoundError
        arrays = _mapped(folder, key)
        os.utime(folder)
    except (OSError, ValueError, LookupError, TypeError) as error:
        os.close(descriptor)
        logger.debug("Prepared rows are not complete: %s.", reason_of(error))
        return None
    return SharedArrays(arrays, descriptor, folder)


def _mapped(path: Path, key: str | None) -> dict[str, Array]:
    """The arrays of a folder; fails in many ways where it is not what its header promises."""
    header = json.loads((path / _HEADER).read_bytes())
    if key is not None and header["key"] != key:
        raise ValueError("The rows are of another kind.")
    arrays: dict[str, Array] = {}
    for name, size_bytes in header["sizes"].items():
        file = path / f"{name}.npy"
        if file.stat().st_size != size_bytes:
            raise ValueError("A file has another size.")
        mapped = cast("Array", np.load(file, mmap_mode="r", allow_pickle=False))
        arrays[name] = mapped.view(np.ndarray)
    return arrays


def _opened(folder: Path) -> int | None:
    """A descriptor of the folder, to lock it by; None where there is no such folder."""
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _write(folder: Path, key: str, parts: Sequence[Part]) -> None:
    sizes: dict[str, int] = {}
    for part in parts:
        with (folder / f"{part.name}.npy").open("r+b", buffering=0) as file:
            head = {"descr": part.dtype.str, "fortran_order": False, "shape": part.shape}
            np.lib.format.write_array_header_1_0(file, head)
            for piece in part.pieces():
                _write_all(cast("BinaryIO", file), piece.data.cast("B"))
            os.fsync(file.fileno())
            sizes[part.name] = file.tell()
    with (folder / _HEADER).open("w") as file:
        json.dump({"key": key, "sizes": sizes}, file)
        file.flush()
        os.fsync(file.fileno())
    flush_folder(folder)


def _write_all(file: BinaryIO, content: memoryview) -> None:
    while content:
        content = content[file.write(content) :]


def _size_of(folder: Path) -> int:
    return sum(entry.stat().st_size for entry in os.scandir(folder))
