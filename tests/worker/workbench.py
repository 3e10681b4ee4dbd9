"""A home, a database and a broker, and real workers on them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Row, select

from broker.publisher import Publisher
from db.connections.engine import Database
from db.jobs import events, jobs
from db.jobs.jobs import JobRow, NewJob
from db.tables.attempts import Epoch
from db.tables.base import DEFAULT_PROJECT
from db.workers import workers
from db.workers.workers import WorkerRow
from spec.ids import new_id
from tests.services.children import end, spawn
from tests.services.waiting import Waiting

ROOT = Path(__file__).resolve().parents[2]

SMALL = {"layers": [{"type": "Flatten"}, {"type": "Dense", "units": 10, "activation": "softmax"}]}


def wide(units: int) -> dict[str, Any]:
    """A network of two hidden layers of so many units."""
    hidden = {"type": "Dense", "units": units, "activation": "relu"}
    return {"layers": [{"type": "Flatten"}, hidden, hidden, {"type": "Dense", "units": 10, "activation": "softmax"}]}


LARGE = wide(1500)
"""On one row a step, an epoch of this takes many seconds."""


class WorkerProcess:
    """``python -m worker``, with its trainers."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log = log
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
        command = ["env", "-i", *(f"{name}={value}" for name, value in (inherited | environment).items())]
        self.process = spawn([*command, sys.executable, "-m", "worker"], log)

    def trainers(self) -> list[psutil.Process]:
        """The trainer processes that live."""
        if self.process.poll() is not None:
            return []
        return [
            child
            for child in psutil.Process(self.process.pid).children()
            if "worker.trainer" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE
        ]

    def end(self) -> None:
        """Stop it, and see that nothing is left."""
        end(self.process, signal.SIGTERM, timeout_seconds=20)


class Workbench(Waiting):
    """Where a test puts workers to work."""

    PATIENCE_SECONDS = 180.0

    def __init__(self, folder: Path, database_url: str, broker_url: str) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.database = Database(database_url)
        self.publisher = Publisher(broker_url)
        self._environment = {
            "NETCOACH_HOME": str(self.home),
            "NETCOACH_DATABASE_URL": database_url,
            "NETCOACH_BROKER_URL": broker_url,
            "NETCOACH_WORKER_SLOTS": "1",
            "NETCOACH_RECONCILE_SECONDS": "0.5",
            "NETCOACH_LOG_FORMAT": "plain",
            "PYTHONPATH": str(ROOT),
        }
        self.started: list[WorkerProcess] = []

    async def start_worker(self, **settings: str) -> WorkerProcess:
        """A worker whose trainer is ready."""
        known = {worker.id for worker in await self.workers()}
        log = self.home / f"worker-{len(self.started)}.log"
        worker = WorkerProcess(log, self._environment | {f"NETCOACH_{name}": value for name, value in settings.items()})
        self.started.append(worker)
        deadline = time.monotonic() + 180
        while not any(row.state == "ready" for row in await self.workers() if row.id not in known):
            assert worker.process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            await asyncio.sleep(0.05)
        return worker

    async def submit(
        self,
        *,
        network: dict[str, Any] = SMALL,
        epochs: int = 3,
        batch_size: int = 64,
        is_published: bool = True,
        has_signals: bool = False,
        **limits: int,
    ) -> str:
        """A job on digits, with these limits of `NewJob`; its id."""
        spec = {
            "dataset": "digits",
            "network": network,
            "training": {
                "loss": "sparse_categorical_crossentropy",
                "optimizer": {"type": "SGD", "learning_rate": 0.01},
                "metrics": ["accuracy"],
                "epochs": epochs,
                "batch_size": batch_size,
                "validation_split": 0.2,
                "seed": 7,
            },
            "coach": {"signals": has_signals},
        }
        job = NewJob(
            id=new_id("job"),
            project=DEFAULT_PROJECT,
            name=None,
            spec_json=json.dumps(spec),
            seed=7,
            dataset="digits",
            epochs=epochs,
            **limits,
        )
        async with self.database.write() as connection:
            await jobs.create(connection, job)
        if is_published:
            await asyncio.to_thread(self.publisher.publish, job.id, "any")
        return job.id

    async def submit_long(self, **limits: int) -> str:
        """A job that trains for many minutes, its first epoch for many seconds; it is seen to train."""
        job_id = await self.submit(network=LARGE, epochs=100, batch_size=1, **limits)
        await self.wait(job_id, lambda job: job.fraction > 0)
        return job_id

    async def job(self, job_id: str) -> JobRow:
        async with self.database.read() as connection:
            row = await jobs.get(connection, job_id, DEFAULT_PROJECT)
        assert row is not None
        return row

    async def epochs(self, job_id: str) -> list[Row[Any]]:
        """The job's epochs, each with the attempt that wrote it."""
        async with self.database.read() as connection:
            return list(
                await connection.execute(
                    select(Epoch.epoch, Epoch.attempt, Epoch.metrics_json, Epoch.duration_seconds)
                    .where(Epoch.job_id == job_id)
                    .order_by(Epoch.epoch)
                )
            )

    async def events(self, job_id: str) -> list[str]:
        async with self.database.read() as connection:
            return [event.type for event in await events.list_page(connection, job_id, 0, 1000)]

    async def workers(self) -> list[WorkerRow]:
        async with self.database.read() as connection:
            return await workers.list_all(connection, alive_within_seconds=60)

    async def wait_tidied(self, timeout_seconds: float = 30) -> None:
        """Until no attempt has a folder any more: that goes after the end is written."""
        deadline = time.monotonic() + timeout_seconds
        while left := [path.name for path in (self.home / "work").glob("*/*") if path.is_dir()]:
            assert time.monotonic() < deadline, f"{left}\n{self.logs()}"
            await asyncio.sleep(0.02)

    async def account(self) -> str:
        """What all workers said."""
        return self.logs()

    def logs(self) -> str:
        """What all workers said."""
        return "\n".join(worker.log.read_text(errors="replace")[-6000:] for worker in self.started)

    async def close(self) -> None:
        """End all workers."""
        try:
            for worker in self.started:
                await asyncio.to_thread(worker.end)
        finally:
            self.publisher.close()
            await self.database.close()


def run_worker(**environment: str) -> subprocess.CompletedProcess[str]:
    """``python -m worker`` until it ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "worker"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
