"""Each caller has a bucket of its own, all processes share it, and without Redis each process has one."""

import asyncio
import os
import re
import shutil
import signal
import time
from pathlib import Path

import httpx
import pytest

from api.rate_limits.buckets import LocalBuckets, Rate, RedisBuckets
from api.rate_limits.limiter import RateLimiter
from tests.api.service import assert_problem, running_api
from tests.api.specs import digits
from tests.services.keys import NOBODYS, bearer, make_key
from tests.services.redis import RedisServer

SLOW = Rate(per_second=0.01, burst=50)


async def test_a_bucket_gives_what_it_holds_and_fills_at_its_rate(broker_url: str) -> None:
    rate = Rate(per_second=20, burst=10)
    shared = RedisBuckets(broker_url, rate)
    for buckets in (LocalBuckets(rate), shared):
        first = await buckets.take("one", 4, 6)
        assert (first.given, round(first.left)) == (6, 4)
        assert (await buckets.take("one", 1, 3)).given == 3
        assert (await buckets.take("one", 5, 5)).given == 0
        assert (await buckets.take("other", 10, 10)).given == 10
        await asyncio.sleep(0.3)
        refilled = await buckets.take("one", 5, 99)
        assert 6 < refilled.given <= 10
    await shared.close()


async def test_processes_share_a_bucket_and_no_token_is_spent_twice(broker_url: str) -> None:
    limiters = [RateLimiter(SLOW, RedisBuckets(broker_url, SLOW)) for _ in range(3)]
    taken: list[int] = []
    for limiter in limiters:
        verdicts = await asyncio.gather(*(limiter.take("one", 1) for _ in range(40)))
        taken.append(sum(verdict.is_taken for verdict in verdicts))
    assert taken == [40, 10, 0]
    refused = await limiters[0].take("one", 1)
    assert 90 < refused.retry_after_seconds <= 101
    assert (await limiters[0].take("other", 5)).remaining == 45
    for limiter in limiters:
        await limiter.close()


async def test_without_redis_each_process_counts_alone_at_once() -> None:
    limiter = RateLimiter(SLOW, RedisBuckets("redis://127.0.0.1:1/0", SLOW))
    began = time.monotonic()
    verdicts = [await limiter.take("one", 1) for _ in range(60)]
    assert time.monotonic() - began < 0.5
    assert sum(verdict.is_taken for verdict in verdicts) == 50
    await limiter.close()


async def test_a_redis_that_hangs_holds_nobody_up(redis_server: RedisServer, broker_url: str) -> None:
    limiter = RateLimiter(SLOW, RedisBuckets(broker_url, SLOW))
    assert (await limiter.take("one", 1)).is_taken
    os.kill(redis_server.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert (await limiter.take("two", 1)).is_taken
        assert (await limiter.take("three", 1)).is_taken
        assert time.monotonic() - began < 1
    finally:
        os.kill(redis_server.pid, signal.SIGCONT)
    await limiter.close()


@pytest.fixture
def home(tmp_path: Path, sqlite_template: Path) -> Path:
    shutil.copyfile(sqlite_template, tmp_path / "netcoach.db")
    return tmp_path


async def test_a_service_of_two_processes_refuses_what_is_too_much(home: Path, broker_url: str) -> None:
    with running_api(
        home, broker_url=broker_url, api_processes="2", rate_limit_per_second="0.1", rate_limit_burst="40"
    ) as address:
        async with httpx.AsyncClient(base_url=address, headers={"Connection": "close"}) as client:
            first = await client.get("/v1/jobs")
            assert first.headers["RateLimit-Policy"] == '"requests";q=40;w=400'
            assert re.fullmatch(r'"requests";r=39;t=\d+', first.headers["RateLimit"])
            assert (await client.post("/v1/jobs", json=digits())).status_code == 201
            answers = [await client.get("/v1/jobs") for _ in range(40)]
            assert [answer.status_code for answer in answers] == [200] * 34 + [429] * 6
            assert_problem(answers[-1], 429, "rate_limited")
            assert 1 <= int(answers[-1].headers["Retry-After"]) <= 10
            assert answers[-1].headers["RateLimit"].startswith('"requests";r=0;t=')
            assert answers[-1].headers["X-Content-Type-Options"] == "nosniff"
            for path in ("/healthz", "/metrics"):
                free = await client.get(path)
                assert free.status_code == 200
                assert "RateLimit" not in free.headers
            assert "netcoach_http_rate_limited_total 6.0" in free.text


async def test_who_guesses_keys_is_slowed_and_good_keys_from_there_are_not(home: Path, broker_url: str) -> None:
    url = f"sqlite:///{home}/netcoach.db"
    with running_api(
        home, database_url=url, broker_url=broker_url, rate_limit_per_second="0.1", rate_limit_burst="20"
    ) as address:
        key = await make_key(url)
        async with httpx.AsyncClient(base_url=address) as client:
            answers = [await client.get("/v1/jobs", headers=bearer(NOBODYS)) for _ in range(3)]
            answers += [await client.get("/v1/jobs") for _ in range(3)]
            assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 429, 429]
            assert_problem(answers[-1], 429, "rate_limited")
            assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
            assert (await client.get("/v1/jobs", headers=bearer(key))).status_code == 200
            assert (await client.get("/healthz")).status_code == 200
