"""Large bodies are checked beside the event loop, in turns between projects, and their time is paid for."""

import asyncio
import re
import threading
from pathlib import Path

import httpx
import pytest

from api.answers.errors import RateLimited
from api.rate_limits.buckets import LocalBuckets, Rate, RedisBuckets
from api.rate_limits.limiter import RateLimiter
from api.requests.large_checks import AT_ONCE, MOST_WAITING, LargeChecks
from tests.api.service import Service, assert_problem, running_api
from tests.api.specs import digits

LARGE = {"network": {"layers": [{"type": "Dense", "units": 3}] * 1000}, "input_shape": [4]}


async def test_a_project_s_checks_run_one_at_a_time_and_others_do_not_wait_for_all_of_them() -> None:
    checks = LargeChecks()
    ended: list[str] = []
    running: list[str] = []
    most: list[int] = []
    turns = threading.Semaphore(0)

    def work(name: str) -> None:
        running.append(name)
        most.append(sum(one == name for one in running))
        turns.acquire(timeout=30)
        running.remove(name)
        ended.append(name)

    greedy = [asyncio.create_task(checks.run("greedy", lambda: work("greedy"))) for _ in range(10)]
    await asyncio.sleep(0)
    others = [asyncio.create_task(checks.run(name, lambda name=name: work(name))) for name in ("two", "three", "four")]
    await asyncio.sleep(0.05)
    assert len(running) == AT_ONCE
    tasks = [*greedy, *others]
    while not all(other.done() for other in others):
        # One at a time, so that no check depends on how fast a thread comes to its turn, or goes.
        ended_before = sum(task.done() for task in tasks)
        turns.release()
        while sum(task.done() for task in tasks) == ended_before:
            await asyncio.to_thread(lambda: None)
    assert ended.count("greedy") < 8
    turns.release(len(greedy))
    await asyncio.gather(*greedy)
    assert max(most) == 1
    await checks.close()


async def test_what_waits_is_bounded_and_what_nobody_waits_for_any_more_is_not_begun() -> None:
    checks = LargeChecks()
    gate = threading.Event()
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        gate.wait(30)
        if number == 2:
            raise ValueError("as the work raises it")
        return number

    tasks = [asyncio.create_task(checks.run("one", lambda n=n: work(n))) for n in range(MOST_WAITING + 1)]
    await asyncio.sleep(0.05)
    with pytest.raises(RateLimited):
        await checks.run("one", lambda: work(-1))
    tasks[1].cancel()
    gate.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[0] == 0
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert isinstance(outcomes[2], ValueError)
    assert outcomes[3:] == list(range(3, MOST_WAITING + 1))
    assert 1 not in begun
    assert await checks.run("one", lambda: 7) == 7
    await checks.close()


async def test_the_service_answers_others_while_it_checks_large_bodies(service: Service) -> None:
    client = service.client
    large = [asyncio.create_task(client.post("/v1/networks/inspect", json=LARGE)) for _ in range(6)]
    answered = 0
    while not all(task.done() for task in large):
        assert (await client.get("/healthz")).status_code == 200
        answered += 1
    assert {task.result().status_code for task in large} == {200}
    assert answered > 2 * len(large)


async def test_the_service_answers_others_while_the_coach_looks_at_sick_jobs(service: Service) -> None:
    client = service.client
    hidden = [{"type": "Dense", "units": 4, "kernel_initializer": "zeros"}] * 80
    sick = digits(network={"layers": [{"type": "Flatten"}, *hidden, {"type": "Dense", "units": 10}]})
    sick["training"] |= {"optimizer": {"type": "SGD", "learning_rate": 10}}
    inspected = {name: sick[name] for name in ("dataset", "network", "training")}
    usual = (await client.post("/v1/jobs", json=digits())).json()
    derived = {
        "patch": [{"op": "replace", "path": f"/{name}", "value": sick[name]} for name in ("network", "training")]
    }
    for path, body in (
        ("/v1/jobs?dry_run=true", sick),
        ("/v1/networks/inspect", inspected),
        (f"/v1/jobs/{usual['id']}/derive?dry_run=true", derived),
    ):
        coached = [asyncio.create_task(client.post(path, json=body)) for _ in range(6)]
        answered = 0
        while not all(task.done() for task in coached):
            assert (await client.get("/healthz")).status_code == 200
            answered += 1
        assert {task.result().status_code for task in coached} == {200}
        assert all(len(task.result().json()["findings"]) > 1 for task in coached)
        assert answered > 2 * len(coached)


async def test_a_bucket_may_come_to_owe_as_much_as_it_holds(broker_url: str) -> None:
    rate = Rate(per_second=0.01, burst=10)
    shared = RedisBuckets(broker_url, rate)
    for buckets in (LocalBuckets(rate), shared):
        assert round((await buckets.charge("one", 4)).left) == 6
        assert round((await buckets.charge("one", 8)).left) == -2
        assert round((await buckets.charge("one", 100)).left) == -10
        assert (await buckets.take("one", 1, 1)).given == 0
    limiter = RateLimiter(rate, shared)
    assert (await limiter.take("two", 5)).is_taken
    assert await limiter.charge("two", 12) == 0
    refused = await limiter.take("two", 1)
    assert not refused.is_taken
    assert 700 < refused.retry_after_seconds <= 801
    await limiter.close()


async def test_a_slow_check_is_charged_for_and_a_usual_one_is_not(tmp_path: Path) -> None:
    with running_api(tmp_path, rate_limit_per_second="0.01", rate_limit_burst="1000") as address:
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:

            async def left_after(path: str, body: object) -> int:
                answer = await client.post(path, json=body)
                (left,) = re.findall(r"r=(\d+)", answer.headers["RateLimit"])
                return int(left)

            await left_after("/v1/jobs?dry_run=true", digits())
            first = await left_after("/v1/jobs?dry_run=true", digits())
            usual = await left_after("/v1/jobs?dry_run=true", digits())
            assert usual == first - 5
            assert await left_after("/v1/networks/inspect", LARGE) < usual - 10


@pytest.mark.parametrize("count", [17, 300])
async def test_there_are_no_more_filters_than_a_job_has_pairs(service: Service, count: int) -> None:
    answer = await service.client.get("/v1/jobs", params={f"metadata[k{number}]": "v" for number in range(count)})
    (fault,) = assert_problem(answer, 422, "invalid_query")["errors"]
    assert (fault["parameter"], fault["code"]) == ("metadata", "too_many")
    sixteen = {f"metadata[k{number}]": "v" for number in range(16)}
    assert (await service.client.get("/v1/jobs", params=sixteen)).status_code == 200


async def test_of_a_query_with_many_faults_a_hundred_are_told(service: Service) -> None:
    answer = await service.client.get("/v1/jobs", params={f"p{number}": "v" for number in range(450)})
    assert len(assert_problem(answer, 422, "invalid_query")["errors"]) == 100
