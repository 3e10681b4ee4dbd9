"""Rows 4, 24, 27: many POSTs with one key, a cancel that races the end, reconcilers that race each other."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator

import pytest

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
from tests.faults.conftest import open_stage
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.programs import ROOT
from tests.faults.servers import HardRedis
from tests.faults.specs import quick
from tests.faults.stage import Stage

SQLITE_TOO = pytest.param("sqlite", marks=pytest.mark.long)
POSTGRESQL_TOO = pytest.param("postgresql", marks=pytest.mark.long)


@pytest.fixture(scope="module", params=[SQLITE_TOO, "postgresql"])
async def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, hard_redis: HardRedis
) -> AsyncIterator[Stage]:
    """A stage with an API, which tests of this module share."""
    postgres = None if request.param == "sqlite" else request.getfixturevalue("hard_postgres")
    async with open_stage(tmp_path_factory.mktemp("office"), hard_redis, postgres) as opened:
        await opened.start_api(RATE_LIMIT_PER_SECOND="0")
        yield opened


async def post_at_once(stage: Stage) -> list[str]:
    key = stage.client.new_key()
    answers = await asyncio.gather(*(stage.client.post(quick(), key) for _ in range(50)))
    statuses = Counter(0 if answer is None else answer.status_code for answer in answers)
    violations = [] if statuses[201] and set(statuses) <= {201, 409} else [f"D: {key}: was answered {statuses}"]
    await stage.client.insist(quick(), key)
    return [*violations, *await judge(stage, letters="D")]


@pytest.mark.row(4)
async def test_fifty_posts_with_one_key(office: Stage, tally: Tally) -> None:
    for _ in range(3):
        tally.note(await post_at_once(office))


@pytest.mark.row(4)
@pytest.mark.parametrize("stage", ["sqlite", POSTGRESQL_TOO], indirect=True)
async def test_fifty_posts_with_a_key_that_says_nothing(stage: Stage, tally: Tally) -> None:
    await stage.start_api(rig=("--without", "idempotency"))
    tally.turned_red("idempotency keys", await post_at_once(stage), letters="D")


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
@pytest.mark.parametrize("times", [100, pytest.param(1000, marks=pytest.mark.long)])
async def test_a_cancel_races_the_end(office: Stage, tally: Tally, times: int) -> None:
    tally.note(await race_cancels(office, times), tried=times)


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
@pytest.mark.parametrize("stage", [SQLITE_TOO, "postgresql"], indirect=True)
async def test_two_reconcilers(stage: Stage, tally: Tally) -> None:
    violations, have_met = await reconcile_at_once(stage, 300)
    tally.note(violations, tried=300)
    # SQLite has one writer at a time, and one of the two may be done before the other gets its turn.
    assert have_met or stage.database.is_sqlite


@pytest.mark.row(27)
@pytest.mark.long
async def test_two_reconcilers_without_locks_and_fence(stage: Stage, tally: Tally) -> None:
    violations, _ = await reconcile_at_once(stage, 300, "row-locks", "fence", "transitions")
    tally.turned_red("row lock, fence and table of states", violations, letters="D F")
