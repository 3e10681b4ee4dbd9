"""The home of one launch: locked, so that no two run on the same state."""

import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any, TextIO

from background.processes import is_alive
from launch.errors import HomeInUse, UnusableSetting

SOCKET_PATH_BYTES = 107
"""The longest path of a unix socket on Linux (``sun_path`` without its final zero)."""
LONGEST_SOCKET_NAME = "manager.sock.4194304"
"""The process manager binds its socket under a name that ends in its process id."""


class HomeLock:
    """The lock on a home.

    It is held by an open file, which the process manager inherits: a launch that was killed keeps its home
    locked until the programs it had started are gone too.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "launch.lock"
        self._file: TextIO | None = None

    @property
    def descriptor(self) -> int:
        """The locked file's descriptor, to be inherited."""
        assert self._file is not None, "the home is not locked"  # noqa: S101 -- a misuse by our own code
        return self._file.fileno()

    def acquire(self, url: str, wait_seconds: float) -> None:
        """Locks the home and writes down where its service will be.

        Args:
            url: Told to whoever tries the same home.
            wait_seconds: How long to wait for the programs of a launch that is gone already.

        Raises:
            HomeInUse: If another launch runs on it.
        """
        self._file = self._path.open("a+", encoding="utf-8")
        deadline = time.monotonic() + wait_seconds
        while not self._try():
            holder = self._holder()
            if _is_running(holder.get("pid")) or time.monotonic() > deadline:
                self.release()
                raise HomeInUse(
                    f"Netcoach is already running on {self._path.parent}, at {holder.get('url', 'an unknown address')} "
                    f"(process {holder.get('pid', 'unknown')}). Stop it, or set NETCOACH_HOME to another folder."
                )
            time.sleep(0.1)
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), "url": url}))
        self._file.flush()

    def release(self) -> None:
        """Gives up this process's hold."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _try(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> dict[str, Any]:
        try:
            return json.loads(self._path.read_text(encoding="utf-8"))
        except ValueError:
            return {}  # it is about to write


def check_socket_path(home: Path) -> None:
    """Refuses a home whose path is too long for the sockets that lie in it.

    Raises:
        UnusableSetting: If it is.
    """
    longest = SOCKET_PATH_BYTES - len(LONGEST_SOCKET_NAME) - 1
    length = len(os.fsencode(home))
    if length > longest:
        raise UnusableSetting(
            f"NETCOACH_HOME: {home} is {length} bytes long, but can be at most {longest}: it holds Unix sockets."
        )


def _is_running(pid: object) -> bool:
    if not isinstance(pid, int):
        return True  # nothing is known, so the lock alone counts
    return is_alive(pid)
