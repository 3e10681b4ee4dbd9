"""Webhooks as a client and a receiver see them: over HTTP on both sides."""

import asyncio
import base64
import hashlib
import hmac
import json
import signal
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.webhooks.messages import MAX_BYTES
from api.webhooks.schemas import DeliveryList, WebhookDocument, WebhookList, WebhookSecretDocument
from db.connections.engine import Database
from db.webhooks.message_claims import MOST_OF_A_PROJECT
from storage.store import Store
from tests.api.service import Service, assert_problem, running_api, service_on, start_api
from tests.api.specs import digits
from tests.services.children import end
from tests.services.keys import bearer, make_key
from tests.services.receiver import Received, Receiver, receiver
from tests.services.redis import RedisServer

BOUND_SECONDS = 15.0


@pytest.fixture(scope="module")
async def open_service(
    request: pytest.FixtureRequest,
    database_kind: str,
    redis_server: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Service]:
    """The API where webhooks may lead to this machine, on a database of one kind."""
    settings = {"webhooks_allow_private": "true", "webhooks_timeout_seconds": "1"}
    async with service_on(database_kind, request, tmp_path_factory.mktemp("open"), redis_server, **settings) as running:
        yield running


@pytest.fixture
def box() -> Iterator[Receiver]:
    """Somebody who is told."""
    with receiver() as running:
        yield running


