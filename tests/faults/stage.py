# ruff: noqa: ANN401 -- what SQL returns and takes may be anything
"""Where a row is played: a home, a database and a broker, the service's programs on them, and a client."""

import asyncio
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import httpx
from sqlalchemy import text

from db.attempts import attempts, epochs
from db.connections.engine import Database
from db.errors import DatabaseUnavailable
from db.jobs import jobs
from db.jobs.jobs import JobRow
from db.migrate import upgrade
from db.tables.base import DEFAULT_PROJECT
from db.workers import workers
from db.workers.workers import WorkerRow
from tests.faults import audit
from tests.faults.clients import KEY, Client
from tests.faults.programs import ROOT, Program
from tests.faults.servers import HardPostgres, HardRedis
from tests.faults.specs import identity
from tests.services.keys import bearer, make_key
from tests.services.waiting import Waiting

QUICK = {"LEASE_SECONDS": "4", "RECONCILE_SECONDS": "0.5", "CHECKPOINT_SECONDS": "0.5", "STOP_GRACE_SECONDS": "2"}
"""Settings that make workers mend within seconds what they would mend within a minute."""
HINTED = {"POLL_SECONDS": "60"}
"""With these only a hint, or the reconciler, brings a job to a worker."""
_START_SECONDS = 90.0


