"""Rows 17 to 21: what befalls the database."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.conftest import seed
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.proxy import Proxy
from tests.faults.servers import HardPostgres
from tests.faults.specs import quick, steady
from tests.faults.stage import Stage

_BOUND_SECONDS = 10.0
"""A request that cannot be served because of the database is refused within this time."""
_EPOCHS = 20
_COMMIT = b"COMMIT;"
"""As it is sent; a transaction that begins as READ COMMITTED is none."""


@contextlib.asynccontextmanager
async def load(stage: Stage, specs: list[dict[str, Any]], *, each_second: float) -> AsyncIterator[None]:
    """Jobs are posted meanwhile, each with a key, until it is acknowledged."""

    async def pour() -> None:
        async with asyncio.TaskGroup() as group:
            number = 0
            while not is_enough.is_set():
                group.create_task(stage.client.insist(specs[number % len(specs)], timeout_seconds=90))
                number += 1
                await asyncio.sleep(1 / each_second)

    is_enough = asyncio.Event()
    pouring = asyncio.create_task(pour())
    try:
        yield
    finally:
        is_enough.set()
        await pouring


@pytest.mark.row(17)
@pytest.mark.long
async def test_postgresql_killed_under_load(
    stage: Stage, tally: Tally, rng: random.Random, hard_postgres: HardPostgres
) -> None:
    await stage.start_api()
    await stage.start_workers(2, TRAINER_THREADS="1")
    specs = [quick(rng.randrange(1000), epochs=20), steady(rng.randrange(1000), epochs=6)]
    for spec in specs:
        await stage.learn(spec)
    for _ in range(4):
        async with load(stage, specs, each_second=1.5):
            await asyncio.sleep(2 + rng.random())
            await asyncio.to_thread(hard_postgres.crash)
            await asyncio.sleep(rng.random() * 2)
            await asyncio.to_thread(hard_postgres.start)
            await asyncio.sleep(2)
        tally.note(await judge(stage, within_seconds=120))
    tally.measured(f"{len(stage.client.acknowledged)} jobs")


@pytest.mark.row(18)
@pytest.mark.long
async def test_postgresql_away_for_longer_than_a_lease(stage: Stage, tally: Tally, hard_postgres: HardPostgres) -> None:
    await stage.start_api()
    await stage.start_workers(2, TRAINER_THREADS="1")
    spec = steady(seed(), epochs=_EPOCHS)
    await stage.learn(spec)
    for away_seconds in (6, 9):
        job_ids = [await stage.client.insist(spec) for _ in range(2)]
        for job_id in job_ids:
            await stage.wait(job_id, lambda job: job.epoch >= 3)
        await asyncio.to_thread(hard_postgres.halt)
        await asyncio.sleep(away_seconds)
        await asyncio.to_thread(hard_postgres.start)
        tally.note(await judge(stage, within_seconds=120))


@contextlib.contextmanager
def postgres_behind_proxy(stage: Stage, postgres: HardPostgres, folder: Path) -> Iterator[Proxy]:
    """The programs that are started meanwhile reach the database through a proxy; the oracle does not."""
    name = ".s.PGSQL.5432"
    direct = stage.database_url
    with Proxy(str(postgres.folder / name), folder / name) as proxy:
        stage.database_url = direct.replace(str(postgres.folder), str(folder))
        try:
            yield proxy
        finally:
            stage.database_url = direct


async def cut_commits(stage: Stage, proxy: Proxy, tries: int) -> list[str]:
    """Each POST's COMMIT meets a cut, before or after the database gets it; the client sends it again."""
    violations: list[str] = []
    committed = 0
    for number in range(tries):
        proxy.cut_on(_COMMIT, is_passed_on=bool(number % 2))
        key = stage.client.new_key()
        answer = await stage.client.post(quick(), key)
        if answer is None or answer.status_code not in {201, 503}:
            violations.append(f"P: {key}: was answered {answer}")
        is_there = bool(await stage.jobs_of(key))
        if answer is not None and is_there != (answer.status_code == httpx.codes.CREATED):
            violations.append(f"P: {key}: was answered {answer.status_code}; a job is there: {is_there}")
        committed += is_there
        await stage.client.insist(quick(), key)
    # Another transaction's COMMIT may have come first, now and then.
    assert proxy.cuts == tries
    assert 0 < committed < tries
    return [*violations, *await judge(stage, letters="D")]


@pytest.mark.row(19)
@pytest.mark.long
async def test_the_connection_is_cut_in_the_commit_of_a_post(
    stage: Stage, tally: Tally, hard_postgres: HardPostgres, tmp_path: Path
) -> None:
    with postgres_behind_proxy(stage, hard_postgres, tmp_path) as proxy:
        await stage.start_api()
        tally.note(await cut_commits(stage, proxy, 12), tried=12)
        await stage.stop_programs()


