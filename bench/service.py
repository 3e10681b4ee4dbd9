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
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch.calls import Calls
from launch.leash import leashed

ROOT = Path(__file__).resolve().parents[1]
POLL_SECONDS = 0.01


class ServiceDidNotStart(Exception):
    """The launcher ended before the service was ready."""


@dataclass(frozen=True)
class Running:
    """A service that runs.

    Attributes:
        url: Where it is.
        home: Its folder.
        pid: Of its launcher.
        headers: What each request carries: a key, where keys are asked for.
    """

    url: str
    home: Path
    pid: int
    headers: dict[str, str]

    @property
    def calls(self) -> Calls:
        """Calls to it."""
        return Calls(self.url, timeout_seconds=60, headers=self.headers)


@contextmanager
def home() -> Generator[Path]:
    """A folder for a service; gone in the end."""
    folder = Path(tempfile.mkdtemp(prefix="netcoach-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def service(**settings: str) -> Generator[Running]:
    """Starts the service on a home of its own and a free port, yields it, stops it.

    Args:
        settings: Environment variables; those of the caller are not passed on. ``NETCOACH_HOME`` may name a home that
            holds something already.

    Raises:
        ServiceDidNotStart: If it does not start.
    """
    with home() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
        environment |= {
            "NETCOACH_HOME": str(folder),
            "NETCOACH_LOG_LEVEL": "warning",
            "NETCOACH_RATE_LIMIT_PER_SECOND": "0",
        }
        environment |= settings
        process = subprocess.Popen(  # noqa: S603 -- a program of our own, no shell
            leashed([sys.executable, "-m", "launch", "up", "--port", "0"], signal.SIGTERM),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            address = _address(process)
            yield Running(address, Path(environment["NETCOACH_HOME"]), process.pid, _headers(environment))
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _headers(environment: dict[str, str]) -> dict[str, str]:
    """A key in the header it is sent in, unless the service is on one machine and asks for none."""
    if "NETCOACH_DATABASE_URL" not in environment:
        return {}
    made = subprocess.run(
        [sys.executable, "-m", "api.keys", "create"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return {"Authorization": f"Bearer {made.stdout.strip()}"}


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
    job_id: str = calls.post("/v1/jobs", spec)["id"]
    while (results := calls.get(f"/v1/jobs/{job_id}/results"))["object"] != "results":
        time.sleep(POLL_SECONDS)
    _require_success(job_id, results)
    return job_id, time.perf_counter() - began


def train_all(calls: Calls, specs: Iterable[dict[str, Any]]) -> tuple[list[str], float]:
    """Trains jobs to their ends, as many at once as the service has slots.

    Returns:
        Their ids, and the seconds from sending the first to having read the results of all.

    Raises:
        RuntimeError: If one does not succeed.
    """
    began = time.perf_counter()
    job_ids = [calls.post("/v1/jobs", spec)["id"] for spec in specs]
    for job_id in job_ids:
        # Asking again and again would take from the processors what the trainers need.
        while (results := calls.get(f"/v1/jobs/{job_id}/results?wait_seconds=30"))["object"] != "results":
            pass
        _require_success(job_id, results)
    return job_ids, time.perf_counter() - began


def _require_success(job_id: str, results: dict[str, Any]) -> None:
    if results["status"] != "succeeded":
        raise RuntimeError(f"the job {job_id} {results['status']}: {results['error']}")


def epochs_of(calls: Calls, job_id: str) -> list[dict[str, Any]]:
    """The epochs of a job, as the service tells of them."""
    return calls.get(f"/v1/jobs/{job_id}/metrics?limit=10000")["data"]


def epoch_seconds(calls: Calls, job_id: str) -> list[float]:
    """What each epoch of a job took."""
    return [row["duration_seconds"] for row in epochs_of(calls, job_id)]


def _address(process: subprocess.Popen[str]) -> str:
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if ready := re.search(r"ready at (http://\S+)", line):
            return ready[1]
    raise ServiceDidNotStart("".join(said))
