"""Rows 10, 11, 24, 27: hints repeated and lost, a cancel that races the end, reconcilers that race each other."""

import asyncio
import json
import signal
import sys

import pytest

from broker.publisher import Publisher
from db.attempts import attempts, endings
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.endings import Ending
from db.errors import AttemptSuperseded
from db.jobs import jobs
from db.jobs.jobs import NewJob
from db.queue import claims
from db.tables.base import DEFAULT_PROJECT
from spec.ids import new_id
from spec.states import JobStatus
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.programs import ROOT, Program
from tests.faults.servers import HardRedis
from tests.faults.specs import quick
from tests.faults.stage import HINTED, Stage

_BLOCKING_READ_SECONDS = 1.5
"""A worker that is frozen while it waits for a hint still gets one that comes within the broker's own time-out."""


async def lose_hint(stage: Stage, worker: Program, redis: HardRedis) -> list[str]:
    worker.signal(signal.SIGSTOP)
    await asyncio.sleep(_BLOCKING_READ_SECONDS)
    job_id = await stage.client.insist(quick())
    await stage.wait_published(job_id)
    assert redis.ask("DEL jobs.any jobs.cpu") == b":1\r\n"
    worker.signal(signal.SIGCONT)
    return await judge(stage, letters="L", within_seconds=12)


@pytest.mark.row(11)
@pytest.mark.long
async def test_a_hint_lost_and_nobody_looks(stage: Stage, tally: Tally, hard_redis: HardRedis) -> None:
    # First in this module: the company, once it is there, would take the hint from the same Redis.
    await stage.start_api()
    worker = await stage.start_worker(**HINTED)
    tally.turned_red("poll", await lose_hint(stage, worker, hard_redis), letters="L")


@pytest.mark.row(10)
async def test_a_hint_delivered_ten_times(company: Stage, tally: Tally) -> None:
    publisher = Publisher(company.broker_url)
    try:
        for _ in range(3):
            job_id = await company.client.insist(quick(epochs=30))
            for _ in range(10):
                await asyncio.to_thread(publisher.publish, job_id, "any")
            await company.wait_end(job_id)
            await asyncio.to_thread(publisher.publish, job_id, "any")
            assert (await company.job(job_id)).attempt == 1
            tally.note(await judge(company), tried=10)
    finally:
        publisher.close()


@pytest.mark.row(11)
async def test_a_hint_lost(company: Stage, tally: Tally, hard_redis: HardRedis) -> None:
    tally.note(await lose_hint(company, company.workers[0], hard_redis))


async def claimed(stage: Stage, count: int, *, lease_seconds: float) -> list[Fence]:
    """Jobs that are an imaginary worker's, one epoch trained."""
    fences: list[Fence] = []
    for _ in range(count):
        new = NewJob(
            id=new_id("job"),
            project=DEFAULT_PROJECT,
            name=None,
            spec_json=json.dumps(quick()),
            seed=7,
            dataset="digits",
            epochs=3,
        )
        async with stage.database.write() as connection:
            await jobs.create(connection, new)
            claim = await claims.claim_next(connection, "worker_of_the_test", 0, ["cpu"], lease_seconds)
            assert claim is not None
            fence = Fence(claim.job_id, claim.attempt)
            await attempts.record_started(connection, fence, epochs=3)
            await attempts.record_epochs(connection, fence, [EpochRecord(1, {"loss": 1.0}, 0.1, Progress(0.3, None))])
        fences.append(fence)
    return fences


async def race_cancels(stage: Stage, times: int) -> list[str]:
    """A worker ends a job at the moment at which the API cancels it."""
    won: dict[str, int] = {}

    async def end(fence: Fence) -> None:
        async with stage.database.write() as connection:
            ending = Ending(status=JobStatus.SUCCEEDED, results={"epochs_run": 1})
            try:
                await endings.finish(connection, fence, ending)
            except AttemptSuperseded:
                return

    for fence in await claimed(stage, times, lease_seconds=3600):
        status, _ = await asyncio.gather(stage.client.ask(fence.job_id, "cancel"), end(fence))
        won[str(status)] = won.get(str(status), 0) + 1
    violations = [] if set(won) <= {"200", "202", "409"} else [f"D: cancels were answered {won}"]
    return [*violations, *await judge(stage, letters="D")]


@pytest.mark.row(24)
@pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("times", [100, pytest.param(1000, marks=pytest.mark.long)])
async def test_a_cancel_races_the_end(stage: Stage, tally: Tally, times: int) -> None:
    await stage.start_api(RATE_LIMIT_PER_SECOND="0")
    tally.note(await race_cancels(stage, times), tried=times)


@pytest.mark.row(24)
@pytest.mark.long
async def test_a_cancel_races_the_end_without_a_lock(stage: Stage, tally: Tally) -> None:
    await stage.start_api(rig=("--without", "row-locks"))
    tally.turned_red("row lock", await race_cancels(stage, 300), letters="D")


async def reconcile_at_once(stage: Stage, count: int, *without: str) -> tuple[list[str], bool]:
    """Two processes expire the same leases at once: what is wrong then, and whether each expired some."""
    fences = await claimed(stage, count, lease_seconds=-1)
    script = [sys.executable, "-m", "tests.faults.expiring", stage.database_url, *without]
    processes = [
        await asyncio.create_subprocess_exec(
            *script, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    told = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0]
    expired = [json.loads(out) for out, _ in told]
    violations = [f"D: {count} leases were expired {sum(expired)} times"] if sum(expired) != count else []
    for fence in fences:
        row = await stage.job(fence.job_id)
        if (row.status, row.attempts_counted, row.attempt) != ("queued", 1, 1):
            violations.append(f"D: {row.id}: is {row.status}, attempt {row.attempt}, counted {row.attempts_counted}")
        told_of = await stage.scalar(
            "SELECT count(*) FROM events WHERE job_id = :id AND type = 'job.requeued'", id=fence.job_id
        )
        if told_of != 1:
            violations.append(f"D: {row.id}: was requeued {told_of} times")
    return [*violations, *await judge(stage, letters="DF")], all(expired)


@pytest.mark.row(27)
@pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)
async def test_two_reconcilers(stage: Stage, tally: Tally) -> None:
    violations, have_met = await reconcile_at_once(stage, 300)
    tally.note(violations, tried=300)
    # SQLite has one writer at a time, and one of the two may be done before the other gets its turn.
    assert have_met or stage.database.is_sqlite


@pytest.mark.row(27)
async def test_two_reconcilers_without_locks_and_fence(stage: Stage, tally: Tally) -> None:
    violations, _ = await reconcile_at_once(stage, 300, "row-locks", "fence", "transitions")
    tally.turned_red("row lock, fence and table of states", violations, letters="D F")
