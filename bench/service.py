"""A service of its own for the measurements, and the jobs sent to it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from launch.calls import Calls
from launch.leash import leashed

ROOT = Path(__file__).resolve().parents[1]
POLL_SECONDS = 0.01


class ServiceDidNotStart(Exception):
    """The launcher ended before the service was ready."""


@contextmanager
def service(**settings: str) -> Generator[str]:
    """Starts the service on a home of its own and a free port, yields its address, stops it.

    Args:
        settings: Environment variables beside the home; those of the caller are not passed on.

    Raises:
        ServiceDidNotStart: If it does not start.
    """
    home = tempfile.mkdtemp(prefix="netcoach-bench-")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
    environment |= {"NETCOACH_HOME": home, "NETCOACH_LOG_LEVEL": "warning", **settings}
    process = subprocess.Popen(  # noqa: S603 -- a program of our own, no shell
        leashed([sys.executable, "-m", "launch", "up", "--port", "0"], signal.SIGTERM),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _address(process)
    finally:
        process.terminate()
        process.communicate(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def example(name: str) -> dict[str, Any]:
    """A job spec of the examples."""
    return json.loads((ROOT / "examples" / f"{name}.json").read_text(encoding="utf-8"))


def train(calls: Calls, spec: dict[str, Any]) -> tuple[str, float]:
    """Trains a job to its end.

    Returns:
        Its id, and the seconds from sending it to having read its results.

    Raises:
        RuntimeError: If it does not succeed.
    """
    began = time.perf_counter()
    job_id = calls.post("/v1/jobs", spec)["id"]
    while (results := calls.get(f"/v1/jobs/{job_id}/results"))["object"] != "results":
        time.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - began
    if results["status"] != "succeeded":
        raise RuntimeError(f"the job {job_id} {results['status']}: {results['error']}")
    return job_id, seconds


def epoch_seconds(calls: Calls, job_id: str) -> list[float]:
    """What each epoch of a job took."""
    return [row["duration_seconds"] for row in calls.get(f"/v1/jobs/{job_id}/metrics")["data"]]


def _address(process: subprocess.Popen[str]) -> str:
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if ready := re.search(r"ready at (http://\S+)", line):
            return ready[1]
    raise ServiceDidNotStart("".join(said))