async def make(service: Service, box: Receiver, **fields: object) -> dict[str, Any]:
    answer = await service.client.post("/v1/webhooks", json={"url": f"http://127.0.0.1:{box.port}/hook", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def drop(service: Service, webhook: dict[str, Any]) -> None:
    """So that no other test's jobs are told of."""
    assert (await service.client.delete(f"/v1/webhooks/{webhook['id']}")).status_code == 204


async def submit(service: Service, **fields: object) -> str:
    answer = await service.client.post("/v1/jobs", json=digits(**fields))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def cancelled(service: Service, **fields: object) -> str:
    job_id = await submit(service, **fields)
    assert (await service.client.post(f"/v1/jobs/{job_id}/cancel")).status_code == 200
    return job_id


async def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + BOUND_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def delivery_of(
    service: Service, webhook: dict[str, Any], is_so: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """The first of the webhook's messages that is as it should be, once there is one."""
    async with asyncio.timeout(BOUND_SECONDS):
        while True:
            answer = await service.client.get(f"/v1/webhooks/{webhook['id']}/deliveries")
            DeliveryList.model_validate_json(answer.content)
            for told in answer.json()["data"]:
                if is_so(told):
                    return told
            await asyncio.sleep(0.05)


def signed(came: Received, secret: str) -> str:
    """The signature this secret makes, computed as a receiver does."""
    headers = {name.lower(): value for name, value in came.headers.items()}
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + came.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def signatures(came: Received) -> list[str]:
    return next(value for name, value in came.headers.items() if name.lower() == "webhook-signature").split(" ")


async def test_a_webhook_is_told_of_the_end_of_a_job(open_service: Service, box: Receiver) -> None:
    answer = await open_service.client.post(
        "/v1/webhooks", json={"url": f"http://127.0.0.1:{box.port}/hook?a=b", "events": ["job.succeeded"]}
    )
    WebhookSecretDocument.model_validate_json(answer.content)
    webhook = answer.json()
    assert answer.headers["Location"] == f"/v1/webhooks/{webhook['id']}"
    assert answer.headers["Cache-Control"] == "no-store"
    job_id = await submit(open_service, metadata={"a": "ü"})
    await open_service.succeed(job_id, {"final_metrics": {"loss": 0.5}})
    await cancelled(open_service)
    told = await delivery_of(open_service, webhook, lambda one: one["status"] == "delivered")
    (came,) = box.received
    assert came.path == "/hook?a=b"
    assert came.headers["Content-Type"] == "application/json"
    assert signatures(came) == [signed(came, webhook["secret"])]
    body = json.loads(came.body)
    assert body == {"type": "job.succeeded", "timestamp": told["created_at"], "data": body["data"]}
    assert body["data"] == (await open_service.client.get(f"/v1/jobs/{job_id}")).json()
    assert (told["job_id"], told["attempts"], told["response_status"], told["error"]) == (job_id, 1, 204, None)
    assert came.headers["webhook-id"] == told["id"]
    assert told["next_attempt_at"] is None
    await drop(open_service, webhook)


async def test_the_secret_is_shown_once_and_can_be_changed(open_service: Service, box: Receiver) -> None:
    webhook = await make(open_service, box)
    path = f"/v1/webhooks/{webhook['id']}"
    read = await open_service.client.get(path)
    WebhookDocument.model_validate_json(read.content)
    assert read.json() == {name: value for name, value in webhook.items() if name != "secret"}
    rotated = (await open_service.client.post(f"{path}/rotate-secret")).json()
    assert rotated["secret"] != webhook["secret"]
    sent = await open_service.client.post(f"{path}/test")
    assert (sent.status_code, sent.json()["type"]) == (202, "webhook.test")
    await until(lambda: bool(box.received))
    (came,) = box.received
    assert signatures(came) == [signed(came, rotated["secret"]), signed(came, webhook["secret"])]
    assert json.loads(came.body)["data"] == {"object": "webhook", "id": webhook["id"]}
    for told in (await open_service.client.get("/v1/webhooks"), await open_service.client.get(f"{path}/deliveries")):
        assert "whsec_" not in told.text
    assert "whsec_" not in (open_service.storage_folder.parent / "api.log").read_text()
    await drop(open_service, webhook)


async def test_the_same_key_makes_one_webhook(open_service: Service, box: Receiver) -> None:
    key, body = {"Idempotency-Key": uuid4().hex}, {"url": f"http://127.0.0.1:{box.port}/"}
    first = await open_service.client.post("/v1/webhooks", json=body, headers=key)
    again = await open_service.client.post("/v1/webhooks", json=body, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(
        await open_service.client.post("/v1/webhooks", json={**body, "events": ["job.failed"]}, headers=key),
        422,
        "idempotency_key_reused",
    )
    await drop(open_service, first.json())


async def test_what_does_not_arrive_is_tried_again(open_service: Service, box: Receiver) -> None:
    box.answers(500, body=b"no")
    webhook = await make(open_service, box)
    await cancelled(open_service)
    told = await delivery_of(open_service, webhook, lambda one: one["error"] is not None)
    assert (told["status"], told["response_status"], told["error"]) == (
        "pending",
        500,
        "The receiver responded with status 500.",
    )
    assert told["next_attempt_at"] > told["last_attempt_at"]
    shown = (await open_service.client.get(f"/v1/webhooks/{webhook['id']}")).json()
    assert shown["failing_since"] is not None
    assert shown["is_enabled"]
    deliveries = f"/v1/webhooks/{webhook['id']}/deliveries"
    failed = await open_service.client.get(deliveries)
    box.answers(200, body=b"yes")
    # Without being asked it comes again after five seconds; asked for, at once.
    retried = await open_service.client.post(f"/v1/webhooks/{webhook['id']}/deliveries/{told['id']}/retry")
    assert (retried.status_code, retried.json()["status"]) == (202, "pending")
    told = await delivery_of(open_service, webhook, lambda one: one["status"] == "delivered")
    assert (told["attempts"], told["response_status"], told["error"]) == (2, 200, None)
    now = await open_service.client.get(deliveries, headers={"If-None-Match": failed.headers["ETag"]})
    assert now.status_code == 200
    same = await open_service.client.get(deliveries, headers={"If-None-Match": now.headers["ETag"]})
    assert same.status_code == 304
    first, second = box.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    await drop(open_service, webhook)


async def test_a_receiver_that_asks_to_be_left_alone_is(open_service: Service, box: Receiver) -> None:
    webhook = await make(open_service, box)
    for number, (status, said, least_seconds) in enumerate(
        (
            (429, "3600", 3_600),
            (503, formatdate(time.time() + 7_200, usegmt=True), 7_190),
            (503, "0", 5),
        ),
        1,
    ):
        box.answers(status, {"Retry-After": said})
        job_id = await cancelled(open_service)
        told = await delivery_of(
            open_service, webhook, lambda one, job_id=job_id: one["job_id"] == job_id and one["error"] is not None
        )
        assert (told["status"], told["response_status"]) == ("pending", status)
        wait = datetime.fromisoformat(told["next_attempt_at"]) - datetime.fromisoformat(told["last_attempt_at"])
        assert least_seconds <= wait.total_seconds() <= 1.1 * least_seconds + BOUND_SECONDS
        assert len(box.received) == number
    await drop(open_service, webhook)


async def test_a_webhook_that_is_gone_is_switched_off(open_service: Service, box: Receiver) -> None:
    box.answers(410)
    webhook = await make(open_service, box)
    path = f"/v1/webhooks/{webhook['id']}"
    await cancelled(open_service)
    await delivery_of(open_service, webhook, lambda one: one["status"] == "failed")
    # Written in the same transaction as the message's end.
    shown = (await open_service.client.get(path)).json()
    assert not shown["is_enabled"]
    assert shown["disabled_reason"] == "The receiver responded with 410 Gone."
    await cancelled(open_service)
    assert len((await open_service.client.get(f"{path}/deliveries")).json()["data"]) == 1
    assert_problem(await open_service.client.post(f"{path}/test"), 409, "webhook_disabled")
    box.answers(204)
    changed = await open_service.client.patch(path, json={"is_enabled": True, "description": "again"})
    assert (changed.json()["is_enabled"], changed.json()["disabled_reason"]) == (True, None)
    assert changed.json()["description"] == "again"
    assert (await open_service.client.patch(path, json={"description": None})).json()["description"] is None
    told = assert_problem(
        await open_service.client.patch(path, json={"url": None, "events": None, "is_enabled": None}),
        422,
        "invalid_body",
    )
    assert [fault["pointer"] for fault in told["errors"]] == ["/events", "/is_enabled", "/url"]
    unchanged = await open_service.client.patch(path, json={})
    assert unchanged.json()["events"] == ["job.cancelled", "job.failed", "job.succeeded", "repair.ended"]
    await drop(open_service, webhook)


async def test_one_that_never_answers_holds_up_no_other(open_service: Service, box: Receiver) -> None:
    is_over = threading.Event()
    with receiver() as slow:
        slow.answer = lambda _: is_over.wait(30)
        hanging, prompt = await make(open_service, slow), await make(open_service, box)
        for _ in range(6):
            await cancelled(open_service)
        await until(lambda: len(box.received) == 6)
        assert len(slow.received) <= 4
        told = await delivery_of(open_service, hanging, lambda one: one["error"] is not None)
        assert told["error"] == "No response was received within 1 s."
        is_over.set()
        await drop(open_service, hanging)
        await drop(open_service, prompt)


async def test_a_project_whose_receivers_hang_holds_up_no_other(open_service: Service, box: Receiver) -> None:
    """Sixty messages of one project, on twenty webhooks that never answer: another's one goes past them."""
    is_over = threading.Event()
    with receiver() as slow:
        slow.answer = lambda _: is_over.wait(30)
        hanging = [await make(open_service, slow) for _ in range(20)]
        try:
            for _ in range(3):
                for one in hanging:
                    assert (await open_service.client.post(f"/v1/webhooks/{one['id']}/test")).status_code == 202
            others = bearer(await make_key(open_service.database_url, "beta"))
            async with httpx.AsyncClient(base_url=str(open_service.client.base_url), headers=others) as client:
                made = (await client.post("/v1/webhooks", json={"url": f"http://127.0.0.1:{box.port}/"})).json()
                begun = len(slow.received)
                await client.post(f"/v1/webhooks/{made['id']}/test")
                await until(lambda: len(box.received) == 1)
            # In a second, after which those under way are given up, as many others are sent.
            assert len(slow.received) - begun <= 3 * MOST_OF_A_PROJECT
            assert len(slow.received) < 60, "the others wait yet"
        finally:
            is_over.set()
            for one in hanging:
                await drop(open_service, one)


async def test_a_message_stays_short_and_outlives_its_job(open_service: Service, box: Receiver) -> None:
    webhook = await make(open_service, box)
    dense = {"type": "Dense", "units": 16, "activation": "relu", "kernel_initializer": "he_normal"}
    layers = [{"type": "Flatten"}, *[dense] * 300, {"type": "Dense", "units": 10, "activation": "softmax"}]
    job_id = await cancelled(open_service, network={"layers": layers})
    told = await delivery_of(open_service, webhook, lambda one: one["status"] == "delivered")
    (came,) = box.received
    assert len(came.body) <= MAX_BYTES
    job = (await open_service.client.get(f"/v1/jobs/{job_id}")).json()
    assert json.loads(came.body)["data"] == {**job, "spec": None}
    assert (await open_service.client.delete(f"/v1/jobs/{job_id}")).status_code == 204
    await open_service.client.post(f"/v1/webhooks/{webhook['id']}/deliveries/{told['id']}/retry")
    await until(lambda: len(box.received) == 2)
    assert json.loads(box.received[1].body)["data"] == {
        "object": "job",
        "id": job_id,
        "status": "cancelled",
        "is_deleted": True,
    }
    await drop(open_service, webhook)


async def test_lists_go_page_by_page(open_service: Service, box: Receiver) -> None:
    made = [await make(open_service, box, description=str(number)) for number in range(3)]
    shown: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": 2} if cursor is None else {"limit": 2, "cursor": cursor}
        answer = await open_service.client.get("/v1/webhooks", params=query)
        WebhookList.model_validate_json(answer.content)
        shown += [one["id"] for one in answer.json()["data"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert shown == [one["id"] for one in reversed(made)]
    assert_problem(await open_service.client.get("/v1/webhooks", params={"cursor": "x"}), 422, "invalid_query")
    for webhook in made:
        await drop(open_service, webhook)


async def test_an_api_that_is_killed_on_the_way_delivers_again(
    postgres_url: str, tmp_path: Path, box: Receiver
) -> None:
    settings = {
        "database_url": postgres_url,
        "broker_url": "redis://127.0.0.1:1/0",
        "webhooks_allow_private": "true",
        "webhooks_timeout_seconds": "0.5",
    }
    is_over = threading.Event()
    box.answer = lambda _: is_over.wait(30)
    process, address = start_api(tmp_path, **settings)
    headers = bearer(await make_key(postgres_url))
    async with httpx.AsyncClient(base_url=address, timeout=30, headers=headers) as client:
        database = Database(postgres_url)
        service = Service(client, database, Store(f"file://{tmp_path}/storage"), tmp_path, postgres_url)
        webhook = await make(service, box)
        job_id = await submit(service)
        await cancelled(service)
        await until(lambda: len(box.received) == 1)  # it is on its way, and nobody has noted what became of it
        end(process, signal.SIGKILL)
        await service.succeed(job_id)  # committed by a worker while no API lives
    is_over.set()
    box.answers(204)
    with running_api(tmp_path, **{**settings, "api_processes": "2"}) as address:
        async with httpx.AsyncClient(base_url=address, timeout=30, headers=headers) as client:
            service = Service(client, database, Store(f"file://{tmp_path}/storage"), tmp_path, postgres_url)
            for _ in range(8):
                await cancelled(service)
            path = f"/v1/webhooks/{webhook['id']}/deliveries"
            deadline = time.monotonic() + BOUND_SECONDS
            listed: list[dict[str, Any]] = []
            while {one["status"] for one in listed} != {"delivered"}:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
                listed = (await client.get(path)).json()["data"]
    await database.close()
    counts = Counter(came.headers["webhook-id"] for came in box.received)
    assert set(counts) == {one["id"] for one in listed}
    assert len(listed) == 10
    # That which was on its way came twice, all others once, though two processes deliver.
    assert sorted(counts.values()) == [1] * 9 + [2]
    assert [one["job_id"] for one in listed if one["type"] == "job.succeeded"] == [job_id]
