"""Programs die with their parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from launch.leash import leashed

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:])
print(child.pid, flush=True)
time.sleep(60)
"""


def _gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def _wait_until_gone(pid: int, timeout_seconds: float) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if _gone(pid):
            return True
        time.sleep(0.02)
    return False


def _wait_until_sleeping(pid: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if psutil.Process(pid).name() == "sleep":
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} has not become its command")


@pytest.mark.parametrize("is_leashed", [True, False])
def test_a_leashed_program_dies_with_a_parent_killed_by_sigkill(is_leashed: bool) -> None:
    command = ["sleep", "60"]
    on_leash = leashed(command, signal.SIGKILL) if is_leashed else command
    with subprocess.Popen([sys.executable, "-c", PARENT, *on_leash], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        _wait_until_sleeping(child)
        parent.kill()
    try:
        assert _wait_until_gone(child, 2 if is_leashed else 0.5) is is_leashed
    finally:
        if not is_leashed:
            os.kill(child, signal.SIGKILL)
