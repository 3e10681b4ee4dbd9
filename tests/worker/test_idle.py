"""Workers with nothing to do: their loops, without trainers."""

import asyncio
from pathlib import Path

import pytest

from bench.idle import idle_workers, noted_here, run_for, writes_in
from db.connections.engine import Database
from settings import WorkerSettings
from tests.db.scenes import submit
from worker.supervisor import slots

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
