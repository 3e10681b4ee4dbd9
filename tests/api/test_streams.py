"""Events and epochs of a job as a stream: what is sent, in which order, and what a reader who comes again gets."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from db.attempts import attempts, endings
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.jobs import jobs
from db.tables.base import DEFAULT_PROJECT
from spec.states import FailureCode
from tests.api.service import Service, assert_problem
from tests.api.specs import digits
from tests.api.sse import ACCEPT, Sent, all_sent, sent


async def make(service: Service) -> str:
    answer = await service.client.post("/v1/jobs", json=digits())
    return answer.json()["id"]


async def start(service: Service, fence: Fence, from_epoch: int = 0) -> None:
    async with service.database.write() as connection:
        await attempts.record_started(connection, fence, epochs=9, from_epoch=from_epoch)


async def record(service: Service, fence: Fence, *epochs: int) -> None:
    records = [
        EpochRecord(epoch, {"loss": math.nan, "attempt": fence.attempt}, 0.5, Progress(epoch / 9, 1.0))
        for epoch in epochs
    ]
    async with service.database.write() as connection:
        await attempts.record_epochs(connection, fence, records)


async def lose(service: Service, fence: Fence) -> None:
    """The attempt is lost and its job queued again."""
    async with service.database.write() as connection:
        await endings.fail_or_requeue(connection, fence, FailureCode.WORKER_LOST, "lost")
    del service.fences[fence.job_id]


@asynccontextmanager
async def listening(service: Service, job_id: str, **headers: str) -> AsyncGenerator[AsyncIterator[Sent]]:
    path = f"/v1/jobs/{job_id}/events"
    async with service.client.stream("GET", path, headers={**ACCEPT, **headers}) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield sent(answer)


async def take(events: AsyncIterator[Sent], count: int) -> list[Sent]:
    async with asyncio.timeout(5):
        return [await anext(events) for _ in range(count)]


async def words(events: AsyncIterator[Sent], count: int) -> list[str]:
    return [event.word for event in await take(events, count)]


async def test_a_stream_tells_what_was_then_what_comes_and_ends_with_the_job(service: Service) -> None:
    job_id = await make(service)
    fence = await service.claim(job_id)
    await start(service, fence)
    await record(service, fence, 1, 2)
    async with listening(service, job_id) as events:
        assert await words(events, 5) == ["job.created", "job.claimed", "job.started", "1:1", "1:2"]
        begun = time.monotonic()
        await record(service, fence, 3)
        epoch = await anext(events)
        assert time.monotonic() - begun < 1
        assert epoch.word == "1:3"
        assert epoch.data["metrics"] == {"loss": "NaN", "attempt": 1}
        assert epoch.data["progress"] == {"fraction": 1 / 3, "eta_seconds": 1.0}
        async with service.database.write() as connection:
            await attempts.renew_lease(connection, fence, 30, Progress(0.4, 2.0))
        progress = await anext(events)
        assert (progress.type, progress.id) == ("progress", epoch.id)
        assert progress.data == {"object": "progress", "epoch": 3, "epochs": 9, "fraction": 0.4, "eta_seconds": 2.0}
        await service.client.post(f"/v1/jobs/{job_id}/cancel")
        assert await words(events, 1) == ["job.cancel_requested"]
        await service.succeed(job_id)
        assert await words(events, 1) == ["job.succeeded"]
        assert [event async for event in events] == []


async def test_a_stream_has_the_headers_of_one(service: Service) -> None:
    job_id = await make(service)
    path = f"/v1/jobs/{job_id}/events"
    async with service.client.stream("GET", path, headers=ACCEPT) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert answer.headers["Vary"] == "Accept"
        assert await anext(answer.aiter_lines()) == "retry: 2000"
    head = await service.client.head(path, headers=ACCEPT)
    assert (head.status_code, head.headers["Content-Type"]) == (200, "text/event-stream")
    assert (await service.client.get(path)).json()["object"] == "list"


async def test_from_every_id_a_stream_goes_on_without_loss_or_repetition(service: Service) -> None:
    """A job that was lost twice: an attempt went on behind its last epoch, the next one before that."""
    job_id = await make(service)
    fence = await service.claim(job_id)
    await start(service, fence)
    await record(service, fence, 1)
    await record(service, fence, 2, 3)
    await lose(service, fence)
    fence = await service.claim(job_id)
    await start(service, fence, from_epoch=3)
    await record(service, fence, 4, 5, 6)
    await service.client.post(f"/v1/jobs/{job_id}/pause")
    await lose(service, fence)
    await service.client.post(f"/v1/jobs/{job_id}/resume")
    fence = await service.claim(job_id)
    await start(service, fence, from_epoch=5)
    await record(service, fence, 6, 7)
    await service.succeed(job_id)
    whole = await all_sent(service.client, job_id)
    assert [event.word for event in whole] == [
        *("job.created", "job.claimed", "job.started", "1:1", "1:2", "1:3", "job.requeued"),
        *("job.claimed", "job.started", "2:4", "2:5", "job.pause_requested", "job.paused", "job.resumed"),
        *("job.claimed", "job.started", "3:6", "3:7", "job.succeeded"),
    ]
    assert len({event.id for event in whole}) == len(whole)
    for index, event in enumerate(whole[:-1]):
        assert await all_sent(service.client, job_id, event.id) == whole[index + 1 :]
    over = await service.client.get(f"/v1/jobs/{job_id}/events", headers={**ACCEPT, "Last-Event-ID": whole[-1].id})
    assert (over.status_code, over.content) == (204, b"")


async def test_epochs_recorded_anew_follow_the_start_of_their_attempt(service: Service) -> None:
    """A reader who has epoch 5 of an attempt that was lost gets epochs 3 to 5 of the next one, once."""
    job_id = await make(service)
    fence = await service.claim(job_id)
    await start(service, fence)
    await record(service, fence, 1, 2, 3, 4, 5)
    async with listening(service, job_id) as events:
        last = (await take(events, 8))[-1]
        assert last.word == "1:5"
        await lose(service, fence)
        fence = await service.claim(job_id)
        await start(service, fence, from_epoch=2)
        await record(service, fence, 3)
        told = ["job.requeued", "job.claimed", "job.started", "2:3"]
        assert await words(events, 4) == told
        async with listening(service, job_id, **{"Last-Event-ID": last.id}) as again:
            assert await words(again, 4) == told
            await record(service, fence, 4, 5, 6)
            assert await words(again, 3) == ["2:4", "2:5", "2:6"]
        assert await words(events, 3) == ["2:4", "2:5", "2:6"]


async def test_a_long_history_comes_whole_and_in_order(service: Service) -> None:
    job_id = await make(service)
    fence = await service.claim(job_id)
    await start(service, fence)
    await record(service, fence, *range(1, 1001))
    async with service.database.write() as connection:
        for _ in range(230):
            await jobs.request_pause(connection, job_id, DEFAULT_PROJECT)
            await jobs.request_resume(connection, job_id, DEFAULT_PROJECT)
    await service.succeed(job_id)
    whole = [event.word for event in await all_sent(service.client, job_id)]
    assert whole == [
        *("job.created", "job.claimed", "job.started"),
        *(f"1:{epoch}" for epoch in range(1, 1001)),
        *(["job.pause_requested", "job.resumed"] * 230),
        "job.succeeded",
    ]


async def test_a_stream_begins_behind_a_cursor_of_the_list(service: Service) -> None:
    job_id = await make(service)
    await service.client.post(f"/v1/jobs/{job_id}/cancel")
    path = f"/v1/jobs/{job_id}/events"
    cursor = (await service.client.get(path, params={"limit": 1})).json()["next_cursor"]
    async with service.client.stream("GET", path, params={"cursor": cursor}, headers=ACCEPT) as answer:
        assert [event.word async for event in sent(answer)] == ["job.cancelled"]


@pytest.mark.parametrize(
    "wrong", ["x", "e1", "1", "1-", "e1-", "-1-1", "1-1-1", "9" * 30 + "-1", "1-9999999999", "1 1"]
)
async def test_an_id_of_no_stream_is_refused_by_its_header(service: Service, wrong: str) -> None:
    job_id = await make(service)
    path = f"/v1/jobs/{job_id}/events"
    refused = await service.client.get(path, headers={**ACCEPT, "Last-Event-ID": wrong})
    (error,) = assert_problem(refused, 422, "invalid_header")["errors"]
    assert (error["header"], error["code"]) == ("Last-Event-ID", "unknown_event_id")


async def test_what_cannot_be_streamed_is_told_before_a_stream_begins(service: Service) -> None:
    job_id = await make(service)
    unknown = await service.client.get("/v1/jobs/job_00000000000000000000000000/events", headers=ACCEPT)
    assert_problem(unknown, 404, "job_not_found")
    limited = await service.client.get(f"/v1/jobs/{job_id}/events?limit=5", headers=ACCEPT)
    assert_problem(limited, 422, "invalid_query")
    image = await service.client.get(f"/v1/jobs/{job_id}/events", headers={"Accept": "image/png"})
    assert_problem(image, 406, "not_acceptable")
