"""The service's programs as real processes, with or without a rig."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.services.children import spawn

ROOT = Path(__file__).resolve().parents[2]
_END_SECONDS = 20


class Program:
    """``python -m api`` or ``python -m worker``.

    Args:
        name: Which.
        log: Where its output goes.
        environment: Its settings; no other of the tests' own reaches it.
        rig: Arguments of `tests.faults.rigged`; none runs the program as it is.
    """

    def __init__(
        self,
        name: str,
        log: Path,
        environment: dict[str, str],
        *,
        rig: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.log = log
        self.slots = environment.get("NETCOACH_WORKER_SLOTS", "")
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("NETCOACH_")}
        variables = [f"{key}={value}" for key, value in (inherited | environment).items()]
        run = ["-m", "tests.faults.rigged", *rig, name] if rig else ["-m", name]
        self.process: subprocess.Popen[bytes] = spawn(["env", "-i", *variables, sys.executable, *run], log)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def signal(self, what: signal.Signals) -> None:
        """Send it a signal; one to the dead goes nowhere."""
        if self.is_running:
            self.process.send_signal(what)

    def kill(self) -> None:
        """Kill it with SIGKILL and wait until it is gone; its children are not touched."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """Ask it to stop, woken if need be; kill it if it does not."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def trainers(self) -> list[psutil.Process]:
        """A worker's trainer processes that live."""
        return self._children("trainer")

    def readers(self) -> list[psutil.Process]:
        """A worker's processes that read files, which live only for as long as there are any."""
        return self._children("reader")

    def said(self, characters: int = 5000) -> str:
        """The end of its output."""
        return self.log.read_text(errors="replace")[-characters:]

    def _children(self, carrier: str) -> list[psutil.Process]:
        try:
            children = psutil.Process(self.pid).children()
        except psutil.NoSuchProcess:
            return []
        return [child for child in children if is_carrier(child, carrier)]


def is_carrier(process: psutil.Process, carrier: str) -> bool:
    """Whether it is a ``trainer``, or a ``reader``, that lives."""
    try:
        return f"worker.{carrier}" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
