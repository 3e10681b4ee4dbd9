"""Answers that wait for a job, and what wakes them."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Progress
from tests.api.service import Service, assert_problem
from tests.api.specs import digits
from tests.db.scenes import in_write, submit

SOON_SECONDS = 1.5
"""Far more than a watcher needs on a machine that has other work too, and far less than the waits below."""
LONG = {"wait_seconds": "20"}


async def make(service: Service, **changes: object) -> str:
    answer = await service.client.post("/v1/jobs", json=digits(**changes))
    return answer.json()["id"]


class Waiting:
    """A request under way."""

    def __init__(self, answering: asyncio.Task[httpx.Response]) -> None:
        self._answering = answering

    @property
    def is_over(self) -> bool:
        return self._answering.done()

    async def answer(self) -> httpx.Response:
        """Comes soon after what has just happened."""
        async with asyncio.timeout(SOON_SECONDS):
            return await self._answering


@asynccontextmanager
async def waiting(
    service: Service, path: str, headers: Mapping[str, str] | None = None, **parameters: str
) -> AsyncGenerator[Waiting]:
    asking = asyncio.create_task(service.client.get(path, params={**LONG, **parameters}, headers=headers))
    await asyncio.sleep(0.4)
    assert not asking.done()
    yield Waiting(asking)
    asking.cancel()


async def test_a_job_is_told_of_as_soon_as_it_changes(service: Service) -> None:
    await service.claim(await make(service))  # and all before it: a better place in the queue would be news
    job_id = await make(service)
    async with waiting(service, f"/v1/jobs/{job_id}") as request:
        await service.claim(job_id)
        assert (await request.answer()).json()["status"] == "running"
    async with waiting(service, f"/v1/jobs/{job_id}") as request:
        await service.record(job_id, [{"loss": 1.0}], duration_seconds=1)
        assert (await request.answer()).json()["latest_metrics"] == {"loss": 1.0}


async def test_a_job_that_differs_from_the_tag_is_told_of_at_once(service: Service) -> None:
    job_id = await make(service)
    path = f"/v1/jobs/{job_id}"
    tag = {"If-None-Match": (await service.client.get(path)).headers["ETag"]}
    async with waiting(service, path, tag) as request:
        await service.client.post(f"{path}/pause")
        changed = await request.answer()
        assert (changed.status_code, changed.json()["status"]) == (200, "paused")
    begun = time.monotonic()
    again = await service.client.get(path, params=LONG, headers=tag)
    assert time.monotonic() - begun < SOON_SECONDS
    assert again.headers["ETag"] == changed.headers["ETag"] != tag["If-None-Match"]


async def test_when_the_time_is_up_a_job_is_told_of_as_it_is(service: Service) -> None:
    job_id = await make(service)
    path = f"/v1/jobs/{job_id}"
    await service.client.post(f"{path}/pause")
    begun = time.monotonic()
    job = await service.client.get(path, params={"wait_seconds": "0.5"})
    assert 0.5 <= time.monotonic() - begun < 0.5 + SOON_SECONDS
    assert (job.status_code, job.json()["status"]) == (200, "paused")
    tag = {"If-None-Match": job.headers["ETag"]}
    same = await service.client.get(path, params={"wait_seconds": "0.2"}, headers=tag)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", job.headers["ETag"])


async def ended(service: Service, how: str) -> str:
    job_id = await make(service)
    if how == "cancelled":
        await service.client.post(f"/v1/jobs/{job_id}/cancel")
        return job_id
    await service.record(job_id, [{"loss": 1.0}, {"loss": 0.5}], duration_seconds=1)
    if how == "failed":
        await service.fail(job_id, "diverged", "The loss is not a number.", "/training")
    else:
        await service.succeed(job_id, {"best_epoch": 1})
    return job_id


@pytest.mark.parametrize("how", ["succeeded", "failed", "cancelled"])
async def test_what_can_have_no_more_news_is_answered_at_once(service: Service, how: str) -> None:
    path = f"/v1/jobs/{await ended(service, how)}"
    job = await service.client.get(path)
    assert job.json()["status"] == how
    events = (await service.client.get(f"{path}/events")).json()["data"]
    stream = {"Accept": "text/event-stream"}
    asked: list[tuple[str, dict[str, str], dict[str, str], int]] = [
        (path, LONG, {}, 200),
        (path, LONG, {"If-None-Match": '"of another state"'}, 200),
        (path, LONG, {"If-None-Match": "*"}, 304),  # names no state
        *((f"{path}/{each}", LONG, {}, 200) for each in ("results", "metrics")),
        *((f"{path}/metrics", {**LONG, "after_epoch": after}, {}, 200) for after in ("1", "2", "9")),
        (f"{path}/events", {}, stream, 200),
        (f"{path}/events", {}, {**stream, "Last-Event-ID": f"e{len(events)}-2"}, 204),
    ]
    for address, parameters, headers, status in asked:
        for method in ("GET", "HEAD"):
            async with asyncio.timeout(SOON_SECONDS):
                answer = await service.client.request(method, address, params=parameters, headers=headers)
            assert answer.status_code == status, (method, address, headers)


async def test_an_ended_job_is_waited_for_by_who_names_its_very_state(service: Service) -> None:
    path = f"/v1/jobs/{await ended(service, 'succeeded')}"
    tag = {"If-None-Match": (await service.client.get(path)).headers["ETag"]}
    begun = time.monotonic()
    same = await service.client.get(path, params={"wait_seconds": "0.5"}, headers=tag)
    assert time.monotonic() - begun >= 0.5
    assert (same.status_code, same.content) == (304, b"")
    async with waiting(service, path, tag) as request:
        await service.client.patch(path, json={"name": "a better name"})
        assert (await request.answer()).json()["name"] == "a better name"


@pytest.mark.parametrize("rest", ["", "/results", "/metrics"])
async def test_a_job_that_ends_at_the_very_moment_is_answered_at_once(service: Service, rest: str) -> None:
    job_id = await make(service)
    await service.claim(job_id)
    asking = [asyncio.create_task(service.client.get(f"/v1/jobs/{job_id}{rest}", params=LONG)) for _ in range(20)]
    await service.succeed(job_id)
    asking += [asyncio.create_task(service.client.get(f"/v1/jobs/{job_id}{rest}", params=LONG)) for _ in range(20)]
    async with asyncio.timeout(2 * SOON_SECONDS):
        assert {answer.status_code for answer in await asyncio.gather(*asking)} == {200}


async def test_a_place_in_the_queue_that_changes_is_news(service: Service) -> None:
    first = await make(service, name="first")
    job_id = await make(service)
    before = (await service.client.get(f"/v1/jobs/{job_id}")).json()["queue_position"]
    async with waiting(service, f"/v1/jobs/{job_id}") as request:
        await service.client.post(f"/v1/jobs/{first}/cancel")
        async with asyncio.timeout(3):
            assert (await request.answer()).json()["queue_position"] == before - 1


async def test_results_are_waited_for_until_the_job_ends(service: Service) -> None:
    job_id = await make(service)
    path = f"/v1/jobs/{job_id}/results"
    async with waiting(service, path) as request:
        await service.record(job_id, [{"loss": 1.0}], duration_seconds=1)
        await asyncio.sleep(0.3)
        assert not request.is_over
        await service.succeed(job_id, {"best_epoch": 1})
        answer = await request.answer()
        assert (answer.status_code, answer.json()["best_epoch"]) == (200, 1)
    assert (await service.client.get(path, params=LONG)).status_code == 200
    other = await service.client.get(f"/v1/jobs/{await make(service)}/results?wait_seconds=0.1")
    assert (other.status_code, other.json()["status"]) == (202, "queued")


async def test_metrics_are_waited_for_until_there_is_another_epoch(service: Service) -> None:
    job_id = await make(service)
    path = f"/v1/jobs/{job_id}/metrics"
    await service.record(job_id, [{"loss": 1.0}], duration_seconds=1)

    def epochs(answer: httpx.Response) -> list[int]:
        return [row["epoch"] for row in answer.json()["data"]]

    assert epochs(await service.client.get(path, params=LONG)) == [1]
    async with waiting(service, path, after_epoch="1") as request:
        await service.record(job_id, [{"loss": 1.0}, {"loss": 0.5}], duration_seconds=1)
        assert epochs(await request.answer()) == [2]
    async with waiting(service, path, after_epoch="2") as request:
        await service.succeed(job_id)
        assert epochs(await request.answer()) == []


async def test_epochs_of_the_training_that_a_job_continues_are_none_to_show(service: Service) -> None:
    child = await submit(service.database, epochs=7, first_epoch=4)
    async with waiting(service, f"/v1/jobs/{child.id}/metrics") as request:
        fence = await service.claim(child.id)
        first = EpochRecord(5, {"loss": 1.0}, 1.0, Progress(0.3, None))
        await in_write(service.database, attempts.record_started, fence, epochs=7, first_epoch=4)
        await in_write(service.database, attempts.record_epochs, fence, [first])
        assert [row["epoch"] for row in (await request.answer()).json()["data"]] == [5]


@pytest.mark.parametrize("path", ["", "/results", "/metrics"])
async def test_a_wait_has_bounds(service: Service, path: str) -> None:
    address = f"/v1/jobs/{await make(service)}{path}"
    for wrong in ("-0.1", "60.5", "nan", "inf", "soon", ""):
        refused = await service.client.get(address, params={"wait_seconds": wrong})
        (error,) = assert_problem(refused, 422, "invalid_query")["errors"]
        assert error["parameter"] == "wait_seconds"
    unknown = f"/v1/jobs/job_00000000000000000000000000{path}"
    assert_problem(await service.client.get(unknown, params=LONG), 404, "job_not_found")


async def test_a_job_of_another_project_is_not_waited_for(service: Service) -> None:
    job_id = await service.make_in("elsewhere")
    for path in ("", "/results", "/metrics", "/events"):
        headers = {"Accept": "text/event-stream"} if path == "/events" else {}
        parameters: dict[str, Any] = {} if path == "/events" else LONG
        answer = await service.client.get(f"/v1/jobs/{job_id}{path}", params=parameters, headers=headers)
        assert_problem(answer, 404, "job_not_found")
