"""The rows about workers that have nothing to do: what their loops ask of the database."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from bench.databases import NAMES, database
from bench.figures import Finding, Goal, Measure
from bench.service import home
from db.connections.engine import Database
from settings import WorkerSettings
from settings.logs import configure_logging
from worker.messages import Ready
from worker.supervisor.devices import Seat, reading_seats
from worker.supervisor.supervisor import Supervisor
from worker.supervisor.trainers.process import Trainer
from worker.supervisor.workplace import Workplace

WORKERS = 20
SLOTS = 50
SETTLE_SECONDS = 5.0
SECONDS = 10.0
GOAL = Goal(50.0, is_of_ratio=False)

_LOGGED = re.compile(r"LOG:  (?:statement|execute [^:]*): (.*)")
_WRITES = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")


def idle_slots() -> list[Finding]:
    """The loops of 20 workers with 50 slots each that have nothing to do, on both databases; without trainers."""
    return [_measured(kind) for kind in NAMES]


class StandIn(Trainer):
    """In the place of a trainer process, where none is needed: ready at once, and never given a job."""

    def __init__(self) -> None:
        self.ready = Ready(versions={}, devices=["CPU:0"])
        self.jobs_done = self.first_rss_bytes = self.rss_bytes = 0

    @property
    def pid(self) -> int:
        """None."""
        return 0

    @property
    def is_alive(self) -> bool:
        """Always."""
        return True

    async def end(self) -> None:
        """There is nothing to end."""

    @staticmethod
    async def start_for(_seat: Seat, _workplace: Workplace) -> Trainer:
        """For a slot."""
        return StandIn()


def idle_workers(settings: WorkerSettings, *, workers: int, slots: int) -> list[Supervisor]:
    """Workers without trainers, on the running event loop, each with the seat for reading that its settings give it."""
    places = [*[Seat("cpu", (), 1, 2**30)] * slots, *reading_seats(settings)]
    return [Supervisor(settings, places, StandIn.start_for) for _ in range(workers)]


async def run_for(supervisors: list[Supervisor], seconds: float) -> None:
    """Have them work for so long, then stop."""
    running = asyncio.gather(*(supervisor.run() for supervisor in supervisors))
    await asyncio.sleep(seconds)
    for supervisor in supervisors:
        supervisor.request_stop()
    await running


def writes_in(statements: list[str]) -> Counter[str]:
    """Which tables are written, and how often."""
    return Counter(found[2] for found in map(_WRITES.match, statements) if found)


def _measured(kind: str) -> Finding:
    with database(kind) as (url, _), home() as folder, _noting(kind, url) as take:
        settings = WorkerSettings.model_validate(
            {
                "home": folder,
                "database_url": url,
                "broker_url": f"redis+socket://{folder}/none.sock",
                "log_level": "error",
            }
        )
        configure_logging(settings, "bench")

        async def measure() -> list[str]:
            supervisors = idle_workers(settings, workers=WORKERS, slots=SLOTS)
            running = asyncio.create_task(run_for(supervisors, SETTLE_SECONDS + SECONDS + 1))
            await asyncio.sleep(SETTLE_SECONDS)
            take()
            await asyncio.sleep(SECONDS)
            statements = take()
            await running
            return statements

        statements = asyncio.run(measure())
    writes = writes_in(statements)
    told = ", ".join(f"{table} {count / SECONDS:.1f}" for table, count in sorted(writes.items()))
    return Finding(
        f"{WORKERS} workers with {SLOTS} idle slots each on {NAMES[kind]}: statements, transactions' own included",
        Measure([len(statements) / SECONDS], "a second"),
        GOAL,
        notes=[f"writes per second: {told or 'none'}"],
    )


@contextmanager
def _noting(kind: str, url: str) -> Generator[Callable[[], list[str]]]:
    """Note each statement: PostgreSQL by its own log, SQLite in this process. Yields what takes those noted so far."""
    if kind == "sqlite":
        with noted_here() as noted:

            def take_noted() -> list[str]:
                taken = list(noted)
                noted.clear()
                return taken

            yield take_noted
        return
    log = asyncio.run(_begin_log(url))
    told = log.stat().st_size

    def take_logged() -> list[str]:
        nonlocal told
        with log.open("rb") as file:
            file.seek(told)
            lines = file.read()
        told += len(lines)
        return _LOGGED.findall(lines.decode(errors="replace"))

    yield take_logged


@contextmanager
def noted_here() -> Generator[list[str]]:
    """Every statement that this process sends to any database, commits included."""
    noted: list[str] = []
    lock = threading.Lock()

    def note(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's
        with lock:
            noted.append(statement)

    def note_commit(_connection: Connection) -> None:
        with lock:
            noted.append("COMMIT")

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "commit", note_commit)
    try:
        yield noted
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        event.remove(Engine, "commit", note_commit)


async def _begin_log(url: str) -> Path:
    """Have PostgreSQL log every statement; where."""
    opened = Database(url)
    try:
        async with opened.read() as connection:
            await connection.execute(text("ALTER SYSTEM SET log_statement = 'all'"))
            await connection.execute(text("SELECT pg_reload_conf()"))
            folder = (await connection.execute(text("SHOW data_directory"))).scalar_one()
    finally:
        await opened.close()
    return Path(folder) / "log"
