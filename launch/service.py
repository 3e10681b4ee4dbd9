"""One launch of the whole service: its start, its watch, its end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from launch.calls import CallRefused, Calls
from launch.errors import LaunchFailed
from launch.home import HomeLock, check_socket_path
from launch.leash import adopt_orphans, leashed
from launch.logs import LogFollower, last_lines
from launch.ports import choose_port, url_of
from launch.process_manager import ROOT, ProcessManager
from launch.programs import programs
from settings import LaunchSettings

LOOK_SECONDS = 0.1
ORPHANS_SECONDS = 1.0
"""Between two looks for orphans, each of which reads of every process of the machine."""
SPARE_START_SECONDS = 60
"""What all else may take to start beside the trainers."""
LAST_ORPHANS_SECONDS = 10
EARLIER_RUN_SECONDS = 30
"""How long the programs of a launch that was killed are waited for."""


class Service:
    """Valkey, API and worker on one home, kept running by a process manager.

    Attributes:
        url: Where the API is.
        is_asked_to_stop: Set by Ctrl-C, ``SIGTERM`` or ``SIGHUP``.
    """

    def __init__(self, settings: LaunchSettings, show: Callable[[str], None] | None = None) -> None:
        """Checks what can be checked before anything is started.

        Args:
            settings: Where the home is, and all that the programs are told.
            show: Gets the programs' lines; without it they stand in their log files alone.

        Raises:
            LaunchFailed: If the home, the port or Valkey will not do.
        """
        self._settings = settings
        self._show = show
        check_socket_path(settings.home)
        port = choose_port(settings.host, settings.port)
        self.url = url_of(settings.host, port)
        self.is_asked_to_stop = threading.Event()
        self._port = port
        self._lock = HomeLock(settings.home)
        self._manager: ProcessManager | None = None
        self._orphans_at = 0.0
        self._follower: LogFollower | None = None
        self._log_sizes: dict[str, int] = {}

    def start(self) -> None:
        """Locks the home, brings the database up to date, starts all programs.

        Raises:
            LaunchFailed: If the home is in use, or the database cannot be brought up to date.
        """
        self._lock.acquire(self.url, EARLIER_RUN_SECONDS)
        adopt_orphans()
        self._listen_to_signals()
        environment = self._environment()
        self._migrate(environment)
        self._manager = ProcessManager(self._settings.home, programs(self._settings))
        logs = self._manager.logs
        self._log_sizes = {name: path.stat().st_size if path.exists() else 0 for name, path in logs.items()}
        if self._show is not None:
            self._follower = LogFollower(logs, self._show)
        self._manager.start(environment, self._lock.descriptor)

    def wait_until_ready(self) -> bool:
        """Waits until database, broker and a worker answer; False if asked to stop before.

        Raises:
            LaunchFailed: If a program ends, or they do not answer in time.
        """
        deadline = time.monotonic() + self._settings.trainer_start_seconds + SPARE_START_SECONDS
        while not self.is_asked_to_stop.wait(LOOK_SECONDS):
            self.look()
            self._refuse_ended_program()
            missing = self._missing()
            if missing is None:
                return True
            if time.monotonic() > deadline:
                raise LaunchFailed(f"Netcoach did not become ready in time. {missing}")
        return False

    def run(self) -> None:
        """Watches the programs until asked to stop.

        Raises:
            LaunchFailed: If the process manager ends.
        """
        while not self.is_asked_to_stop.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Shows new lines and ends processes whose program is gone.

        Raises:
            LaunchFailed: If the process manager has ended.
        """
        manager = self._started()
        if self._follower is not None:
            self._follower.poll()
        if manager.has_ended:
            raise LaunchFailed(f"The process manager has ended. {manager.said}".strip())
        if time.monotonic() >= self._orphans_at:
            self._orphans_at = time.monotonic() + ORPHANS_SECONDS
            self._end_orphans(but_keep=manager)

    def stop(self) -> None:
        """Stops all programs and frees the home; asked a second time meanwhile, it kills them."""
        if self._manager is not None:
            self.is_asked_to_stop.clear()
            self._manager.stop()
            while not self._manager.wait(LOOK_SECONDS):
                if self._follower is not None:
                    self._follower.poll()
                if self.is_asked_to_stop.is_set():
                    self._manager.kill()
            # The end of one may make orphans of others, which were not ours yet at the last look.
            deadline = time.monotonic() + LAST_ORPHANS_SECONDS
            while self._end_orphans(but_keep=None) and time.monotonic() < deadline:
                pass
        if self._follower is not None:
            self._follower.poll()
            self._follower.close()
        self._lock.release()

    def _started(self) -> ProcessManager:
        if self._manager is None:
            raise LaunchFailed("The service was not started.")
        return self._manager

    def _listen_to_signals(self) -> None:
        def note(_number: int, _frame: object) -> None:
            self.is_asked_to_stop.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, note)

    def _environment(self) -> dict[str, str]:
        environment = dict(os.environ)
        environment["NETCOACH_HOME"] = str(self._settings.home)
        environment["NETCOACH_PORT"] = str(self._port)
        if self._settings.log_format == "auto" and self._show is not None and sys.stdout.isatty():
            environment["NETCOACH_LOG_FORMAT"] = "plain"  # the programs write to files, their lines are seen here
        return environment

    def _migrate(self, environment: dict[str, str]) -> None:
        command = leashed([sys.executable, "-m", "db.migrate"], signal.SIGKILL)
        ended = subprocess.run(  # noqa: S603 -- a program of our own, no shell
            command,
            cwd=ROOT,
            env=environment | {"NETCOACH_DATABASE_URL": self._settings.database_url.get_secret_value()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            process_group=0,
        )
        if ended.returncode != 0:
            raise LaunchFailed("The database could not be migrated:\n" + (ended.stdout + ended.stderr).strip())

    def _missing(self) -> str | None:
        """What is not ready yet; None if all is."""
        try:
            Calls(self.url).get("/readyz")
        except CallRefused as refusal:
            return str(refusal)
        except OSError:
            return "The API does not answer."
        return None

    def _refuse_ended_program(self) -> None:
        manager = self._started()
        for name in manager.ended_programs():
            lines = last_lines(manager.logs[name], self._log_sizes[name])
            raise LaunchFailed(f"{name} exited while starting. Its last lines:\n" + "\n".join(lines))

    def _end_orphans(self, but_keep: ProcessManager | None) -> bool:
        """Ends processes that a program left behind when it died, which have become our own children; if there were."""
        kept = but_keep.pid if but_keep is not None else None
        orphans = [child for child in psutil.Process().children() if child.pid != kept]
        for orphan in orphans:
            with suppress(psutil.NoSuchProcess):
                for process in [*orphan.children(recursive=True), orphan]:
                    process.kill()
        psutil.wait_procs(orphans, timeout=5)
        return bool(orphans)
