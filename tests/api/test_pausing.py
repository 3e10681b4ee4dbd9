"""Pausing, resuming, and what is told of attempts."""

import httpx

from api.jobs.schemas import AttemptList, JobDocument
from db.attempts import attempts, endings
from db.attempts.attempts import Fence
from db.jobs import jobs
from db.tables.base import DEFAULT_PROJECT
from spec.states import FailureCode
from tests.api.service import Service, assert_problem
from tests.api.specs import digits


async def make(service: Service, **changes: object) -> str:
    answer = await service.client.post("/v1/jobs", json=digits(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def ask(service: Service, job_id: str, what: str) -> httpx.Response:
    return await service.client.post(f"/v1/jobs/{job_id}/{what}")


async def history(service: Service, job_id: str) -> list[str]:
    events = (await service.client.get(f"/v1/jobs/{job_id}/events")).json()["data"]
    return [event["type"] for event in events]


async def test_a_queued_job_is_paused_at_once_and_goes_on_when_asked(service: Service) -> None:
    job_id = await make(service)
    for _ in range(2):
        paused = await ask(service, job_id, "pause")
        assert paused.status_code == 200
        JobDocument.model_validate_json(paused.content)
        assert (paused.json()["status"], paused.json()["queue_position"]) == ("paused", None)
    assert job_id not in await service.outbox()
    listed = (await service.client.get("/v1/jobs", params={"status": "paused"})).json()["data"]
    assert job_id in {job["id"] for job in listed}
    assert (await service.client.get(f"/v1/jobs/{job_id}/results")).status_code == 202
    for _ in range(2):
        resumed = await ask(service, job_id, "resume")
        assert resumed.status_code == 200
        assert resumed.json()["status"] == "queued"
        assert resumed.json()["queue_position"] >= 1
    assert await history(service, job_id) == ["job.created", "job.paused", "job.resumed"]
    assert (await service.claim(job_id)).attempt == 1


async def test_a_running_job_is_asked_to_pause_and_its_worker_lets_it_go(service: Service) -> None:
    job_id = await make(service)
    await service.record(job_id, [{"loss": 1.0}], duration_seconds=0.1)
    fence = service.fences.pop(job_id)
    for _ in range(2):
        assert (await ask(service, job_id, "pause")).json()["status"] == "running"
    async with service.database.write() as connection:
        assert (await attempts.renew_lease(connection, fence, 600)).is_pause_requested
        await endings.pause(connection, fence, "The job was paused.")
    job = (await service.client.get(f"/v1/jobs/{job_id}")).json()
    assert (job["status"], job["progress"]["epoch"], job["latest_metrics"]) == ("paused", 1, {"loss": 1.0})
    assert (await ask(service, job_id, "resume")).json()["status"] == "queued"
    await service.claim(job_id)
    await service.succeed(job_id)
    types = await history(service, job_id)
    assert types == [
        "job.created",
        "job.claimed",
        "job.started",
        "job.pause_requested",
        "job.paused",
        "job.resumed",
        "job.claimed",
        "job.succeeded",
    ]


async def test_a_pause_not_come_to_yet_is_withdrawn(service: Service) -> None:
    job_id = await make(service)
    fence = await service.claim(job_id)
    await ask(service, job_id, "pause")
    resumed = await ask(service, job_id, "resume")
    assert (resumed.status_code, resumed.json()["status"]) == (200, "running")
    async with service.database.write() as connection:
        assert not (await attempts.renew_lease(connection, fence, 600)).is_pause_requested
    assert (await history(service, job_id))[-2:] == ["job.pause_requested", "job.resumed"]


async def test_what_the_state_forbids_is_said_with_a_code(service: Service) -> None:
    ended, cancelling = await make(service), await make(service)
    await service.succeed(ended)
    await service.claim(cancelling)
    await ask(service, cancelling, "cancel")
    for what in ("pause", "resume"):
        assert_problem(await ask(service, ended, what), 409, "job_already_ended")
        assert_problem(await ask(service, cancelling, what), 409, "job_cancel_pending")
        assert_problem(await ask(service, "job_0" + "0" * 25, what), 404, "job_not_found")
        assert_problem(await service.client.post(f"/v1/jobs/{ended}/{what}?now=1"), 422, "invalid_query")


async def test_a_paused_job_is_cancelled_at_once(service: Service) -> None:
    job_id = await make(service)
    await ask(service, job_id, "pause")
    assert (await ask(service, job_id, "cancel")).json()["status"] == "cancelled"
    assert_problem(await ask(service, job_id, "resume"), 409, "job_already_ended")


async def test_attempts_are_told_with_their_reasons(service: Service) -> None:
    job_id = await make(service)
    empty = await service.client.get(f"/v1/jobs/{job_id}/attempts")
    assert empty.json() == {"object": "list", "data": [], "has_more": False, "next_cursor": None}

    async def again() -> Fence:
        service.fences.pop(job_id, None)
        fence = await service.claim(job_id)
        async with service.database.write() as connection:
            await attempts.record_started(connection, fence, epochs=3, from_epoch=0)
        return fence

    first = await service.claim(job_id)
    async with service.database.write() as connection:
        await endings.fail_or_requeue(connection, first, FailureCode.WORKER_LOST, "The worker was lost.")
    second = await again()
    async with service.database.write() as connection:
        await endings.hand_back(connection, second, "The worker was told to stop.")
    third = await again()
    async with service.database.write() as connection:
        await jobs.request_pause(connection, job_id, DEFAULT_PROJECT)
        await endings.pause(connection, third, "The job was paused.")
        await jobs.request_resume(connection, job_id, DEFAULT_PROJECT)
    await again()
    await service.fail(job_id, "diverged", "The loss is NaN.", "/training")
    answer = await service.client.get(f"/v1/jobs/{job_id}/attempts")
    AttemptList.model_validate_json(answer.content)
    told = answer.json()["data"]
    shown = [
        (one["attempt"], one["status"], one["reason"], one["error_code"], one["from_epoch"], one["is_counted"])
        for one in told
    ]
    assert shown == [
        (4, "failed", "The loss is NaN.", "diverged", 0, True),
        (3, "paused", "The job was paused.", None, 0, False),
        (2, "handed_back", "The worker was told to stop.", None, 0, False),
        (1, "lost", "The worker was lost.", "worker_lost", None, True),
    ]
    for one in told:
        assert (one["object"], one["job_id"], one["slot"]) == ("attempt", job_id, 0)
        assert one["worker_id"].startswith("worker_")
        assert one["claimed_at"] <= one["ended_at"]
    pages: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await service.client.get(f"/v1/jobs/{job_id}/attempts", params={"limit": 3, **cursor})).json()
        pages += [one["attempt"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert pages == [4, 3, 2, 1]
    assert_problem(await service.client.get(f"/v1/jobs/{'job_0' + '0' * 25}/attempts"), 404, "job_not_found")
    assert_problem(await service.client.get(f"/v1/jobs/{job_id}/attempts?cursor=no"), 422, "invalid_query")


async def test_a_running_attempt_has_no_end_yet(service: Service) -> None:
    job_id = await make(service)
    await service.claim(job_id)
    (attempt,) = (await service.client.get(f"/v1/jobs/{job_id}/attempts")).json()["data"]
    assert (attempt["status"], attempt["ended_at"], attempt["reason"]) == ("running", None, None)