@pytest.mark.row(19)
@pytest.mark.long
async def test_the_connection_is_cut_and_nobody_reads_back(
    stage: Stage, tally: Tally, hard_postgres: HardPostgres, tmp_path: Path
) -> None:
    with postgres_behind_proxy(stage, hard_postgres, tmp_path) as proxy:
        await stage.start_api(rig=("--without", "read-back"))
        tally.turned_red("reading back", await cut_commits(stage, proxy, 6), letters="P")
        await stage.stop_programs()


@pytest.mark.row(19)
@pytest.mark.long
async def test_the_connection_is_cut_in_commits_of_a_worker(
    stage: Stage, tally: Tally, rng: random.Random, hard_postgres: HardPostgres, tmp_path: Path
) -> None:
    await stage.start_api()
    spec = quick(seed(), epochs=60)
    with postgres_behind_proxy(stage, hard_postgres, tmp_path) as proxy:
        await stage.start_worker()
        await stage.learn(spec)
        for number in range(12):
            job_id = await stage.client.insist(spec)
            if number % 3:
                await stage.wait(job_id, lambda job: job.epoch > 0)
            proxy.cut_on(_COMMIT, is_passed_on=bool(number % 2), times=rng.randrange(1, 4))
            tally.note(await judge(stage))
            assert (await stage.job(job_id)).attempt == 1, "an attempt was lost with the connection"
        await stage.stop_programs()


@pytest.mark.row(20)
@pytest.mark.parametrize(("letters", "times"), [("D", 5), pytest.param("LD", 12, marks=pytest.mark.long)])
async def test_connections_terminated(
    stage: Stage, tally: Tally, hard_postgres: HardPostgres, letters: str, times: int
) -> None:
    await stage.start_api()
    if "L" in letters:
        await stage.start_worker()
    terminated = 0
    async with load(stage, [quick()], each_second=8):
        for _ in range(times):
            await asyncio.sleep(0.25)
            terminated += await asyncio.to_thread(hard_postgres.terminate_backends)
    assert terminated
    tally.note(await judge(stage, letters=letters), tried=terminated)
    tally.measured(f"{terminated} connections, answers {stage.client.answers}")


@pytest.mark.row(20)
@pytest.mark.long
async def test_the_pool_is_exhausted(stage: Stage, tally: Tally, hard_postgres: HardPostgres) -> None:
    await stage.start_api()
    hold = f"BEGIN; LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({_BOUND_SECONDS + 5}); COMMIT"
    holding = asyncio.create_task(asyncio.to_thread(hard_postgres.execute, hold, stage.database_name))
    await asyncio.sleep(1)
    answers = await asyncio.gather(*(stage.client.post(quick()) for _ in range(40)))
    statuses = {0 if answer is None else answer.status_code for answer in answers}
    violations = [] if statuses == {503} else [f"P: POSTs that could not be served were answered {statuses}"]
    slowest_seconds = max(stage.client.latencies_seconds)
    if slowest_seconds > _BOUND_SECONDS:
        violations.append(f"P: one was answered after {slowest_seconds:.1f} s")
    tally.measured(f"refused within {slowest_seconds:.1f} s")
    await holding
    await stage.client.insist(quick())
    await stage.start_worker()
    tally.note([*violations, *await judge(stage, letters="LD")], tried=40)


_REFUSED = ("the database does not answer", "leases cannot be renewed", "no job can be claimed", "nothing can be rec")


async def write_at_once(stage: Stage, spec: dict[str, Any], count: int) -> list[str]:
    """Four clients post while workers train; no writer may be refused."""

    async def post() -> None:
        for _ in range(count // 4):
            await stage.client.post(spec)

    await asyncio.gather(*(post() for _ in range(4)))
    violations = [
        f"P: {times} POSTs were answered {status}"
        for status, times in stage.client.answers.items()
        if status != httpx.codes.CREATED
    ]
    violations += await judge(stage, within_seconds=240)
    for program in stage.programs:
        text = program.log.read_text()
        violations += [
            f"P: {program.name}: {line}" for line in text.splitlines() if any(word in line for word in _REFUSED)
        ]
    return violations


@pytest.mark.row(21)
@pytest.mark.long
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
async def test_sqlite_with_four_writers(stage: Stage, tally: Tally) -> None:
    await stage.start_api(API_PROCESSES="2")
    await stage.start_workers(2, TRAINER_THREADS="1", LEASE_SECONDS="30")
    spec = quick(seed(), epochs=10)
    await stage.learn(spec)
    tally.note(await write_at_once(stage, spec, 200), tried=200)


@pytest.mark.row(21)
@pytest.mark.long
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
async def test_sqlite_without_immediate_transactions(stage: Stage, tally: Tally) -> None:
    rig = ("--without", "immediate")
    await stage.start_api(rig=rig)
    await stage.start_workers(2, rig=rig, TRAINER_THREADS="1", LEASE_SECONDS="30")
    violations = await write_at_once(stage, quick(seed(), epochs=10), 60)
    tally.turned_red("immediate transaction", violations, letters="L D F M P")
