"""The API as a process of its own, and the database behind it as a worker would write to it."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, text

from coach.repairs.plan import Plan
from db.attempts import attempts, endings
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.endings import Ending, NewArtifact
from db.connections.engine import Database
from db.jobs import jobs, outbox
from db.jobs.jobs import NewJob
from db.queue import claims
from db.tables.projects import Project
from db.workers import workers
from db.workers.workers import NewWorker
from spec.ids import new_id
from spec.language.numbers import encode_json
from spec.states import FailureCode, JobStatus
from storage.store import Store
from tests.conftest import TEMPLATE
from tests.services.children import end, wait_until
from tests.services.keys import bearer, make_key
from tests.services.nursery import Forked, nursery
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("sqlite", "postgresql")
MEDIA_TYPES = {".keras": "application/zip", ".csv": "text/csv", ".safetensors": "application/octet-stream"}


def start_api(home: Path, environment: Mapping[str, str] | None = None, **settings: str) -> tuple[Forked, str]:
    """``python -m api`` on a free port, and its address; whoever starts it ends it.

    Its variables are the settings, and those of the ``environment`` that are not the service's own.
    """
    said = {"home": str(home), "port": "0", "log_format": "json", "rate_limit_per_second": "0", **settings}
    variables = {f"NETCOACH_{name.upper()}": value for name, value in said.items()}
    log = home / "api.log"
    log.write_bytes(b"")
    process = nursery().start("api", log, {**(environment or {}), **variables, "PYTHONPATH": str(ROOT)})
    address: list[str] = []

    def is_ready() -> bool:
        address.extend(re.findall(r"running on (http://[\d.]+:\d+)", log.read_text()))
        return bool(address) and _is_alive(address[0])

    try:
        wait_until(is_ready, process, log, timeout_seconds=30)
    except BaseException:
        end(process, signal.SIGKILL)
        raise
    return process, address[0]


def run_command(program: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``python -m`` such a program, on the state of this home; it is given nothing else."""
    return subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=ROOT,
        env={"NETCOACH_HOME": str(home), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def running_api(home: Path, environment: Mapping[str, str] | None = None, **settings: str) -> Iterator[str]:
    """``python -m api`` on a free port; yields its address and stops it, which it must do cleanly."""
    log = home / "api.log"
    process, address = start_api(home, environment, **settings)
    try:
        yield address
    finally:
        end(process, signal.SIGTERM, timeout_seconds=20)
    assert process.returncode in {0, -signal.SIGTERM}, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()


def _is_alive(address: str) -> bool:
    # Several processes bind their address before the first of them listens.
    try:
        return httpx.get(f"{address}/healthz").is_success
    except httpx.ConnectError:
        return False


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, which must be of this kind and whole."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["code"]) == (status, code), answer.text
    assert told["type"] == f"/docs#{code}"
    assert told["title"]
    assert told["detail"]
    assert told["request_id"] == answer.headers["X-Request-ID"]
    return told


@dataclass
class Service:
    """A running API and what lies behind it."""

    client: httpx.AsyncClient
    database: Database
    store: Store
    storage_folder: Path
    database_url: str
    storage_url: str = ""
    fences: dict[str, Fence] = field(default_factory=dict)

    async def count_rows(self) -> dict[str, int]:
        """Of the tables a new job writes; the outbox refers to jobs, so it cannot grow without them."""
        async with self.database.read() as connection:
            return {
                table: (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()  # noqa: S608 -- literals below
                for table in ("jobs", "events", "job_labels")
            }

    async def make_in(self, project: str) -> str:
        """A cancelled job of a project that the client is not of."""
        async with self.database.write() as connection:
            if await connection.scalar(select(Project.id).where(Project.id == project)) is None:
                await connection.execute(insert(Project).values(id=project))
            new = NewJob(
                id=new_id("job"), project=project, name=None, spec_json="{}", seed=1, dataset="digits", epochs=1
            )
            await jobs.create(connection, new)
            await jobs.request_cancel(connection, new.id, project)  # out of the way of others in the queue
            return new.id

    async def outbox(self) -> list[str]:
        async with self.database.read() as connection:
            return [row.job_id for row in await outbox.unpublished(connection, 1000)]

    async def claim(self, job_id: str) -> Fence:
        """This job is a worker's now, and so is all that was queued before it."""
        while job_id not in self.fences:
            async with self.database.write() as connection:
                claim = await claims.claim_next(connection, new_id("worker"), 0, ["cpu", "gpu"], 600)
            assert claim is not None
            self.fences[claim.job_id] = Fence(claim.job_id, claim.attempt)
        return self.fences[job_id]

    async def record(self, job_id: str, rows: Sequence[Mapping[str, float]], *, duration_seconds: float) -> None:
        fence = await self.claim(job_id)
        records = [
            EpochRecord(epoch, metrics, duration_seconds, Progress(epoch / 3, 1.0))
            for epoch, metrics in enumerate(rows, 1)
        ]
        async with self.database.write() as connection:
            await attempts.record_started(connection, fence, epochs=3)
            await attempts.record_epochs(connection, fence, records)

    async def succeed(
        self,
        job_id: str,
        results: Mapping[str, Any] | None = None,
        *,
        files: Mapping[str, bytes] | None = None,
        folder: Path | None = None,
        repair: Plan | None = None,
    ) -> None:
        artifacts: list[NewArtifact] = []
        for name, content in (files or {}).items():
            assert folder is not None
            path = folder / name
            path.write_bytes(content)
            key = f"jobs/{job_id}/1/{name}"
            stored = self.store.put(key, path)
            artifacts.append(NewArtifact(name, key, MEDIA_TYPES[path.suffix], stored.size_bytes, stored.sha256))
        plan = None if repair is None else encode_json(repair.told())
        ending = Ending(status=JobStatus.SUCCEEDED, results=results, artifacts=artifacts, repair_json=plan)
        await self._finish(job_id, ending)

    async def fail(self, job_id: str, code: str, message: str, pointer: str) -> None:
        ending = Ending(
            status=JobStatus.FAILED, error_code=FailureCode(code), error_message=message, error_pointer=pointer
        )
        await self._finish(job_id, ending)

    async def _finish(self, job_id: str, ending: Ending) -> None:
        fence = await self.claim(job_id)
        async with self.database.write() as connection:
            await endings.finish(connection, fence, ending)

    def lose_files(self, job_id: str) -> None:
        shutil.rmtree(self.storage_folder / "jobs" / job_id)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[str]:
        """A worker that lives meanwhile."""
        worker = NewWorker(id=new_id("worker"), hostname="here", pid=1, accelerators=["cpu"], slots=2)
        async with self.database.write() as connection:
            await workers.register(connection, worker)
        yield worker.id
        async with self.database.write() as connection:
            await workers.remove(connection, worker.id)


@asynccontextmanager
async def running_service(
    request: pytest.FixtureRequest, home: Path, redis_server: RedisServer, **settings: str
) -> AsyncIterator[Service]:
    """The API on a fresh database of the kind that the fixture's parameter names, and a client with a key."""
    async with service_on(request.param, request, home, redis_server, **settings) as running:
        yield running


@asynccontextmanager
async def service_on(
    kind: str,
    request: pytest.FixtureRequest,
    home: Path,
    redis_server: RedisServer,
    environment: Mapping[str, str] | None = None,
    **settings: str,
) -> AsyncIterator[Service]:
    """The API on a fresh database of this kind, and a client with a key."""
    with ExitStack() as stack:
        if kind == "sqlite":
            url = f"sqlite:///{home}/netcoach.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), home / "netcoach.db")
        else:
            server: PostgresServer = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.fresh_database(TEMPLATE))
        said = {"database_url": url, "broker_url": redis_server.url, **settings}
        address = stack.enter_context(running_api(home, environment, **said))
        database = Database(url)
        async with httpx.AsyncClient(base_url=address, timeout=30, headers=bearer(await make_key(url))) as client:
            yield Service(client, database, Store(f"file://{home}/storage"), home / "storage", url)
        await database.close()
