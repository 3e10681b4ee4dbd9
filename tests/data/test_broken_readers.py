"""A worker whose reader cannot start trains as others do, and says what is wrong with it."""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from settings import WorkerSettings
from tests.api.service import assert_problem
from tests.api.specs import digits
from tests.data.served import Served, served
from tests.services.redis import RedisServer
from worker.supervisor.devices import Seat, reading_seats, seats


def with_broken_reader(settings: WorkerSettings) -> list[Seat]:
    """A trainer, and a reader that may use less memory than Python alone."""
    (reader,) = reading_seats(settings)
    return [seats(settings)[0], replace(reader, memory_bytes=2**20)]


def worker_of(running: Served) -> Any:  # noqa: ANN401 -- JSON
    (worker,) = running.client.get("/v1/workers").json()["data"]
    return worker


def test_it_trains_and_says_so(redis_server: RedisServer, sqlite_template: str, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "netcoach.db")
    with served(tmp_path, redis_server.url, with_broken_reader) as running:
        dataset = running.send(b"a,b\n1,2\n").json()["id"]
        ends_at = time.monotonic() + 60
        while worker_of(running)["failing"] != ["reader 1"]:
            assert time.monotonic() < ends_at
            time.sleep(0.1)
        told = assert_problem(running.client.get("/readyz"), 503, "not_ready")
        assert "The background loop `reader 1` of the worker" in told["detail"]
        job = running.client.post("/v1/jobs", json=digits()).json()["id"]
        while running.client.get(f"/v1/jobs/{job}", params={"wait_seconds": 10}).json()["status"] != "succeeded":
            assert time.monotonic() < ends_at + 60
        # Another worker may still read it.
        assert running.client.get(f"/v1/datasets/{dataset}").json()["status"] == "processing"
        assert worker_of(running)["failing"] == ["reader 1"]
