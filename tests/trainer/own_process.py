"""TracedFunctions that must be told something ahead of TensorFlow, which this process has imported already."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def said_by(module: str, **environment: str) -> str:
    """What a module writes, run as a program of its own; it must succeed."""
    program = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert program.returncode == 0, program.stderr
    return program.stdout
