"""A home takes one launch at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from launch.errors import HomeInUse, UnusableSetting
from launch.home import SOCKET_PATH_BYTES, HomeLock, check_socket_path


def test_a_second_launch_on_a_home_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    first, second = HomeLock(tmp_path), HomeLock(tmp_path)
    first.acquire("http://127.0.0.1:8123", wait_seconds=0)
    with pytest.raises(HomeInUse, match=rf"{tmp_path}, at http://127.0.0.1:8123 \(process {os.getpid()}\)"):
        second.acquire("http://127.0.0.1:8124", wait_seconds=5)
    first.release()
    second.acquire("http://127.0.0.1:8124", wait_seconds=0)
    second.release()


def test_programs_of_a_launch_that_is_gone_are_waited_for(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    earlier, next_one = HomeLock(tmp_path), HomeLock(tmp_path)
    earlier.acquire("http://127.0.0.1:8123", wait_seconds=0)
    (tmp_path / "launch.lock").write_text(f'{{"pid": {gone.pid}, "url": "http://127.0.0.1:8123"}}')
    heir = subprocess.Popen(["sleep", "0.7"], pass_fds=[earlier.descriptor])
    earlier.release()
    with pytest.raises(HomeInUse):
        next_one.acquire("http://127.0.0.1:8124", wait_seconds=0.2)
    next_one.acquire("http://127.0.0.1:8124", wait_seconds=10)
    assert heir.wait() == 0
    next_one.release()


@pytest.mark.parametrize(("length", "is_short_enough"), [(86, True), (87, False), (200, False)])
def test_a_home_too_long_for_a_socket_is_refused_by_name(length: int, is_short_enough: bool) -> None:
    home = Path("/" + "h" * (length - 1))
    if is_short_enough:
        check_socket_path(home)
        assert len(bytes(home)) + len("/manager.sock.4194304") <= SOCKET_PATH_BYTES
    else:
        with pytest.raises(UnusableSetting, match=f"^NETCOACH_HOME: .* {length} bytes .* at most 86"):
            check_socket_path(home)
