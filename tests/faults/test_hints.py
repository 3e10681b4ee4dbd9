"""Rows 1 to 3, 10, 11: answers that never come and what the same key gives then, hints repeated and lost."""

import asyncio
import signal

import httpx
import pytest

from broker.publisher import Publisher
from tests.faults import failpoints
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.programs import Program
from tests.faults.proxy import Proxy
from tests.faults.servers import HardRedis
from tests.faults.specs import quick
from tests.faults.stage import HINTED, Stage

SETTINGS = HINTED
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


@pytest.mark.row(11)
@pytest.mark.long
async def test_a_hint_lost(stage: Stage, tally: Tally, hard_redis: HardRedis) -> None:
    await stage.start_api()
    tally.note(await lose_hint(stage, await stage.start_worker(), hard_redis))


@pytest.mark.row(10)
@pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.long)])
async def test_a_hint_delivered_ten_times(company: Stage, tally: Tally, times: int) -> None:
    publisher = Publisher(company.broker_url)
    try:
        for _ in range(times):
            job_id = await company.client.insist(quick(epochs=30))
            for _ in range(10):
                await asyncio.to_thread(publisher.publish, job_id, "any")
            await company.wait_end(job_id)
            await asyncio.to_thread(publisher.publish, job_id, "any")
            assert (await company.job(job_id)).attempt == 1
            tally.note(await judge(company), tried=10)
    finally:
        publisher.close()


async def post_and_die(stage: Stage, point: str) -> str:
    """A POST that kills the API at this point; its key."""
    (api,) = [program for program in stage.programs if program.name == "api" and program.is_running]
    key = stage.client.new_key()
    failpoints.arm(stage.arms, point)
    answer = await stage.client.post(quick(), key)
    assert answer is None
    assert await asyncio.to_thread(api.process.wait, 10) == failpoints.EXIT_CODE
    return key


async def die_after_commit(stage: Stage) -> list[str]:
    key = await post_and_die(stage, "after commit")
    (job_id,) = await stage.jobs_of(key)
    for _ in range(300):
        if (await stage.job(job_id)).ended_at is not None:
            break
        await asyncio.sleep(0.05)
    else:
        return [f"L: {job_id}: nobody was told of it"]
    await stage.start_api(rig=stage.armed)
    again = await stage.client.insist(quick(), key)
    violations = [] if again == job_id else [f"D: {key}: made {job_id}, and again {again}"]
    return [*violations, *await judge(stage, letters="LD")]


@pytest.mark.row(1)
async def test_the_api_dies_after_the_commit(company: Stage, tally: Tally) -> None:
    tally.note(await die_after_commit(company))


@pytest.mark.row(1)
@pytest.mark.long
async def test_the_api_dies_after_the_commit_and_nobody_reconciles(stage: Stage, tally: Tally) -> None:
    await stage.start_api(rig=stage.armed)
    await stage.start_worker(rig=("--without", "reconciler"), **HINTED)
    tally.turned_red("reconciler", await die_after_commit(stage), letters="L")


@pytest.mark.row(2)
async def test_the_api_dies_before_the_commit(company: Stage, tally: Tally) -> None:
    key = await post_and_die(company, "before commit")
    assert await company.jobs_of(key) == []
    await company.start_api(rig=company.armed)
    await company.client.insist(quick(), key)
    tally.note(await judge(company, letters="LD"))


async def lose_answers(stage: Stage, tries: int) -> list[str]:
    """Each answer is cut somewhere, and the client sends its POST again."""
    with Proxy(("127.0.0.1", stage.port)) as proxy:
        for number in range(tries):
            key = stage.client.new_key()
            proxy.answer_bytes = number * 40
            # A connection of its own: what is cut is cut for good.
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{proxy.port}", headers=stage.client.http.headers
            ) as http:
                await stage.client.post(quick(), key, http=http)
            await stage.client.insist(quick(), key)
        assert proxy.cuts
    return await judge(stage, letters="LD")


@pytest.mark.row(3)
async def test_answers_are_lost(company: Stage, tally: Tally) -> None:
    tally.note(await lose_answers(company, 10), tried=10)


@pytest.mark.row(3)
@pytest.mark.long
async def test_answers_are_lost_and_keys_say_nothing(stage: Stage, tally: Tally) -> None:
    await stage.start_api(rig=("--without", "idempotency"))
    await stage.start_worker()
    tally.turned_red("idempotency keys", await lose_answers(stage, 3), letters="D")
