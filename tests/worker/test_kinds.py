"""Work of an internal kind goes the way of a training, from its insert to its fenced end, and no client sees it.

The kind is the test's own: it is declared in the two tables, carried out by a process without TensorFlow, and its end
is a row of a table of the test's own.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from background.rounds import FIRST_PAUSE_SECONDS
from db.attempts import attempts, endings
from db.attempts.attempts import AttemptRow, Fence
from db.attempts.endings import Ending
from db.connections.engine import Database
from db.errors import AttemptSuperseded, JobNotFound
from db.jobs import jobs, removals, standings
from db.jobs.ends import ENDS
from db.jobs.jobs import JobFilter, NewJob
from db.jobs.rows import JobRow
from db.projects import quotas
from db.queue import claims
from db.queue.places import Places
from db.tables.base import DEFAULT_PROJECT
from db.tables.jobs import Job
from db.tables.webhooks import Delivery
from db.webhooks import webhooks
from db.webhooks.webhooks import NewWebhook
from db.workers import figures, workers
from settings import WorkerSettings
from spec.states import ENDED, JobStatus
from tests.db.scenes import CPU, draft
from worker.supervisor.devices import Seat
from worker.supervisor.kinds import CARRIERS, Carrier
from worker.supervisor.supervisor import Supervisor

COUNT = "count"
COUNTER = Carrier("tests.worker.counting")
SEAT = Seat("cpu", (), 1, 2**30, COUNTER)


async def note_count(connection: AsyncConnection, row: JobRow) -> None:
    """The end of a count, for better or worse."""
    said = await connection.execute(select(Job.results_json).where(Job.id == row.id))
    await connection.execute(
        text("INSERT INTO counts (job_id, status, told) VALUES (:job_id, :status, :told)"),
        {"job_id": row.id, "status": row.status.value, "told": said.scalar_one() or ""},
    )


@pytest.fixture(autouse=True)
async def kind(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    monkeypatch.setitem(CARRIERS, COUNT, COUNTER)
    monkeypatch.setitem(ENDS, COUNT, note_count)
    async with database.write() as connection:
        # A second row for one job would break the key.
        await connection.execute(text("CREATE TABLE counts (job_id VARCHAR(64) PRIMARY KEY, status TEXT, told TEXT)"))


@pytest.fixture
def held(tmp_path: Path) -> Path:
    path = tmp_path / "held"
    path.touch()
    return path


async def insert(database: Database, held: Path, *, is_machine_faulty: bool = False, **fields: object) -> str:
    spec = json.dumps({"numbers": [1, 2, 4], "held_by": str(held), "is_machine_faulty": is_machine_faulty})
    new: NewJob = draft(kind=COUNT, spec_json=spec, dataset="", epochs=1, **fields)
    async with database.write() as connection:
        return (await jobs.create(connection, new)).id


async def counts(database: Database) -> list[tuple[str, str, str]]:
    async with database.read() as connection:
        rows = await connection.execute(text("SELECT job_id, status, told FROM counts ORDER BY job_id"))
        return [(row[0], row[1], row[2]) for row in rows]


async def row_of(database: Database, job_id: str) -> tuple[JobStatus, int, int]:
    async with database.read() as connection:
        found = await connection.execute(select(Job.status, Job.attempt, Job.attempts_counted).where(Job.id == job_id))
        status, attempt, counted = found.one()
        return status, attempt, counted


async def attempts_of(database: Database, job_id: str) -> list[AttemptRow]:
    async with database.read() as connection:
        return (await attempts.list_page(connection, job_id, 100))[::-1]


async def until(is_so: Callable[[], Awaitable[bool]], timeout_seconds: float = 60) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not await is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@asynccontextmanager
async def supervised(
    database_url: str, broker_url: str, home: Path, *, trainer_max_jobs: int = 500
) -> AsyncIterator[None]:
    """A whole supervisor with one slot, which counts."""
    settings = WorkerSettings(
        home=home,
        database_url=SecretStr(database_url),
        broker_url=SecretStr(broker_url),
        reconcile_seconds=0.3,
        lease_seconds=3,
        heartbeat_seconds=0.5,
        poll_seconds=0.2,
        trainer_max_jobs=trainer_max_jobs,
    )
    supervisor = Supervisor(settings, [SEAT])
    running = asyncio.create_task(supervisor.run())
    try:
        yield
    finally:
        supervisor.request_stop()
        await running


def counters() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if COUNTER.module in child.cmdline()]


async def test_from_its_insert_to_its_end_killed_once(
    database: Database, database_url: str, broker_url: str, tmp_path: Path, held: Path
) -> None:
    async with supervised(database_url, broker_url, tmp_path / "home"):
        job_id = await insert(database, held)

        async def runs(attempt: int) -> bool:
            return (await row_of(database, job_id))[:2] == (JobStatus.RUNNING, attempt)

        await until(lambda: runs(1))
        (process,) = counters()
        os.kill(process.pid, signal.SIGKILL)
        await until(lambda: runs(2))
        assert await counts(database) == []
        await asyncio.to_thread(held.unlink)

        async def has_ended() -> bool:
            return (await row_of(database, job_id))[0] in ENDED

        await until(has_ended)
        (counted,) = await counts(database)
        assert counted[:2] == (job_id, "succeeded")
        assert json.loads(counted[2]) == {"count": 7, "kind": COUNT}
        first, second = await attempts_of(database, job_id)
        assert (first.outcome, first.error_code, second.outcome) == ("lost", "worker_lost", "succeeded")
        # A late word of the attempt that was lost, and one that comes twice, write no second end.
        async with database.write() as connection:
            with pytest.raises(AttemptSuperseded):
                await endings.finish(connection, Fence(job_id, 1), Ending(status=JobStatus.FAILED))
            await endings.finish(connection, Fence(job_id, 2), Ending(status=JobStatus.SUCCEEDED))
        assert await counts(database) == [counted]
        async with database.read() as connection:
            (worker,) = await workers.list_all(connection, alive_within_seconds=60)
            measured = [str(row) for row in await connection.execute(text("SELECT * FROM totals"))]
        assert (worker.slots, worker.busy, worker.accelerators) == (0, 0, [])
        assert [row for row in measured if "succeeded" in row or "trainers" in row] == []


async def test_what_failed_for_the_machine_is_not_tried_there_again_at_once(
    database: Database, database_url: str, broker_url: str, tmp_path: Path
) -> None:
    async with supervised(database_url, broker_url, tmp_path / "home"):
        job_id = await insert(database, tmp_path / "free", is_machine_faulty=True)

        async def has_ended() -> bool:
            return (await row_of(database, job_id))[0] in ENDED

        await until(has_ended)
    first, second = await attempts_of(database, job_id)
    assert (first.outcome, second.outcome) == ("lost", "succeeded")
    assert first.ended_at is not None
    # Two attempts in a row would meet the same full disk.
    assert (second.claimed_at - first.ended_at).total_seconds() > 0.8 * FIRST_PAUSE_SECONDS


async def test_a_worn_out_process_is_replaced_between_jobs(
    database: Database, database_url: str, broker_url: str, tmp_path: Path, held: Path
) -> None:
    async with supervised(database_url, broker_url, tmp_path / "home", trainer_max_jobs=2):
        ids = [await insert(database, held) for _ in range(3)]

        async def has_begun() -> bool:
            return (await row_of(database, ids[0]))[0] is JobStatus.RUNNING

        await until(has_begun)
        (first,) = counters()
        await asyncio.to_thread(held.unlink)

        async def have_ended() -> bool:
            return len(await counts(database)) == len(ids)

        await until(have_ended)
        assert {await row_of(database, job_id) for job_id in ids} == {(JobStatus.SUCCEEDED, 1, 1)}
        (second,) = counters()
        assert second.pid != first.pid
        assert not first.is_running()


async def test_cancelled_or_lost_for_good_it_ends_as_its_kind_does(
    database: Database, database_url: str, broker_url: str, tmp_path: Path, held: Path
) -> None:
    queued = await insert(database, held)
    async with database.write() as connection:
        with pytest.raises(JobNotFound):
            await jobs.request_cancel(connection, queued, DEFAULT_PROJECT)
        await jobs.request_cancel(connection, queued, DEFAULT_PROJECT, kind=COUNT)
    assert await counts(database) == [(queued, "cancelled", "")]
    async with supervised(database_url, broker_url, tmp_path / "home"):
        lost = await insert(database, held, max_attempts=1)

        async def is_status(job_id: str, status: JobStatus) -> bool:
            return (await row_of(database, job_id))[0] is status

        await until(lambda: is_status(lost, JobStatus.RUNNING))
        os.kill(counters()[0].pid, signal.SIGKILL)
        await until(lambda: is_status(lost, JobStatus.FAILED))
        slow = await insert(database, held, max_runtime_seconds=1.0)
        await until(lambda: is_status(slow, JobStatus.FAILED))
    assert {job_id: status for job_id, status, _ in await counts(database)} == {
        queued: "cancelled",
        lost: "failed",
        slow: "failed",
    }


async def test_no_client_sees_it(database: Database, held: Path) -> None:
    async with database.write() as connection:
        training = await jobs.create(connection, draft())
        new = NewWebhook(
            id="hook_1",
            project=DEFAULT_PROJECT,
            url="https://a.example/",
            description=None,
            events_json='["job.cancelled"]',
            secret="whsec_a",  # noqa: S106 (nobody's)
        )
        await webhooks.create(connection, new)
    hidden = await insert(database, held, priority=9)
    async with database.read() as connection:
        page = await jobs.list_page(connection, DEFAULT_PROJECT, JobFilter(), 10)
        assert [row.id for row in page] == [training.id]
        assert await jobs.get(connection, hidden, DEFAULT_PROJECT) is None
        assert await jobs.get_with_results(connection, hidden, DEFAULT_PROJECT) is None
        for ask in (jobs.require, jobs.metrics_bytes, standings.require):
            with pytest.raises(JobNotFound):
                await ask(connection, hidden, DEFAULT_PROJECT)
        assert await quotas.load_of(connection, DEFAULT_PROJECT) == quotas.Load(1, 0)
        assert (await figures.queue_figures(connection)).jobs[JobStatus.QUEUED] == 1
        assert await Places(database).of(connection, training) == 1
    async with database.write() as connection:
        for ask in (jobs.request_cancel, jobs.request_pause, jobs.request_resume, removals.delete_job):
            with pytest.raises(JobNotFound):
                await ask(connection, hidden, DEFAULT_PROJECT)
        await jobs.request_cancel(connection, hidden, DEFAULT_PROJECT, kind=COUNT)
        assert (await connection.execute(select(Delivery.id))).all() == []
        await removals.delete_job(connection, hidden, DEFAULT_PROJECT, kind=COUNT)


async def test_neither_takes_the_other_s_slot_nor_its_quota(database: Database, held: Path) -> None:
    async with database.write() as connection:
        trainings = [(await jobs.create(connection, draft())).id for _ in range(2)]
    hidden = [await insert(database, held) for _ in range(2)]

    async def claim(lane: str, slot: int, most_running: int | None) -> str | None:
        async with database.read() as connection:
            is_there = await claims.is_claimable(connection, (lane,), most_running=most_running)
            following = await claims.next_of(connection, (lane,), most_running=most_running)
        async with database.write() as connection:
            found = await claims.claim_next(connection, "worker_1", slot, (lane,), 30, most_running=most_running)
        assert (following, is_there) == (found and found.job_id, found is not None)
        return found and found.job_id

    assert await claim(COUNT, 0, 1) == hidden[0]
    assert await claim(*CPU, 1, 1) == trainings[0]
    # The one that runs is the project's quota of trainings, and none of the other work.
    assert await claim(*CPU, 2, 1) is None
    assert await claim(COUNT, 3, 1) == hidden[1]
    assert await claim(COUNT, 4, 1) is None
    assert await claim(*CPU, 5, None) == trainings[1]
