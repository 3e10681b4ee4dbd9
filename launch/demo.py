"""``demo``: starts the service, trains the notebook's network while you watch, and stops."""

import json
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from launch.calls import Calls
from launch.errors import LaunchFailed
from launch.process_manager import ROOT
from launch.service import Service
from launch.up import say
from settings import LaunchSettings, load_or_exit

SPEC = ROOT / "examples" / "notebook_batch_normalization.json"
OTHER_DATASET = "digits"
POLL_SECONDS = 0.2
LEAST_IN_FULL = 0.001
COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
NO_FASHION = """
Fashion-MNIST is not on this machine and could not be downloaded. `make setup` explains how to get it.
The demo continues with the small images of handwritten digits that come with scikit-learn.
"""


def demo() -> None:
    """Trains on a home that is removed afterwards, unless ``NETCOACH_HOME`` names one, and on a free port.

    Raises:
        LaunchFailed: If the service cannot start, or the job fails.
    """
    with _home():
        os.environ.setdefault("NETCOACH_PORT", "0")
        service = Service(load_or_exit(LaunchSettings))
        try:
            service.start()
            say("Netcoach is starting (a database, a broker, the API, a worker with TensorFlow)")
            if service.wait_until_ready():
                say(f"Netcoach is ready at {service.url}")
                _Demonstration(service).run()
        finally:
            service.stop()
        say("Netcoach has stopped")


@contextmanager
def _home() -> Generator[None]:
    if os.environ.get("NETCOACH_HOME"):
        yield
        return
    home = tempfile.mkdtemp(prefix="netcoach-")
    os.environ["NETCOACH_HOME"] = home
    try:
        yield
    finally:
        shutil.rmtree(home, ignore_errors=True)


class _Demonstration:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._calls = Calls(service.url)

    def run(self) -> None:
        spec = json.loads(SPEC.read_text(encoding="utf-8"))
        job = self._train(spec)
        if job is not None and job["error"] is not None and job["error"]["code"] == "data_error":
            say(NO_FASHION)
            job = self._train(spec | {"dataset": OTHER_DATASET})
        if job is None:
            return
        if job["status"] != "succeeded":
            raise LaunchFailed(f"The job did not succeed; its status is `{job['status']}`. {_reason(job)}".strip())
        self._tell_results(job)

    def _train(self, spec: dict[str, Any]) -> dict[str, Any] | None:
        """The job once it has ended; None if asked to stop before."""
        job = self._calls.post("/v1/jobs", spec)
        say(f"\nPOST /v1/jobs: {job['id']}, {spec['name']!r} on {spec['dataset']}")
        say(f"{'epoch':>7} " + " ".join(f"{name:>13}" for name in COLUMNS) + f" {'seconds':>8} {'left':>7}")
        epoch = 0
        path = f"/v1/jobs/{job['id']}"
        while not self._service.is_asked_to_stop.wait(POLL_SECONDS):
            self._service.look()
            # The job is read first: if it has ended, the rows that follow are all there will be.
            job = self._calls.get(path)
            for row in self._calls.get(f"{path}/metrics?after_epoch={epoch}")["data"]:
                epoch = row["epoch"]
                say(_told(row, job))
            if job["ended_at"] is not None:
                return job
        return None

    def _tell_results(self, job: dict[str, Any]) -> None:
        path = f"/v1/jobs/{job['id']}"
        results = self._calls.get(f"{path}/results")
        say(f"\n{job['status']}; final metrics:")
        for name, value in results["final_metrics"].items():
            say(f"  {name:22} {_number(value)}")
        say("timings:")
        for name, value in results["timings"].items():
            say(f"  {name:22} {_number(value)}")
        say("artifacts:")
        for artifact in self._calls.get(f"{path}/artifacts")["data"]:
            say(f"  {artifact['name']:22} {artifact['size_bytes']:,} bytes")
        say("")


def _reason(job: dict[str, Any]) -> str:
    return "" if job["error"] is None else str(job["error"]["message"])


def _told(row: dict[str, Any], job: dict[str, Any]) -> str:
    epochs = job["progress"]["epochs"]
    eta_seconds = job["progress"]["eta_seconds"]
    is_last = job["progress"]["epoch"] == row["epoch"]
    left = f"{eta_seconds:.0f} s" if is_last and eta_seconds is not None else ""
    values = " ".join(f"{_number(row['metrics'].get(name)):>13}" for name in COLUMNS)
    position = f"{row['epoch']}/{epochs}"
    return f"{position:>7} {values} {row['duration_seconds']:>8.2f} {left:>7}"


def _number(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value:.4f}" if abs(value) >= LEAST_IN_FULL else f"{value:.3g}"
    return "" if value is None else str(value)
