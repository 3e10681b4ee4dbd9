"""The programs of a launch: one declaration each."""

import sys
from dataclasses import dataclass
from pathlib import Path

from launch.valkey_server import find_server, packaged_server, write_config
from settings import LaunchSettings

SPARE_STOP_SECONDS = 15
"""What a program may take to stop beyond the graces it grants itself."""


@dataclass(frozen=True)
class Program:
    """One program to keep running.

    Attributes:
        name: Stands before its lines and names its log file.
        command: What to run.
        priority: Programs start in rising order of it and stop in falling order.
        stop_seconds: How long it may take to stop after ``SIGTERM``, before it is killed.
    """

    name: str
    command: list[str]
    priority: int
    stop_seconds: int


def programs(settings: LaunchSettings) -> list[Program]:
    """All programs these settings ask for; Valkey only where no broker is named."""
    grace_seconds = int(settings.stop_grace_seconds) + SPARE_STOP_SECONDS
    wanted = [
        Program("api", [sys.executable, "-m", "api"], 20, SPARE_STOP_SECONDS),
        Program("worker", [sys.executable, "-m", "worker"], 30, grace_seconds),
    ]
    socket = embedded_broker_socket(settings)
    if socket is not None:
        config = write_config(settings.home, socket)
        wanted.insert(0, Program("valkey", [find_server(packaged_server()), str(config)], 10, SPARE_STOP_SECONDS))
    return wanted


def embedded_broker_socket(settings: LaunchSettings) -> Path | None:
    """Where the broker of our own listens; none if the settings name another."""
    return None if "broker_url" in settings.model_fields_set else settings.home / "redis.sock"
