"""The peers' programs: run, and their last line read as JSON."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.service import ROOT
from launch.leash import leashed

PEERS = ROOT / ".venv-bench" / "bin"
"""Programs of the environment that holds the peers which few need: Ray Tune, Keras Tuner, MLflow, Matplotlib."""
HOW_TO_GET = "`make bench PEERS=1` installs the peer"


class ProgramFailed(Exception):
    """A program ended with an error."""


def are_peers_installed() -> bool:
    """Whether the optional peers can be run."""
    return (PEERS / "mlflow").exists()


def environment() -> dict[str, str]:
    """What peers are told: nothing of the service, to tell nobody of their use, to do nothing but what is measured."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
    return own | {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "RAY_USAGE_STATS_ENABLED": "0",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "DO_NOT_TRACK": "true",
    }


def run(module: str, *arguments: str, has_own_packages: bool = False, told: str = "") -> Any:  # noqa: ANN401 -- JSON
    """Runs a program of this package to its end.

    Args:
        module: Its name.
        arguments: Of its command line.
        has_own_packages: Whether it runs in the environment of the optional peers, not in the service's.
        told: Its standard input.

    Returns:
        What its last line says; None if it says nothing.

    Raises:
        ProgramFailed: If it fails.
    """
    python = PEERS / "python" if has_own_packages else Path(sys.executable)
    ended = subprocess.run(  # noqa: S603 -- a program of our own, no shell
        leashed([str(python), "-m", module, *arguments], signal.SIGTERM),
        cwd=ROOT,
        env=environment(),
        input=told,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise ProgramFailed(f"{module} ended with {ended.returncode}:\n{ended.stderr}")
    lines = ended.stdout.splitlines()
    return json.loads(lines[-1]) if lines else None
