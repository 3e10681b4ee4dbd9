"""Rows 5 to 9: what befalls Redis. Workers hear of jobs by hints and the reconciler alone: they poll once a minute."""

import asyncio
import random
import time

import pytest

from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.proxy import Proxy
from tests.faults.servers import HardRedis
from tests.faults.specs import quick
from tests.faults.stage import HINTED, Stage

SETTINGS = HINTED
_FROZEN_SECONDS = 60.0
_SLOWEST_SECONDS = 1.0
"""99 of 100 POSTs are answered within this time while the broker is frozen."""
_BACK_SECONDS = 90.0


@pytest.mark.row(5)
@pytest.mark.long
async def test_redis_killed_and_restarted_empty(company: Stage, tally: Tally, hard_redis: HardRedis) -> None:
    for _ in range(2):
        for _ in range(5):
            await company.client.insist(quick())
        await asyncio.to_thread(hard_redis.crash)
        try:
            for _ in range(5):
                await company.client.insist(quick())
        finally:
            await asyncio.to_thread(hard_redis.start)
        tally.note(await judge(company, letters="LD", within_seconds=_BACK_SECONDS))


@pytest.mark.row(5)
@pytest.mark.long
async def test_redis_killed_and_nobody_reconciles(stage: Stage, tally: Tally, hard_redis: HardRedis) -> None:
    api = await stage.start_api()
    await stage.start_worker(rig=("--without", "reconciler"), **HINTED)
    await stage.wait_end(await stage.client.insist(quick()))  # past the slot's first look, which needs no hint
    await asyncio.to_thread(hard_redis.crash)
    try:
        await stage.client.insist(quick())
        await stage.wait_said(api, "hints are left to the reconciler")
    finally:
        await asyncio.to_thread(hard_redis.start)
    tally.turned_red("reconciler", await judge(stage, letters="L", within_seconds=15), letters="L")


async def post_while_frozen(stage: Stage, redis: HardRedis, seconds: float) -> list[str]:
    """Three POSTs a second to a service whose broker says nothing."""
    stage.client.latencies_seconds.clear()
    redis.freeze()
    try:
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            while time.monotonic() < until:
                group.create_task(stage.client.post(quick()))
                await asyncio.sleep(0.33)
    finally:
        redis.thaw()
    found = [f"P: {times} POSTs: {status}" for status, times in stage.client.answers.items() if status != 201]
    slowest_seconds = stage.client.percentile_seconds(0.99)
    if slowest_seconds > _SLOWEST_SECONDS:
        found.append(f"P: the 99th percentile of POSTs is {slowest_seconds:.2f} s")
    return found


@pytest.mark.row(6)
@pytest.mark.long
async def test_redis_frozen_for_a_minute(stage: Stage, tally: Tally, hard_redis: HardRedis) -> None:
    await stage.start_api()
    await stage.start_worker(**HINTED)
    violations = await post_while_frozen(stage, hard_redis, _FROZEN_SECONDS)
    tally.measured(
        f"{len(stage.client.latencies_seconds)} POSTs, 99th percentile "
        f"{stage.client.percentile_seconds(0.99) * 1000:.0f} ms"
    )
    tally.note([*violations, *await judge(stage, letters="LD", within_seconds=400)])


@pytest.mark.row(7)
@pytest.mark.long
async def test_redis_restarted_again_and_again(
    company: Stage, tally: Tally, rng: random.Random, hard_redis: HardRedis
) -> None:
    slowest_seconds = 0.0
    for _ in range(20):
        for _ in range(3):
            await company.client.insist(quick())
        await asyncio.to_thread(hard_redis.crash)
        await asyncio.sleep(rng.random())
        await asyncio.to_thread(hard_redis.start)
        began_at = time.monotonic()
        probe = await company.client.insist(quick())
        await company.wait_end(probe, _BACK_SECONDS)
        slowest_seconds = max(slowest_seconds, time.monotonic() - began_at)
        tally.note(await judge(company, letters="LD"))
    tally.measured(f"slowest probe {slowest_seconds:.1f} s")


async def go_half_open(stage: Stage, proxy: Proxy) -> float:
    """All connections to the broker turn to holes; seconds until a hint brings a job to a worker again."""
    proxy.swallow()
    began_at = time.monotonic()
    while time.monotonic() < began_at + _BACK_SECONDS:
        # A hint into the hole is lost to its worker; one after another is sent until one arrives.
        job_id = await stage.client.insist(quick())
        await stage.wait_published(job_id, _BACK_SECONDS)
        asked_at = time.monotonic()
        while time.monotonic() < asked_at + 2:
            if (await stage.job(job_id)).status != "queued":
                return time.monotonic() - began_at
            await asyncio.sleep(0.05)
    return float("inf")


@pytest.mark.row(8)
@pytest.mark.long
async def test_half_open_connections(stage: Stage, tally: Tally, hard_redis: HardRedis) -> None:
    slowest_seconds = 0.0
    with Proxy(str(hard_redis.socket_path)) as proxy:
        stage.broker_url = f"redis://127.0.0.1:{proxy.port}/0"
        await stage.start_api()
        await stage.start_worker(**HINTED)
        for _ in range(3):
            await stage.wait_end(await stage.client.insist(quick()))
            slowest_seconds = max(slowest_seconds, await go_half_open(stage, proxy))
            late = [f"P: no hint arrived within {_BACK_SECONDS} s"] if slowest_seconds > _BACK_SECONDS else []
            tally.note([*late, *await judge(stage, letters="LD")])
        await stage.stop_programs()
    tally.measured(f"back within {slowest_seconds:.0f} s")


@pytest.mark.row(8)
@pytest.mark.long
async def test_half_open_connections_without_a_time_out(stage: Stage, tally: Tally, hard_redis: HardRedis) -> None:
    with Proxy(str(hard_redis.socket_path)) as proxy:
        stage.broker_url = f"redis://127.0.0.1:{proxy.port}/0"
        rig = ("--without", "socket-timeout", "--without", "reconciler")
        await stage.start_api(rig=rig)
        await stage.start_worker(rig=rig, **HINTED)
        await stage.wait_end(await stage.client.insist(quick()))
        proxy.swallow()
        await stage.client.insist(quick())
        tally.turned_red("socket time-outs", await judge(stage, letters="L", within_seconds=40), letters="L")
        await stage.stop_programs()


@pytest.mark.row(9)
@pytest.mark.long
async def test_redis_out_of_memory(company: Stage, tally: Tally, hard_redis: HardRedis) -> None:
    assert hard_redis.ask("CONFIG SET maxmemory-policy noeviction") == b"+OK\r\n"
    for _ in range(2):
        assert hard_redis.ask("CONFIG SET maxmemory 1") == b"+OK\r\n"
        try:
            posts = [await company.client.post(quick()) for _ in range(10)]
            assert hard_redis.ask("SET a b").startswith(b"-OOM")
        finally:
            assert hard_redis.ask("CONFIG SET maxmemory 0") == b"+OK\r\n"
        refused = [f"P: a POST was answered {post}" for post in posts if post is None or post.status_code != 201]
        tally.note([*refused, *await judge(company, letters="LD")])
