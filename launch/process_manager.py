"""The process manager: supervisord, configured for our programs and asked how they fare."""

import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import xmlrpc.client
from configparser import RawConfigParser
from pathlib import Path
from typing import Any, cast

from launch.leash import leashed
from launch.programs import Program

ROOT = Path(__file__).resolve().parents[1]
"""The folder the rooms lie in; each program is run from here."""
SECONDS_UP = 1
"""A program that has run this long has started."""
ALWAYS = 1_000_000
LOG_BYTES = 10 * 2**20
LOG_BACKUPS = 3


class ProcessManager:
    """A supervisord in the foreground of its own process group, so that Ctrl-C reaches only us."""

    def __init__(self, home: Path, programs: list[Program]) -> None:
        self._home = home
        self._programs = programs
        self._socket = home / "manager.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.logs = {program.name: home / "logs" / f"{program.name}.log" for program in programs}

    def start(self, environment: dict[str, str], inherited: int) -> None:
        """Starts it and, with it, all programs.

        Args:
            environment: The programs' environment.
            inherited: A file descriptor the manager keeps open as long as it runs.
        """
        (self._home / "logs").mkdir(exist_ok=True)
        config = self._home / "supervisord.conf"
        with config.open("w", encoding="utf-8") as file:
            self._config().write(file)
        supervisord = [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(config)]
        with (self._home / "logs" / "supervisord.err").open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603 -- a program of our own choice, no shell
                leashed(supervisord, signal.SIGTERM),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                process_group=0,
                pass_fds=[inherited],
            )

    @property
    def pid(self) -> int | None:
        """Its process, once started."""
        return self._process.pid if self._process is not None else None

    @property
    def has_ended(self) -> bool:
        """Whether the manager itself is gone."""
        return self._process is not None and self._process.poll() is not None

    @property
    def said(self) -> str:
        """What the manager wrote beside its log: why it did not start."""
        return (self._home / "logs" / "supervisord.err").read_text(encoding="utf-8", errors="replace").strip()

    def ended_programs(self) -> list[str]:
        """The programs that have ended at least once, or could not be run; none while the manager does not answer."""
        try:
            with xmlrpc.client.ServerProxy("http://manager", transport=_UnixTransport(self._socket)) as manager:
                programs = cast("list[dict[str, Any]]", manager.supervisor.getAllProcessInfo())
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return []
        return [program["name"] for program in programs if program["stop"] or program["spawnerr"]]

    def stop(self) -> None:
        """Asks it to stop all programs, the last started first, and then itself."""
        if self._process is not None and not self.has_ended:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once; the leashes end the programs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def wait(self, timeout_seconds: float) -> bool:
        """Whether it has ended within the time."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _config(self) -> RawConfigParser:
        config = RawConfigParser(interpolation=None)
        config["supervisord"] = {
            "nodaemon": "true",
            "silent": "true",
            "logfile": _escaped(self._home / "logs" / "supervisord.log"),
            "logfile_maxbytes": str(LOG_BYTES),
            "logfile_backups": str(LOG_BACKUPS),
            "pidfile": _escaped(self._home / "supervisord.pid"),
            "childlogdir": _escaped(self._home / "logs"),
            "minfds": "256",
            "minprocs": "1",
            "umask": "077",
            # Said on purpose where it is so; supervisord warns otherwise.
            **({"user": "root"} if os.geteuid() == 0 else {}),
        }
        config["unix_http_server"] = {"file": _escaped(self._socket), "chmod": "0700"}
        config["rpcinterface:supervisor"] = {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        }
        for program in self._programs:
            config[f"program:{program.name}"] = {
                "command": _escaped(shlex.join(leashed(program.command, signal.SIGKILL))),
                "directory": _escaped(ROOT),
                "priority": str(program.priority),
                "autorestart": "true",
                "startsecs": str(SECONDS_UP),
                "startretries": str(ALWAYS),
                "stopsignal": "TERM",
                "stopwaitsecs": str(program.stop_seconds),
                "killasgroup": "true",
                "redirect_stderr": "true",
                "stdout_logfile": _escaped(self.logs[program.name]),
                "stdout_logfile_maxbytes": str(LOG_BYTES),
                "stdout_logfile_backups": str(LOG_BACKUPS),
            }
        return config


class _UnixTransport(xmlrpc.client.Transport):
    """Carries XML-RPC over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:
        """A connection to the socket, whatever the host's name."""
        del host
        connection = http.client.HTTPConnection("localhost", timeout=5)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(5)
        connection.sock.connect(str(self._path))
        return connection


def _escaped(value: object) -> str:
    """A value as supervisord's file takes it: it replaces what a percent sign begins."""
    return str(value).replace("%", "%%")
