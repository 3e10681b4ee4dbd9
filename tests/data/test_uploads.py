"""Files that are sent in parts, as clients of tus 1.0 do, to any process of the API."""

import asyncio
import base64
import hashlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from services.incoming import MAX_OF_PROJECT
from tests.api.service import Service, assert_problem, running_api
from tests.data.reader import sweep
from tests.data.senders import PART, TUS, add, break_off, made, offset_of, send, sending, upload
from tests.services.keys import bearer, make_key
from tests.services.redis import RedisServer
from tests.services.s3 import S3Server

CUTS = 20


def files_of(service: Service, path: str) -> list[str]:
    return [entry.key for entry in service.store.list(f"uploads/{path.rpartition('/')[2]}")]


async def finish(client: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    said = {name.replace("_", "-"): text for name, text in headers.items()}
    body = {"upload": path.rpartition("/")[2], "description": {"name": "a"}}
    return await client.post("/v1/datasets", json=body, headers=said)


@pytest.fixture
async def second(
    service: Service, request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another process of the same API."""
    said = {"database_url": service.database_url, "broker_url": redis_server.url, "storage_url": service.storage_url}
    environment: dict[str, str] = {}
    if service.storage_url.startswith("s3:"):
        server: S3Server = request.getfixturevalue("bucket")
        environment = server.environment()
    with ExitStack() as stack:
        address = stack.enter_context(running_api(tmp_path, environment, **said))
        async with httpx.AsyncClient(base_url=address, timeout=30, headers=service.client.headers) as client:
            yield client


async def test_cut_at_random_offsets_it_comes_to_the_same_hash(
    service: Service, second: httpx.AsyncClient, tmp_path: Path
) -> None:
    drawn = random.Random(1)  # noqa: S311 -- nothing secret
    content = drawn.randbytes(12 * 2**20)
    path = await upload(service.client, len(content))
    clients = (service.client, second)
    for number, cut in enumerate(sorted(drawn.sample(range(1, len(content)), CUTS))):
        offset = await offset_of(clients[number % 2], path)
        assert offset <= cut
        headers = {**PART, "Upload-Offset": str(offset)}
        await break_off(clients[number % 2], f"PATCH {path}", headers, content[offset:cut])
    assert_problem(await finish(second, path), 409, "upload_incomplete")
    deadline = time.monotonic() + 20
    while not (offset := await offset_of(second, path)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    while offset < len(content):
        answer = await add(second, path, offset, content[offset:])
        if answer.status_code == 204:
            assert (answer.headers["Upload-Offset"], answer.headers["Tus-Resumable"]) == (str(len(content)), "1.0.0")
        offset = await offset_of(service.client, path)
    key = uuid4().hex
    answer = await finish(service.client, path, Idempotency_Key=key)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["sha256"], told["size_bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert told["name"] == "a"
    # The upload is used up, and its parts go; who has not heard of it and asks again with the same key is told.
    again = await finish(second, path, Idempotency_Key=key)
    assert (again.status_code, again.headers.get("Idempotent-Replayed"), again.json()) == (201, "true", told)
    assert_problem(await service.client.get(path), 404, "upload_not_found")
    assert_problem(await finish(service.client, path), 422, "invalid_body")
    await sweep(service, tmp_path)
    assert await asyncio.to_thread(files_of, service, path) == []


async def test_what_a_new_upload_tells(service: Service) -> None:
    noted = "filename " + base64.b64encode(b"table.csv").decode()
    answer = await service.client.post("/v1/uploads", headers={**TUS, "Upload-Length": "10", "Upload-Metadata": noted})
    assert answer.status_code == 201
    path = answer.headers["Location"]
    assert answer.json()["offset_bytes"] == 0
    head = await service.client.head(path, headers=TUS)
    told = {name: head.headers[name] for name in ("Upload-Offset", "Upload-Length", "Upload-Metadata", "Cache-Control")}
    assert told == {"Upload-Offset": "0", "Upload-Length": "10", "Upload-Metadata": noted, "Cache-Control": "no-store"}
    assert head.headers["Upload-Expires"].endswith("GMT")
    listed = (await service.client.get("/v1/uploads")).json()["data"]
    assert listed[0] == (await service.client.get(path)).json() == answer.json()
    offers = await service.client.options("/v1/uploads")
    assert offers.headers["Tus-Version"] == "1.0.0"
    assert set(offers.headers["Tus-Extension"].split(",")) == {"creation", "checksum", "expiration", "termination"}
    assert offers.headers["Tus-Checksum-Algorithm"] == "md5,sha1,sha256"


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
async def test_a_part_with_a_checksum_counts_whole_or_not_at_all(service: Service, algorithm: str) -> None:
    path = await upload(service.client, 8)
    digest = base64.b64encode(hashlib.new(algorithm, b"abcd").digest()).decode()
    wrong = await add(service.client, path, 0, b"abcx", Upload_Checksum=f"{algorithm} {digest}")
    assert_problem(wrong, 460, "checksum_mismatch")
    await break_off(
        service.client,
        f"PATCH {path}",
        {**PART, "Upload-Offset": "0", "Upload-Checksum": f"{algorithm} {digest}"},
        b"abcd",
    )
    assert await offset_of(service.client, path) == 0

    async def is_taken() -> bool:
        # What broke off may be read only now, and is the latest then.
        right = await add(service.client, path, 0, b"abcd", Upload_Checksum=f"{algorithm} {digest}")
        return right.status_code == 204

    await until(is_taken)
    assert await offset_of(service.client, path) == 4
    assert len(await asyncio.to_thread(files_of, service, path)) == 1


async def test_of_two_that_go_on_at_once_one_counts(service: Service, second: httpx.AsyncClient) -> None:
    content = b"a" * 2**20
    path = await upload(service.client, len(content))
    answers = await asyncio.gather(*(add(client, path, 0, content) for client in (service.client, second) * 2))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [204, 409, 409, 409]
    assert {answer.headers["Upload-Offset"] for answer in answers if answer.status_code == 204} == {str(len(content))}
    refused = [answer for answer in answers if answer.status_code == 409]
    assert all(assert_problem(answer, 409, "upload_moved") for answer in refused)
    assert len(await asyncio.to_thread(files_of, service, path)) == 1


async def test_an_upload_is_used_up_by_one_of_two_that_come_at_once(
    service: Service, second: httpx.AsyncClient, tmp_path: Path
) -> None:
    path = await upload(service.client, 4 * 2**20)
    assert (await add(service.client, path, 0, uuid4().bytes * 2**18)).status_code == 204
    first, other, _ = await asyncio.gather(finish(service.client, path), finish(second, path), sweep(service, tmp_path))
    accepted, refused = sorted((first, other), key=lambda answer: answer.status_code)
    assert accepted.status_code == 201
    (fault,) = assert_problem(refused, 422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/upload", "upload_not_found")


async def test_a_project_sends_so_many_files_at_once(service: Service) -> None:
    headers = bearer(await make_key(service.database_url, f"busy_{uuid4().hex}"))
    base = service.client.base_url
    async with httpx.AsyncClient(base_url=base, timeout=30, headers=headers) as client, AsyncExitStack() as stack:
        for _ in range(MAX_OF_PROJECT):
            await stack.enter_async_context(sending(client))
        assert_problem(await send(client, b"a"), 429, "too_many_transfers")
        await made(service.client, b"others are not kept waiting")
        await stack.aclose()

        async def has_room() -> bool:
            return (await send(client, b"a")).status_code == 201

        await until(has_room)


async def until(is_so: Callable[[], Awaitable[bool]], timeout_seconds: float = 20) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not await is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_refusals(service: Service) -> None:
    client, path = service.client, await upload(service.client, 4)
    for headers in ({}, {"Upload-Length": "x"}, {"Upload-Length": "0"}, {"Upload-Length": "-1"}):
        assert_problem(await client.post("/v1/uploads", headers=headers), 422, "invalid_header")
    large = {"Upload-Length": str(2**40)}
    assert_problem(await client.post("/v1/uploads", headers=large), 413, "file_too_large")
    old = await client.post("/v1/uploads", headers={"Tus-Resumable": "0.2.2", "Upload-Length": "4"})
    assert_problem(old, 412, "unsupported_tus_version")
    assert old.headers["Tus-Version"] == "1.0.0"
    noted = await client.post("/v1/uploads", headers={"Upload-Length": "4", "Upload-Metadata": "a b c"})
    assert_problem(noted, 422, "invalid_header")
    plain = await client.patch(path, content=b"abcd", headers={**TUS, "Upload-Offset": "0"})
    assert_problem(plain, 415, "unsupported_media_type")
    assert_problem(await client.patch(path, content=b"abcd", headers=PART), 422, "invalid_header")
    assert_problem(await add(client, path, 1, b"bcd"), 409, "upload_moved")
    beyond = assert_problem(await add(client, path, 0, b"abcde"), 413, "file_too_large")
    assert "4 bytes are left of the upload" in beyond["detail"]
    for checksum in ("crc32 AAAA", "sha1", "sha1 AAAA", "sha1 &"):
        answer = await client.patch(
            path,
            content=b"abcd",
            headers={**PART, "Upload-Offset": "0", "Upload-Checksum": checksum.encode().decode("latin-1")},
        )
        assert_problem(answer, 422, "invalid_header")
    assert await offset_of(client, path) == 0
    stranger = bearer(await make_key(service.database_url, f"other_{uuid4().hex}"))
    for method in ("GET", "PATCH", "DELETE"):
        answer = await client.request(method, path, headers={**PART, "Upload-Offset": "0", **stranger}, content=b"")
        assert_problem(answer, 404, "upload_not_found")
    told = assert_problem(
        await client.post("/v1/datasets", json={"upload": path.rpartition("/")[2]}, headers=stranger),
        422,
        "invalid_body",
    )
    assert [(fault["pointer"], fault["code"]) for fault in told["errors"]] == [("/upload", "upload_not_found")]


async def test_deleted_or_expired_nothing_is_left(service: Service, tmp_path: Path) -> None:
    deleted, expired, kept = [await upload(service.client, 8) for _ in range(3)]
    for path in (deleted, expired, kept):
        assert (await add(service.client, path, 0, b"abcd")).status_code == 204
    assert (await service.client.delete(deleted, headers=TUS)).status_code == 204
    assert_problem(await service.client.delete(deleted, headers=TUS), 404, "upload_not_found")
    async with service.database.write() as connection:
        lapse = text("UPDATE uploads SET expires_at = '2001-01-01T00:00:00.000Z' WHERE id = :id")
        await connection.execute(lapse, {"id": expired.rpartition("/")[2]})
    assert_problem(await add(service.client, expired, 4, b"efgh"), 410, "upload_expired")
    await sweep(service, tmp_path)
    for path in (deleted, expired):
        assert_problem(await service.client.get(path), 404, "upload_not_found")
        assert await asyncio.to_thread(files_of, service, path) == []
    assert await offset_of(service.client, kept) == 4


async def test_its_bytes_count_in_the_quota(service: Service) -> None:
    async def used(client: httpx.AsyncClient) -> int:
        quotas = (await client.get("/v1/limits")).json()["quotas"]
        return next(quota["used"] for quota in quotas if quota["name"] == "stored_bytes")

    project = f"counted_{uuid4().hex}"
    headers = bearer(await make_key(service.database_url, project))
    async with httpx.AsyncClient(base_url=service.client.base_url, timeout=30, headers=headers) as client:
        path = await upload(client, 8)
        await add(client, path, 0, b"abcd")
        assert await used(client) == 4
        await add(client, path, 4, b"efgh")
        assert await used(client) == 8
        told = (await finish(client, path)).json()
        assert await used(client) == 8
        again = await client.post("/v1/datasets", json={"from": told["id"]})
        assert again.status_code == 201
        assert await used(client) == 8
        for dataset_id in (told["id"], again.json()["id"]):
            await client.delete(f"/v1/datasets/{dataset_id}")
        assert await used(client) == 0
