"""Programs of the service for tests, started in a third of the time: see `forking.py`, from which they part.

They are as `python -m` starts them, which the tests of `launch` and of whole services do.
"""

import atexit
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.services.children import follow_parent

ROOT = Path(__file__).resolve().parents[2]


class Forked:
    """A process, asked and ended as one of `subprocess`.

    Attributes:
        args: What it was started by.
        pid: Of it and of its session.
        returncode: None while it runs, as far as was asked.
    """

    def __init__(self, nursery: "Nursery", program: str, pid: int) -> None:
        self.args = ["python", "-m", program]
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery

    def poll(self) -> int | None:
        """How it ended; None if it has not."""
        if self.returncode is None:
            self.returncode = self._nursery.ask({"ended": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, once it has."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            time.sleep(0.01)
        return code

    def send_signal(self, sig: int) -> None:
        """Sends it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, sig)


class Nursery:
    """The process that the others part from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-P", Path(__file__).with_name("forking.py")],
            env=environment_of({"PYTHONPATH": str(ROOT)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: follow_parent(signal.SIGKILL),  # noqa: PLW1509 -- as in `children.py`
        )

    def start(self, program: str, log: Path, variables: Mapping[str, str], arguments: Sequence[str] = ()) -> Forked:
        """Starts a program, in its log's folder, with these variables and none of the service's besides."""
        asked = {
            "program": program,
            "arguments": list(arguments),
            "environment": environment_of(variables),
            "log": str(log),
            "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        }
        return Forked(self, program, self.ask(asked))

    def run(self, program: str, home: Path, *arguments: str) -> tuple[int, str]:
        """How a program ended that is given this home and nothing else, and what it said."""
        log = home / f"{program}.log"
        log.write_bytes(b"")
        process = self.start(program, log, {"PYTHONPATH": str(ROOT), "NETCOACH_HOME": str(home)}, arguments)
        return process.wait(60), log.read_text()

    def ask(self, question: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- JSON
        """Its answer."""
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Ends it, and whatever still runs of what it started."""
        self._process.communicate()


def environment_of(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's own, without what the service's settings are made of, and with these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")} | dict(variables)


@cache
def nursery() -> Nursery:
    """The one of this run."""
    made = Nursery()
    atexit.register(made.close)
    return made