class Stage(Waiting):
    """A service of real processes, with what is needed to harm it and to look behind it.

    Attributes:
        home: The service's.
        database: The truth, past every proxy.
        client: Posts to the API and keeps the log.
        undisturbed: The epochs of trainings that nothing disturbed, as the database holds them.
        programs: All that were started.
        environment: Variables of theirs beside the settings.
    """

    def __init__(self, folder: Path, database_url: str, broker_url: str, headers: dict[str, str]) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self.database_url = database_url
        self.broker_url = broker_url
        self.database = Database(database_url)
        self.port = free_port()
        self.client = Client(httpx.AsyncClient(base_url=self.address, timeout=60, headers=headers))
        self.undisturbed: dict[str, list[str]] = {}
        self.programs: list[Program] = []
        self.environment: dict[str, str] = {}
        self.postgres: HardPostgres | None = None
        self.database_name = ""

    @classmethod
    async def open(cls, folder: Path, *, redis: HardRedis, postgres: HardPostgres | None) -> Self:
        """A stage on a fresh database, SQLite unless there is a PostgreSQL; no program runs yet."""
        name = f"stage_{folder.name}".replace("-", "_").lower()[-60:]
        if postgres is None:
            (folder / "home").mkdir(exist_ok=True)
            url = f"sqlite:///{folder}/home/netcoach.db"
        else:
            await asyncio.to_thread(postgres.execute, f'CREATE DATABASE "{name}"')
            url = postgres.url(name)
        await asyncio.to_thread(upgrade, url)
        stage = cls(folder, url, redis.url, bearer(await make_key(url)))
        stage.postgres, stage.database_name = postgres, name
        await audit.install(stage.database)
        return stage

    @property
    def address(self) -> str:
        """The API's."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def arms(self) -> Path:
        """The folder in which failpoints are armed."""
        return self.folder / "arms"

    @property
    def armed(self) -> tuple[str, str]:
        """The rig of a program with failpoints."""
        return ("--armed-by", str(self.arms))

    @property
    def workers(self) -> list[Program]:
        """The workers that run."""
        return [program for program in self.programs if program.name == "worker" and program.is_running]

    def begin_api(self, *, rig: Sequence[str] = (), **settings: str) -> Program:
        """The API, on the same address each time; it may not answer yet."""
        return self._start("api", rig, {"PORT": str(self.port), **settings})

    def begin_worker(self, *, rig: Sequence[str] = (), **settings: str) -> Program:
        """A worker that may not be ready yet."""
        return self._start("worker", rig, {"WORKER_SLOTS": "1", **QUICK, **settings})

    async def start_api(self, *, rig: Sequence[str] = (), **settings: str) -> Program:
        """The API, answering; on the same address each time."""
        api = self.begin_api(rig=rig, **settings)
        await self.wait_alive(self.client.http, api)
        return api

    @staticmethod
    async def wait_alive(http: httpx.AsyncClient, api: Program | None) -> None:
        """Wait until the API answers this client."""
        assert api is not None
        deadline = time.monotonic() + _START_SECONDS
        while not await _is_alive(http):
            assert api.is_running, api.said()
            assert time.monotonic() < deadline, api.said()
            await asyncio.sleep(0.05)

    async def start_worker(self, *, rig: Sequence[str] = (), **settings: str) -> Program:
        """A worker whose trainers are ready."""
        return (await self.start_workers(1, rig=rig, **settings))[0]

    async def start_workers(self, count: int, *, rig: Sequence[str] = (), **settings: str) -> list[Program]:
        """Workers whose trainers are ready, started together."""
        started = [self.begin_worker(rig=rig, **settings) for _ in range(count)]
        deadline = time.monotonic() + _START_SECONDS
        while not {program.pid for program in started} <= {row.pid for row in await self._known_workers()}:
            for program in started:
                assert program.is_running, program.said()
                assert time.monotonic() < deadline, program.said()
            await asyncio.sleep(0.05)
        return started

    async def learn(self, spec: dict[str, Any]) -> str:
        """Have a job trained undisturbed and keep its epochs, to hold others of its like to; its id."""
        job_id = await self.client.insist(spec)
        row = await self.wait_end(job_id)
        assert row.status == "succeeded", self.said()
        async with self.database.read() as connection:
            rows = await epochs.page(connection, job_id, 0, 100_000)
        self.undisturbed[identity(spec)] = [row.metrics_json for row in rows]
        return job_id

    async def job(self, job_id: str) -> JobRow:
        """The job as the database has it now; waits while there is no database."""
        while True:
            try:
                async with self.database.read() as connection:
                    row = await jobs.get(connection, job_id, DEFAULT_PROJECT)
            except DatabaseUnavailable:
                await asyncio.sleep(0.2)
                continue
            assert row is not None, f"there is no job {job_id}"
            return row

    async def wait_published(self, job_id: str, timeout_seconds: float = 30) -> None:
        """Wait until the broker was told of the job and that was noted."""
        deadline = time.monotonic() + timeout_seconds
        while await self.scalar("SELECT count(*) FROM outbox WHERE job_id = :id", id=job_id):
            assert time.monotonic() < deadline, self.said()
            await asyncio.sleep(0.05)

    @staticmethod
    async def wait_said(program: Program, text: str, timeout_seconds: float = 30) -> None:
        """Wait until the end of the program's log holds the text."""
        deadline = time.monotonic() + timeout_seconds
        while text not in program.said():
            assert time.monotonic() < deadline, program.said()
            await asyncio.sleep(0.05)

    async def worker_of(self, job_id: str) -> Program:
        """The worker that runs the job."""
        having = "SELECT pid FROM workers WHERE id = (SELECT worker_id FROM jobs WHERE id = :id)"
        pid = await self.scalar(having, id=job_id)
        return next(program for program in self.workers if program.pid == pid)

    async def attempts(self, job_id: str) -> list[Any]:
        """The job's attempts, oldest first."""
        async with self.database.read() as connection:
            return sorted(await attempts.list_page(connection, job_id, 1000), key=lambda row: row.attempt)

    async def wait_checkpoint(self, job_id: str, timeout_seconds: float = 30) -> None:
        """Until a checkpoint of the job is stored: how soon one is depends on what the disk takes for it."""
        until = time.monotonic() + timeout_seconds
        while not await self.scalar("SELECT count(*) FROM checkpoints WHERE job_id = :id", id=job_id):
            if time.monotonic() > until:
                raise AssertionError(f"no checkpoint of {job_id} after {timeout_seconds} s\n{self.said()}")
            await asyncio.sleep(0.02)

    async def jobs_of(self, key: str) -> list[str]:
        """The jobs that were made with a client's key, acknowledged or not."""
        like = f'%"{KEY}":"{key}"%'
        statement = "SELECT string_agg(id, ' ') FROM jobs WHERE metadata_json LIKE :key"
        return (await self.scalar(statement, key=like) or "").split()

    async def scalar(self, statement: str, **parameters: Any) -> Any:
        """What one statement gives, past the service."""
        async with self.database.read() as connection:
            return (await connection.execute(text(statement), parameters)).scalar()

    async def execute(self, statement: str, **parameters: Any) -> None:
        """Write past the service."""
        async with self.database.write() as connection:
            await connection.execute(text(statement), parameters)

    def said(self) -> str:
        """What all programs said last."""
        return "\n".join(f"--- {program.name} {program.pid}\n{program.said()}" for program in self.programs)

    async def stop_programs(self) -> None:
        """End all programs, all at once."""
        await asyncio.gather(*(asyncio.to_thread(program.end) for program in self.programs))
        self.programs.clear()

    async def close(self) -> None:
        """End all programs and leave no database behind."""
        await self.stop_programs()
        await self.client.http.aclose()
        await self.database.close()
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.execute, f'DROP DATABASE "{self.database_name}" WITH (FORCE)')

    def _start(self, name: str, rig: Sequence[str], settings: dict[str, str]) -> Program:
        said = {
            "HOME": str(self.home),
            "DATABASE_URL": self.database_url,
            "BROKER_URL": self.broker_url,
            "LOG_FORMAT": "plain",
            **settings,
        }
        environment = {f"NETCOACH_{key}": value for key, value in said.items()}
        log = self.folder / f"{name}-{len(self.programs)}.log"
        program = Program(name, log, environment | self.environment | {"PYTHONPATH": str(ROOT)}, rig=rig)
        self.programs.append(program)
        return program

    async def account(self) -> str:
        """What PostgreSQL is doing, and what all programs said last."""
        return f"{await self._activity()}\n{self.said()}"

    async def _activity(self) -> str:
        """What PostgreSQL is doing, for a row that waits in vain."""
        if self.postgres is None:
            return ""
        columns = "pid, state, wait_event_type, wait_event, now() - xact_start, left(query, 100)"
        activity = f"SELECT {columns} FROM pg_stat_activity WHERE datname = '{self.database_name}'"  # noqa: S608 -- for a person to read
        return await asyncio.to_thread(self.postgres.execute, activity)

    async def _known_workers(self) -> list[WorkerRow]:
        async with self.database.read() as connection:
            return [row for row in await workers.list_all(connection, 60) if row.state == "ready"]


async def _is_alive(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/healthz")).is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
