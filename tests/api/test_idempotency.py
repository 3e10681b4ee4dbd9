"""A request with a key is carried out once, however often it is sent."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import select, update
from starlette.requests import Request

from api.jobs.documents import job_answer
from api.requests.idempotency import keyed
from db.connections.engine import Database
from db.errors import IdempotencyKeyInFlight
from db.projects import idempotency
from db.tables.base import DEFAULT_PROJECT
from db.tables.projects import IdempotencyKey
from services.actors import Actor
from settings.traces import NO_TRACE
from tests.api.service import Service, assert_problem
from tests.api.specs import digits


async def post(service: Service, key: str, body: dict[str, Any], path: str = "/v1/jobs") -> httpx.Response:
    return await service.client.post(path, json=body, headers={"Idempotency-Key": key})


async def jobs_named(service: Service, name: str) -> list[str]:
    listed = (await service.client.get("/v1/jobs", params={"name": name, "limit": 100})).json()["data"]
    return [job["id"] for job in listed]


async def test_the_first_answer_is_given_again_to_the_byte(service: Service) -> None:
    key = name = uuid4().hex
    body = digits(name=name, metadata={"é": "ü"})
    first = await post(service, key, body)
    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first.headers
    await service.succeed(first.json()["id"])
    reordered = dict(reversed(body.items()))
    for again in (await post(service, key, body), await post(service, key, reordered)):
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["Location"] == first.headers["Location"]
        assert again.headers["Content-Type"] == first.headers["Content-Type"]
        assert again.headers["Idempotent-Replayed"] == "true"
    assert await jobs_named(service, name) == [first.json()["id"]]


async def test_another_body_under_the_same_key_is_refused(service: Service) -> None:
    key = name = uuid4().hex
    await post(service, key, digits(name=name))
    told = await post(service, key, digits(name=name, metadata={"a": "b"}))
    assert_problem(told, 422, "idempotency_key_reused")
    assert len(await jobs_named(service, name)) == 1


async def test_what_was_refused_uses_up_no_key(service: Service) -> None:
    key = name = uuid4().hex
    assert_problem(await post(service, key, digits(name=name, dataset="none such")), 422, "invalid_body")
    assert (await post(service, key, digits(name=name))).status_code == 201


async def test_a_dry_run_pays_no_heed_to_keys(service: Service) -> None:
    key = name = uuid4().hex
    assert (await post(service, key, digits(name=name), "/v1/jobs?dry_run=true")).status_code == 200
    assert (await post(service, key, digits(name=name, metadata={"a": "b"}))).status_code == 201


async def test_keys_are_texts_of_255_characters_at_most(service: Service) -> None:
    for key in ("k" * 255, '"quoted, with a comma" ~', uuid4().hex):
        answer = await post(service, f"{uuid4().hex}{key}"[-255:], digits())
        assert answer.status_code == 201, key
    for headers, code in (
        ([("Idempotency-Key", "k" * 256)], "text_too_long"),
        ([("Idempotency-Key", "")], "empty_text"),
        ([(b"Idempotency-Key", "ü".encode())], "unprintable_text"),
        ([(b"Idempotency-Key", b"a\tb")], "unprintable_text"),
        ([("Idempotency-Key", "a"), ("Idempotency-Key", "a")], "repeated_header"),
    ):
        before = await service.count_rows()
        answer = await service.client.post("/v1/jobs", json=digits(), headers=headers)
        (fault,) = assert_problem(answer, 422, "invalid_header")["errors"]
        assert (fault["header"], fault["code"]) == ("Idempotency-Key", code)
        assert "Idempotency-Key" in fault["message"]
        checked = await service.client.post("/v1/jobs?dry_run=true", json=digits(), headers=headers)
        assert checked.json()["errors"] == [fault]
        assert await service.count_rows() == before


async def test_fifty_at_once_make_one_job(service: Service) -> None:
    key = name = uuid4().hex
    answers = await asyncio.gather(*(post(service, key, digits(name=name)) for _ in range(50)))
    made = [answer for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code != 201:
            assert_problem(answer, 409, "idempotency_key_in_flight")
            assert int(answer.headers["Retry-After"]) >= 1
    assert len({answer.content for answer in made}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in made) == 1
    assert await jobs_named(service, name) == [made[0].json()["id"]]
    assert (await post(service, key, digits(name=name))).content == made[0].content


async def test_a_key_in_flight_is_told_so_at_once(postgres_url: str) -> None:
    database = Database(postgres_url)
    request = idempotency.KeyedRequest("key", "digest", DEFAULT_PROJECT)
    async with database.write() as first:
        assert await idempotency.begin(first, request) is None
        async with asyncio.timeout(2), database.write() as second:
            assert isinstance(await idempotency.begin(second, request), IdempotencyKeyInFlight)
        async with database.write() as other:
            assert (
                await idempotency.begin(other, idempotency.KeyedRequest("another key", "digest", DEFAULT_PROJECT))
                is None
            )
    async with database.write() as third:
        assert await idempotency.begin(third, request) is None
    await database.close()


async def test_keys_are_kept_for_a_day(service: Service) -> None:
    key = name = uuid4().hex
    first = await post(service, key, digits(name=name))

    async def age(by: timedelta) -> None:
        async with service.database.write() as connection:
            stored = (
                await connection.execute(select(IdempotencyKey.created_at).where(IdempotencyKey.key == key))
            ).scalar_one()
            older = update(IdempotencyKey).where(IdempotencyKey.key == key).values(created_at=stored - by)
            await connection.execute(older)

    async def expire() -> int:
        async with service.database.write() as connection:
            return await idempotency.remove_expired(connection)

    await age(timedelta(hours=23, minutes=59))
    assert await expire() == 0
    assert (await post(service, key, digits(name=name))).content == first.content
    await age(timedelta(minutes=2))
    # Nobody has removed it yet, and still it counts no more.
    second = await post(service, key, digits(name=name, metadata={"an": "other"}))
    assert (second.status_code, second.json()["id"] == first.json()["id"]) == (201, False)
    await age(timedelta(hours=24))
    assert await expire() == 1
    assert await expire() == 0


async def test_the_spec_of_a_kept_answer_is_its_job_s(service: Service) -> None:
    """It is not stored a second time; when the job is deleted it goes over into the answer, which stays as it was."""
    key = uuid4().hex
    body = digits(name="né", metadata={"spec": "{}"})
    layer = {"type": "Dense", "units": 8, "activation": "relu"}
    body["network"]["layers"][1:1] = [{**layer, "name": f"layer_{number}"} for number in range(99)]
    first = await post(service, key, body)
    job_id = first.json()["id"]

    async def kept() -> tuple[str, int]:
        async with service.database.read() as connection:
            asked = select(IdempotencyKey.body_json, IdempotencyKey.size_bytes).where(IdempotencyKey.key == key)
            text, size = (await connection.execute(asked)).one()
            return text, size

    text, size = await kept()
    assert len(text) < 1000 < len(first.text)
    assert len(text.encode()) < size < len(text.encode()) + 500
    assert (await post(service, key, body)).content == first.content
    await service.client.post(f"/v1/jobs/{job_id}/cancel")
    assert (await service.client.delete(f"/v1/jobs/{job_id}")).status_code == 204
    again = await post(service, key, body)
    assert (again.status_code, again.content, again.headers["Idempotent-Replayed"]) == (201, first.content, "true")
    text, size = await kept()
    assert text.encode() == first.content
    assert size > len(first.content)


def keyed_request(address: str, key: str = "a") -> Request:
    path, _, query = address.partition("?")
    headers = [(b"idempotency-key", key.encode())]
    return Request({"type": "http", "method": "POST", "path": path, "query_string": query.encode(), "headers": headers})


def test_another_query_is_another_request() -> None:
    caller = Actor(DEFAULT_PROJECT, None, NO_TRACE)

    def digest_of(address: str) -> str:
        request = keyed(keyed_request(address), caller, {"a": 1}, job_answer)
        assert request is not None
        return request.request.digest

    addresses = ("/v1/datasets", "/v1/datasets?format=csv", "/v1/datasets?format=npz", "/v1/datasets?a=1&b=2")
    assert len({digest_of(address) for address in addresses}) == len(addresses)
    assert digest_of("/v1/datasets?b=2&a=1") == digest_of(addresses[-1])
    # Of a request without a query it is what it was: keys outlive an upgrade.
    plain = hashlib.sha256(b'POST /v1/datasets\n{"a":1}').hexdigest()
    assert digest_of("/v1/datasets") == plain
