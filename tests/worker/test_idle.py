"""Workers with nothing to do: their loops, without trainers."""

import asyncio
from pathlib import Path

import pytest

from bench.idle import StandIn, idle_workers, noted_here, run_for, writes_in
from db.connections.engine import Database
from db.jobs import jobs
from db.tables.base import DEFAULT_PROJECT
from settings import WorkerSettings
from spec.kinds import READ
from tests.db.scenes import submit
from worker.supervisor import slots
from worker.supervisor.devices import Seat, reading_seats
from worker.supervisor.kinds import READER
from worker.supervisor.supervisor import Supervisor
from worker.supervisor.trainers.process import Trainer
from worker.supervisor.workplace import Workplace

SECONDS = 1.5


def settings(home: Path, url: str, **said: float) -> WorkerSettings:
    known = {"home": home, "database_url": url, "broker_url": f"redis+socket://{home}/none.sock"}
    return WorkerSettings.model_validate({**known, "poll_seconds": 0.2, "reconcile_seconds": 0.2, **said})


async def asked_by(told: WorkerSettings, slots: int) -> list[str]:
    """What one idle worker with so many slots asks of the database in `SECONDS`, from its first heartbeat on."""
    (worker,) = idle_workers(told, workers=1, slots=slots)
    with noted_here() as noted:
        await run_for([worker], SECONDS)
    return noted


async def test_idle_slots_read_and_only_heartbeats_write(tmp_path: Path, database_url: str) -> None:
    told = settings(tmp_path, database_url)
    one, many = await asked_by(told, 1), await asked_by(told, 50)
    for statements in (one, many):
        writes = writes_in(statements)
        # Registered, heard of, and gone; the trainers that started are counted with a heartbeat.
        assert set(writes) <= {"workers", "totals"}
        transactions = sum(statement in {"BEGIN IMMEDIATE", "COMMIT"} for statement in statements)
        assert transactions <= 4 * writes["workers"] + 2
        assert not any("advisory" in statement for statement in statements)
    assert len(many) < 2 * len(one) + 10, "it does not depend on the slots"


async def test_a_seat_that_reads_costs_an_idle_worker_nothing(tmp_path: Path, database_url: str) -> None:
    with_it = await asked_by(settings(tmp_path, database_url), 1)
    without = await asked_by(settings(tmp_path, database_url, reader_memory_bytes=0), 1)
    assert len(with_it) < len(without) + 12, "one look more when it begins, and what a round more or less is"


async def test_a_reader_is_started_with_its_first_file_and_ends_after_a_while(
    tmp_path: Path, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives: list[str] = []

    class Noted(StandIn):
        async def end(self) -> None:
            lives.append("ended")

    async def start(seat: Seat, workplace: Workplace) -> Trainer:
        assert seat.carrier == READER
        assert workplace.settings.reader_memory_bytes == seat.memory_bytes
        lives.append("started")
        return Noted()

    async def no_job(self: slots.Claimant) -> None:
        assert self._seat.carrier == READER
        lives.append("claimed")

    monkeypatch.setattr(slots.Claimant, "claim", no_job)
    monkeypatch.setattr(slots, "_IDLE_SECONDS", 0.5)
    told = settings(tmp_path, database_url)
    worker = Supervisor(told, reading_seats(told), start)
    running = asyncio.create_task(run_for([worker], 20))
    await submit(database)
    await asyncio.sleep(0.5)
    worker.wake()
    await asyncio.sleep(0.5)
    assert lives == [], "a training is nothing for it, nor is word of one"
    reading = await submit(database, kind=READ)
    async with asyncio.timeout(10):
        while "claimed" not in lives:  # noqa: ASYNC110 -- the look is its own
            await asyncio.sleep(0.05)
    assert lives[:2] == ["started", "claimed"]
    assert lives.count("started") == 1
    async with database.write() as connection:
        await jobs.request_cancel(connection, reading.id, DEFAULT_PROJECT, kind=READ)
    async with asyncio.timeout(10):
        while "ended" not in lives:  # noqa: ASYNC110 -- as above
            await asyncio.sleep(0.05)
    worker.request_stop()
    await running


# What it reads to know is shown on both by the tests of claims.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_slot_is_woken_only_where_it_may_have_work(
    tmp_path: Path, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed: list[int] = []

    async def no_job(self: slots.Claimant) -> None:
        claimed.append(self._number)

    monkeypatch.setattr(slots.Claimant, "claim", no_job)
    (worker,) = idle_workers(settings(tmp_path, database_url), workers=1, slots=5)
    running = asyncio.create_task(run_for([worker], 3 * SECONDS))
    await asyncio.sleep(SECONDS)
    assert claimed == []
    worker.wake()
    await asyncio.sleep(0.2)
    assert claimed == [0], "a hint wakes one"
    await submit(database, accelerator="gpu")
    await asyncio.sleep(1)
    assert claimed == [0], "there is none that it may run"
    await submit(database)
    async with asyncio.timeout(SECONDS):
        while len(claimed) < 2:  # noqa: ASYNC110 -- the look is its own
            await asyncio.sleep(0.05)
    worker.request_stop()
    await running
