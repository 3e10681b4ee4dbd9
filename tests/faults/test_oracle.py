# ruff: noqa: S608 -- all of it is written here
"""The oracle itself: each letter turns red on a database, or a home, that somebody has tampered with."""

import asyncio
import dataclasses
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import httpx
import pytest

from db.attempts import attempts, endings
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.endings import Ending, NewArtifact
from spec.states import JobStatus
from tests.faults import oracle
from tests.faults.clients import Acknowledged, Client
from tests.faults.conftest import open_stage
from tests.faults.oracle import judge
from tests.faults.servers import HardRedis
from tests.faults.specs import identity, quick
from tests.faults.stage import Stage
from tests.faults.test_races import claimed

LOSS = ('{"loss":1.0}', '{"loss":0.5}', '{"loss":0.25}')


@pytest.fixture(scope="module", params=[pytest.param("sqlite", marks=pytest.mark.long), "postgresql"])
async def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, hard_redis: HardRedis
) -> AsyncIterator[Stage]:
    """A stage with an API, on each database."""
    postgres = None if request.param == "sqlite" else request.getfixturevalue("hard_postgres")
    async with open_stage(tmp_path_factory.mktemp("scene"), hard_redis, postgres) as opened:
        await opened.start_api()
        yield opened


@pytest.fixture
async def stage(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The stage, swept after each test."""
    monkeypatch.setattr(oracle, "_TIDY_SECONDS", 0.0)
    http = scene.client.http
    yield scene
    scene.client = Client(http)
    for folder in ("work", "storage"):
        shutil.rmtree(scene.home / folder, ignore_errors=True)
    for table in ("jobs", "fault_audit"):
        await scene.execute(f"DELETE FROM {table}")


@pytest.fixture
async def ended(stage: Stage) -> str:
    """A job that ended as it should, in its second attempt, and whose epochs are known."""
    (first,) = await claimed(stage, 1, lease_seconds=3600)
    key = f"jobs/{first.job_id}/2/model.keras"
    async with stage.database.write() as connection:
        await endings.hand_back(connection, first, "The test wants it back.")
    await stage.execute("UPDATE jobs SET status = 'running', attempt = 2 WHERE id = :id", id=first.job_id)
    await stage.execute(
        "INSERT INTO attempts (job_id, attempt, worker_id, slot, claimed_at) "
        "SELECT id, 2, 'worker_b', 0, created_at FROM jobs WHERE id = :id",
        id=first.job_id,
    )
    second = Fence(first.job_id, 2)
    model = stage.home / "storage" / key
    model.parent.mkdir(parents=True)
    model.write_bytes(b"model")
    async with stage.database.write() as connection:
        await attempts.record_started(connection, second, epochs=3, from_epoch=1)
        await attempts.record_epochs(
            connection,
            second,
            [
                EpochRecord(2, {"loss": 0.5}, 0.1, Progress(0.6, None)),
                EpochRecord(3, {"loss": 0.25}, 0.1, Progress(1, None)),
            ],
        )
        artifact = NewArtifact("model.keras", key, "application/zip", 5, "0" * 64)
        ending = Ending(status=JobStatus.SUCCEEDED, results={"epochs_run": 3}, artifacts=[artifact])
        await endings.finish(connection, second, ending)
    stage.client.acknowledged[first.job_id] = Acknowledged(first.job_id, "key-1", identity(quick()))
    stage.undisturbed[identity(quick())] = list(LOSS)
    return first.job_id


def sql(statement: str) -> Callable[[Stage, str], Awaitable[None]]:
    """A tampering by one statement."""

    async def tamper(stage: Stage, job_id: str) -> None:
        await stage.execute(statement, id=job_id)

    return tamper


async def leave_a_folder(stage: Stage, job_id: str) -> None:
    (stage.home / "work" / "worker_a" / f"{job_id}-1").mkdir(parents=True)


async def leave_a_file(stage: Stage, job_id: str) -> None:
    path = stage.home / "storage" / "jobs" / job_id / "1" / "model.keras"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"model")


async def leave_a_checkpoint(stage: Stage, job_id: str) -> None:
    path = stage.home / "storage" / "checkpoints" / job_id / "1" / "000000001-000000000.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"checkpoint")


async def lose_the_model(stage: Stage, job_id: str) -> None:
    (stage.home / "storage" / "jobs" / job_id / "2" / "model.keras").unlink()


async def answer_with_500(stage: Stage, _: str) -> None:
    stage.client.strays.append("500: it failed")


async def make_a_twin(stage: Stage, job_id: str) -> None:
    twin = dataclasses.replace(stage.client.acknowledged[job_id], job_id="job_twin")
    stage.client.acknowledged[twin.job_id] = twin


async def lose_sight(stage: Stage, _: str) -> None:
    stage.client = dataclasses.replace(stage.client, http=httpx.AsyncClient(base_url="http://127.0.0.1:1"))


async def overwrite_a_late_epoch(stage: Stage, job_id: str) -> None:
    for attempt in (1, 2):
        await stage.execute(f"UPDATE epochs SET attempt = {attempt} WHERE epoch = 3 AND job_id = :id", id=job_id)


EVENT = "INSERT INTO events (job_id, at, type, data_json) "
AGAIN = EVENT + "SELECT job_id, at, type, data_json FROM events WHERE type = 'job.succeeded' AND job_id = :id"
REQUEUED = EVENT + "SELECT id, created_at, 'job.requeued', '{}' FROM jobs WHERE id = :id"
STARTED_LATE = EVENT + """SELECT id, created_at, 'job.started', '{"attempt": 1}' FROM jobs WHERE id = :id"""
OTHER_LOSS = """UPDATE epochs SET metrics_json = '{"loss": 0.2500001}' WHERE epoch = 3 AND job_id = :id"""
CHECKPOINT = (
    "INSERT INTO checkpoints (job_id, attempt, epoch, step, key, size_bytes, sha256, created_at) "
    "SELECT id, 2, 1, 0, 'key', 1, 'digest', created_at FROM jobs WHERE id = :id"
)

TAMPERINGS: dict[str, tuple[str, Callable[[Stage, str], Awaitable[None]]]] = {
    "a job is lost": ("L", sql("DELETE FROM jobs WHERE id = :id")),
    "a job never ends": ("L", sql("UPDATE jobs SET status = 'queued', ended_at = NULL WHERE id = :id")),
    "an end cannot be seen": ("L", lose_sight),
    "an answer of 500": ("D", answer_with_500),
    "an end is undone": ("D", sql("UPDATE jobs SET status = 'queued' WHERE id = :id")),
    "a result is replaced": ("D", sql("""UPDATE jobs SET results_json = '{"epochs_run": 3}' WHERE id = :id""")),
    "a result is missing": ("D", sql("UPDATE jobs SET results_json = NULL WHERE id = :id")),
    "no final event": ("D", sql("DELETE FROM events WHERE type = 'job.succeeded' AND job_id = :id")),
    "two final events": (
        "D",
        sql(AGAIN),
    ),
    "an event after the end": (
        "D",
        sql(REQUEUED),
    ),
    "two jobs of one key": ("D", make_a_twin),
    "an attempt that never ended": ("D", sql("UPDATE attempts SET outcome = NULL WHERE attempt = 1 AND job_id = :id")),
    "two attempts that ended the job": (
        "D",
        sql("UPDATE attempts SET outcome = 'succeeded' WHERE attempt = 1 AND job_id = :id"),
    ),
    "an attempt is missing": ("F", sql("DELETE FROM attempts WHERE attempt = 1 AND job_id = :id")),
    "a late epoch": ("F", sql("UPDATE epochs SET attempt = 1 WHERE epoch = 3 AND job_id = :id")),
    "a late epoch that is overwritten": ("F", overwrite_a_late_epoch),
    "a late event": (
        "F",
        sql(STARTED_LATE),
    ),
    "a late file": ("F", sql("UPDATE artifacts SET attempt = 1 WHERE job_id = :id")),
    "an attempt that is skipped": ("F", sql("UPDATE jobs SET attempt = 4 WHERE id = :id")),
    "a gap": ("M", sql("DELETE FROM epochs WHERE epoch = 2 AND job_id = :id")),
    "an epoch too few": ("M", sql("DELETE FROM epochs WHERE epoch = 3 AND job_id = :id")),
    "another loss": (
        "M",
        sql(OTHER_LOSS),
    ),
    "a folder is left": ("O", leave_a_folder),
    "a file is left": ("O", leave_a_file),
    "a checkpoint is left": ("O", leave_a_checkpoint),
    "a file is missing": ("O", lose_the_model),
    "a lease is left": ("O", sql("UPDATE jobs SET lease_expires_at = created_at WHERE id = :id")),
    "a checkpoint's row is left": (
        "O",
        sql(CHECKPOINT),
    ),
}


async def test_nothing_is_found_where_nothing_is_wrong(stage: Stage, ended: str) -> None:
    assert (await stage.job(ended)).attempt == 2
    assert await judge(stage, within_seconds=0) == []


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_each_letter_can_turn_red(stage: Stage, ended: str, what: str) -> None:
    letter, tamper = TAMPERINGS[what]
    await tamper(stage, ended)
    found = await judge(stage, within_seconds=0)
    assert letter in {line[0] for line in found}, found


async def test_an_orphan_is_found(stage: Stage) -> None:
    orphan = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(60)", "worker.trainer", cwd=stage.home
    )
    try:
        assert oracle.orphans(stage) == [f"O: trainer {orphan.pid} has no worker"]
    finally:
        with suppress(ProcessLookupError):
            orphan.send_signal(signal.SIGKILL)
        await orphan.wait()
    assert oracle.orphans(stage) == []
