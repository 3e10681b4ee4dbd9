"""MLflow's tracking server, as its documentation starts it, and what is asked of it over REST."""

import json
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.programs import PEERS, ProgramFailed, are_peers_installed, environment
from bench.requests import Client, Request
from bench.service import ROOT
from launch.leash import leashed
from launch.ports import choose_port

START_SECONDS = 180
_API = "/api/2.0/mlflow"


class MlflowServer:
    """A server that runs, with an experiment of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = Client(url)
        body = json.dumps({"name": "bench"})
        self._experiment_id: str = self.client.ask(Request("POST", f"{_API}/experiments/create", body))["experiment_id"]

    def create_run(self) -> Request:
        """The request that makes a run."""
        body = {"experiment_id": self._experiment_id, "start_time": _now_ms()}
        return Request("POST", f"{_API}/runs/create", json.dumps(body))

    def new_run(self) -> str:
        """The id of a run made now."""
        return self.client.ask(self.create_run())["run"]["info"]["run_id"]

    def get_run(self, run_id: str) -> Request:
        """The request that reads a run."""
        return Request("GET", f"{_API}/runs/get?run_id={run_id}")

    def log_batch(self, run_id: str, metrics: list[tuple[str, float, int]]) -> Request:
        """The request that stores metrics: name, value, step."""
        told = [{"key": key, "value": value, "timestamp": _now_ms(), "step": step} for key, value, step in metrics]
        return Request("POST", f"{_API}/runs/log-batch", json.dumps({"run_id": run_id, "metrics": told}))

    def get_history(self, run_id: str, key: str, points: int) -> Request:
        """The request that reads a metric's history."""
        query = f"run_id={run_id}&metric_key={key}&max_results={points}"
        return Request("GET", f"{_API}/metrics/get-history?{query}")


@contextmanager
def mlflow_server() -> Generator[MlflowServer | None]:
    """Starts a server on SQLite and a free port; yields None where MLflow is not installed.

    Raises:
        ProgramFailed: If it does not start.
    """
    if not are_peers_installed():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="mlflow-bench-") as folder:
        port = choose_port("127.0.0.1", 0)
        command = [str(PEERS / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", folder]
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 -- a program of a pinned package, no shell
                leashed(command, signal.SIGTERM),
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, process, log)
            server = MlflowServer(url)
            yield server
            server.client.close()
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        client = Client(url)
        try:
            client.send(Request("GET", "/health"))
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            client.close()
    raise ProgramFailed(f"mlflow server did not start:\n{log.read_text(errors='replace')}")


def _now_ms() -> int:
    return int(time.time() * 1000)
