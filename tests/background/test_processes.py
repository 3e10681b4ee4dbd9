"""Other processes of this machine."""

import os
import subprocess
import sys

from background.processes import is_alive


def test_a_process_is_alive_until_it_is_gone() -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert is_alive(os.getpid())
    assert is_alive(other.pid)
    other.communicate(b"\n")
    assert not is_alive(other.pid)
