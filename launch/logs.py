"""Follows the programs' log files and shows their lines."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

LAST_LINES = 20


class LogFollower:
    """Passes on each line that is added to some log files, with the program's name before it.

    The process manager renames a file that has grown large and begins a new one; both are read to their ends.
    """

    def __init__(self, paths: dict[str, Path], show: Callable[[str], None]) -> None:
        """Lines that stand in the files already are of an earlier run and are passed over."""
        self._show = show
        width = max(map(len, paths))
        self._logs = [_Log(path, f"{name:{width}} | ") for name, path in paths.items()]

    def poll(self) -> None:
        """Shows what was added since the last call."""
        for log in self._logs:
            for line in log.new_lines():
                self._show(line)

    def close(self) -> None:
        """Closes the files."""
        for log in self._logs:
            log.close()


class _Log:
    def __init__(self, path: Path, prefix: str) -> None:
        self._path = path
        self._prefix = prefix
        self._rest = b""
        self._file: BinaryIO | None = None
        if path.exists():
            self._file = path.open("rb")
            self._file.seek(0, os.SEEK_END)

    def new_lines(self) -> list[str]:
        lines = self._read()
        if self._is_replaced():
            self.close()
            self._file = self._path.open("rb")
            lines += self._read()
        return [self._prefix + line.decode(errors="replace") for line in lines]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self) -> list[bytes]:
        if self._file is None:
            return []
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        return lines

    def _is_replaced(self) -> bool:
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False
        return self._file is None or os.fstat(self._file.fileno()).st_ino != now.st_ino


def last_lines(path: Path, since_bytes: int) -> list[str]:
    """The last lines of a log, none of them older than its first ``since_bytes`` bytes."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(since_bytes)
        return file.read().decode(errors="replace").splitlines()[-LAST_LINES:]
