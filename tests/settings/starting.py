"""Starts of programs that end at once, many in a second; see `starts.py`, which runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Start:
    """A program, as ``python -m`` takes it, its arguments, and what its environment has more."""

    program: str
    arguments: Sequence[str]
    environment: Mapping[str, str]


def started(folder: Path, starts: Sequence[Start]) -> list[dict[str, Any]]:
    """What came of each: ``exit``, ``umask``, and what was ``said``."""
    ended = subprocess.run(
        [sys.executable, ROOT / "tests" / "settings" / "starts.py"],
        input=json.dumps([asdict(start) for start in starts]),
        env=plain_environment(folder / "home"),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def plain_environment(home: Path) -> dict[str, str]:
    """This one's, without any setting of the service but its home."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
    return clean | {"PYTHONPATH": str(ROOT), "NETCOACH_HOME": str(home)}
