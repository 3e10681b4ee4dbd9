"""The folders in which attempts leave their files until they are stored."""

import fcntl
import os
import shutil
from pathlib import Path

_LOCK = ".lock"
_LEAST_FREE_BYTES = 16 * 2**20


class WorkDirs:
    """This worker's folder beneath ``<home>/work``, with one folder an attempt.

    A lock on a file within it tells other workers of the same home that its owner lives; the kernel lets it go when
    the process ends, however it ends.
    """

    def __init__(self, home: Path, worker_id: str) -> None:
        """Makes the folder, locks it, and removes those of workers that are gone."""
        everyones = home / "work"
        self.folder = everyones / worker_id
        self.folder.mkdir(parents=True)
        self._lock = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for other in everyones.iterdir():
            if other != self.folder and _is_abandoned(other):
                shutil.rmtree(other, ignore_errors=True)

    def of(self, job_id: str, attempt: int) -> Path:
        """Where an attempt's folder is made."""
        return self.folder / f"{job_id}-{attempt}"

    def has_room(self) -> bool:
        """Whether the disk has room for an attempt's files."""
        return shutil.disk_usage(self.folder).free >= _LEAST_FREE_BYTES

    def remove_all(self) -> None:
        """Remove this worker's folder with all in it; the last thing a worker does."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def path_within(folder: Path, told: str) -> Path | None:
    """The file that a trainer told of, or None if it is missing or lies outside of the attempt's folder."""
    path = Path(told).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def _is_abandoned(folder: Path) -> bool:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False  # being made or removed this moment
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
