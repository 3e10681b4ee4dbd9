"""Rows 1 to 4: a POST whose answer never comes, and what the same key gives when it is sent again."""

import asyncio
from collections import Counter

import httpx
import pytest

from tests.faults import failpoints
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.proxy import Proxy
from tests.faults.specs import quick
from tests.faults.stage import HINTED, Stage

SETTINGS = HINTED


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


async def post_at_once(stage: Stage) -> list[str]:
    key = stage.client.new_key()
    answers = await asyncio.gather(*(stage.client.post(quick(), key) for _ in range(50)))
    statuses = Counter(0 if answer is None else answer.status_code for answer in answers)
    violations = [] if statuses[201] and set(statuses) <= {201, 409} else [f"D: {key}: was answered {statuses}"]
    await stage.client.insist(quick(), key)
    return [*violations, *await judge(stage, letters="D")]


@pytest.mark.row(4)
@pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)
async def test_fifty_posts_with_one_key(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    for _ in range(3):
        tally.note(await post_at_once(stage))


@pytest.mark.row(4)
@pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)
async def test_fifty_posts_with_a_key_that_says_nothing(stage: Stage, tally: Tally) -> None:
    await stage.start_api(rig=("--without", "idempotency"))
    tally.turned_red("idempotency keys", await post_at_once(stage), letters="D")
