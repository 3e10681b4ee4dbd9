"""Server processes of the tests: they die with the test run, however it ends."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.services.nursery import Forked

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def spawn(
    command: Sequence[str | Path],
    log: Path,
    *,
    user: int | None = None,
    last_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a server whose output goes to ``log``.

    The kernel sends it ``last_signal`` when this process is gone, also after a kill -9.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            cwd=log.parent,
            start_new_session=True,  # Ctrl-C is for the tests, which then end their servers in order
            preexec_fn=lambda: follow_parent(last_signal),  # noqa: PLW1509 -- runs no Python lock; started before the tests' threads
        )


def follow_parent(last_signal: signal.Signals) -> None:
    """This process gets that signal when the one that started it is gone."""
    _libc.prctl(_PR_SET_PDEATHSIG, last_signal)


def wait_until(
    is_ready: Callable[[], bool], process: "subprocess.Popen[bytes] | Forked", log: Path, timeout_seconds: float
) -> None:
    """Wait for a server to answer; an AssertionError with its log if it does not."""
    deadline = time.monotonic() + timeout_seconds
    while not is_ready():
        said = f"{process.args}\n{log.read_text(errors='replace')[-4000:]}"
        assert process.poll() is None, f"ended with {process.returncode}: {said}"
        assert time.monotonic() < deadline, f"not ready after {timeout_seconds} s: {said}"
        time.sleep(0.02)


def end(process: "subprocess.Popen[bytes] | Forked", first_signal: signal.Signals, timeout_seconds: float = 10) -> None:
    """Ask a server to stop, and kill it if it does not."""
    if process.poll() is None:
        process.send_signal(first_signal)
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
