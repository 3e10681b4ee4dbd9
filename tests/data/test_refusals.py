"""What is refused of a data set, where and with what words; nothing of it is kept."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from db.jobs import jobs
from db.projects import quotas
from db.tables.base import DEFAULT_PROJECT
from spec.ids import new_id
from tests.api.service import ROOT, Service, assert_problem
from tests.data.conftest import LIMIT_BYTES
from tests.data.senders import BOUNDARY, END, FORM, field, form, made, send
from tests.db.scenes import draft
from tests.services.keys import bearer, make_key

FILE = field("file", "a.csv") + b"a\n1\n"
TWICE = field("description") + b"{}\r\n" + field("description") + b"{}\r\n" + FILE + END
BODIES: dict[str, tuple[bytes, str, str]] = {
    "nothing": (END[2:], "/file", "missing_file"),
    "no file": (field("description") + b"{}" + END, "/file", "missing_file"),
    "an empty file": (form(b""), "/file", "missing_file"),
    "an unknown field": (field("fille") + b"a" + END, "", "unknown_field"),
    "a field twice": (TWICE, "/description", "duplicate_key"),
    "a faulty description behind the file": (
        FILE + b"\r\n" + field("description") + b"[]" + END,
        "/description",
        "model_type",
    ),
    "a description that is a list": (form(b"a", b"[]"), "/description", "model_type"),
    "a name that is a number": (form(b"a", b'{"name": 1}'), "/description/name", "string_type"),
    "a column of an unknown type": (
        form(b"a", b'{"columns": {"a": {"type": "nummer"}}}'),
        "/description/columns/a/type",
        "literal_error",
    ),
    "an unknown part of the description": (form(b"a", b'{"colums": {}}'), "/description/colums", "unknown_field"),
    "a key twice": (form(b"a", b'{"a": 1, "a": 2}'), "/description/a", "duplicate_key"),
    "a long description": (form(b"a", b'"' + b"a" * 2**20 + b'"'), "/description", "text_too_long"),
}
HEADERS = "A: b\r\n" * 100
MALFORMED = {
    "empty": b"",
    "text": b"a,b\n1,2\n",
    "no end": FILE,
    "no name": f"--{BOUNDARY}\r\n\r\na{END.decode()}".encode(),
    "a long header": f"--{BOUNDARY}\r\nA: {'a' * 100_000}\r\n\r\n".encode() + END,
    "many headers": f"--{BOUNDARY}\r\n{HEADERS}\r\n".encode() + END,
}


async def kept(service: Service) -> tuple[int, int, int]:
    """How many data sets, readings and files there are."""
    async with service.database.read() as connection:
        sets = (await connection.execute(text("SELECT count(*) FROM datasets"))).scalar_one()
        readings = (await connection.execute(text("SELECT count(*) FROM jobs WHERE kind = 'read'"))).scalar_one()
    return sets, readings, len(await asyncio.to_thread(lambda: list(service.store.list("blobs"))))


@pytest.mark.parametrize("case", BODIES)
async def test_a_form_that_is_faulty(service: Service, case: str) -> None:
    before = await kept(service)
    content, pointer, code = BODIES[case]
    told = assert_problem(await service.client.post("/v1/datasets", content=content, headers=FORM), 422, "invalid_body")
    assert [(fault["pointer"], fault["code"]) for fault in told["errors"]] == [(pointer, code)]
    assert await kept(service) == before


@pytest.mark.parametrize("case", MALFORMED)
async def test_a_body_that_is_no_form(service: Service, case: str) -> None:
    before = await kept(service)
    answer = await service.client.post("/v1/datasets", content=MALFORMED[case], headers=FORM)
    assert_problem(answer, 400, "malformed_form")
    assert await kept(service) == before


async def test_other_media_types(service: Service) -> None:
    for headers in (
        {},
        {"Content-Type": "text/csv"},
        {"Content-Type": "multipart/mixed; boundary=a"},
        {**FORM, "Content-Encoding": "gzip"},
    ):
        answer = await service.client.post("/v1/datasets", content=form(b"a"), headers=headers)
        assert_problem(answer, 415, "unsupported_media_type")
    for boundary in ("", "; boundary=", f"; boundary={'a' * 71}"):
        headers = {"Content-Type": f"multipart/form-data{boundary}"}
        answer = await service.client.post("/v1/datasets", content=form(b"a"), headers=headers)
        assert_problem(answer, 400, "malformed_form")
    broken = await service.client.post("/v1/datasets", content=form(b"a", b"{"), headers=FORM)
    assert "The description is not valid JSON" in assert_problem(broken, 400, "malformed_json")["detail"]


async def test_a_file_that_is_too_large(service: Service) -> None:
    before = await kept(service)
    # By its head alone, before any of it has come.
    large = LIMIT_BYTES + 2**22
    head = f"HTTP/1.1\r\nHost: a\r\nAuthorization: {service.client.headers['Authorization']}\r\n"
    said = f"POST /v1/datasets {head}Content-Type: {FORM['Content-Type']}\r\nContent-Length: {large}\r\n\r\n"
    reader, writer = await asyncio.open_connection(service.client.base_url.host, service.client.base_url.port)
    writer.write(said.encode())
    assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"HTTP/1.1 413 ")
    writer.close()
    told = assert_problem(await send_pieces(service.client, LIMIT_BYTES + 1), 413, "file_too_large")
    assert told["detail"] == f"The file can have at most {LIMIT_BYTES:,} bytes."
    assert await kept(service) == before


async def send_pieces(client: httpx.AsyncClient, size: int) -> httpx.Response:
    async def pieces() -> Any:  # noqa: ANN401 -- an asynchronous generator
        yield field("file", "a")
        for first in range(0, size, 2**20):
            yield b"a" * min(2**20, size - first)
        yield END

    return await client.post("/v1/datasets", content=pieces(), headers=FORM)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"from": "ds_1"}, "/from"),
        ({"upload": "ds_1"}, "/upload"),
        ({"from": new_id("ds")}, "/from"),
        ({"upload": new_id("up")}, "/upload"),
        ({"from": new_id("ds"), "upload": new_id("up")}, ""),
        ({"from": new_id("ds"), "description": []}, "/description"),
        ({"from": new_id("ds"), "description": {"name": ""}}, "/description/name"),
        ({"file": "a"}, "/file"),
    ],
)
async def test_a_json_body_that_is_faulty(service: Service, body: Mapping[str, Any], pointer: str) -> None:
    told = assert_problem(await service.client.post("/v1/datasets", json=body), 422, "invalid_body")
    assert pointer in [fault["pointer"] for fault in told["errors"]]


async def test_the_same_key_gives_the_same_data_set(service: Service) -> None:
    key, content = {"Idempotency-Key": uuid4().hex}, uuid4().bytes
    first = await send(service.client, content, {"name": "a"}, key)
    before = await kept(service)
    again = await send(service.client, content, {"name": "a"}, key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(await send(service.client, content + b"b", {"name": "a"}, key), 422, "idempotency_key_reused")
    assert_problem(await send(service.client, content, {"name": "b"}, key), 422, "idempotency_key_reused")
    wrong = await send(service.client, content, None, {"Idempotency-Key": "a" * 300})
    assert_problem(wrong, 422, "invalid_header")
    assert await kept(service) == before


async def test_a_project_without_room(service: Service) -> None:
    project = f"small_{uuid4().hex}"
    headers = bearer(await make_key(service.database_url, project))
    async with service.database.write() as connection:
        await quotas.change(connection, project, quotas.Quotas(stored_bytes=3 * 2**20))
    async with httpx.AsyncClient(base_url=service.client.base_url, timeout=30, headers=headers) as client:
        await made(client, bytes(2**20))
        before = await kept(service)
        for answer in (
            await send_pieces(client, 3 * 2**20),
            await send(client, bytes(2**21 + 1)),
            await client.post("/v1/uploads", headers={"Upload-Length": str(2**21 + 1)}),
        ):
            told = assert_problem(answer, 429, "quota_exceeded")
            assert (told["quota"]["name"], told["quota"]["limit"]) == ("stored_bytes", 3 * 2**20)
        assert await kept(service) == before
        # What is left can be used.
        await made(client, bytes(2**20 - 1))


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    mount = 'mkdir "$0"/storage && mount -t tmpfs -o size=4M tmpfs "$0"/storage && exec "$@"'
    play = [sys.executable, "-m", "tests.data.full_disk", str(tmp_path)]
    command = ["unshare", *as_root, "--mount", "sh", "-c", mount, str(tmp_path), *play]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"large": [507, "storage_full"], "left": [], "small": [201, None]}


async def test_a_data_set_in_use_stays(service: Service) -> None:
    told = await made(service.client, b"a\n1\n")
    async with service.database.write() as connection:
        job = await jobs.create(connection, draft(dataset=told["id"], project=DEFAULT_PROJECT))
    refused = assert_problem(await service.client.delete(f"/v1/datasets/{told['id']}"), 409, "dataset_in_use")
    assert job.id in refused["detail"]
    assert (await service.client.get(f"/v1/datasets/{told['id']}")).json() == told
    await service.client.post(f"/v1/jobs/{job.id}/cancel")
    assert (await service.client.delete(f"/v1/datasets/{told['id']}")).status_code == 204


async def test_from_another_one(service: Service) -> None:
    told = await made(service.client, uuid4().bytes, {"name": "a"})
    again = await service.client.post("/v1/datasets", json={"from": told["id"], "description": {"name": "b"}})
    assert again.status_code == 201, again.text
    assert (again.json()["sha256"], again.json()["name"]) == (told["sha256"], "b")
    stranger = bearer(await make_key(service.database_url, f"other_{uuid4().hex}"))
    for path in (f"/v1/datasets/{told['id']}",):
        assert_problem(await service.client.get(path, headers=stranger), 404, "dataset_not_found")
        assert_problem(await service.client.delete(path, headers=stranger), 404, "dataset_not_found")
    answer = await service.client.post("/v1/datasets", json={"from": told["id"]}, headers=stranger)
    (fault,) = assert_problem(answer, 422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/from", "dataset_not_found")
    listed = await service.client.get("/v1/datasets", params={"sha256": told["sha256"]}, headers=stranger)
    assert listed.json()["data"] == []


async def test_lists_page_by_page(service: Service) -> None:
    headers = bearer(await make_key(service.database_url, f"lister_{uuid4().hex}"))
    async with httpx.AsyncClient(base_url=service.client.base_url, timeout=30, headers=headers) as client:
        ids = [(await made(client, json.dumps(number).encode()))["id"] for number in range(5)][::-1]
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await client.get("/v1/datasets", params={"limit": "2", **cursor})).json()
            found += [one["id"] for one in page["data"]]
            if not page["has_more"]:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert found == ids
        for query in ("status=ready,failed", "name=none", f"sha256={'0' * 64}"):
            assert (await client.get(f"/v1/datasets?{query}")).json()["data"] == []
        assert len((await client.get("/v1/datasets?status=processing")).json()["data"]) == 5
        assert_problem(await client.get("/v1/datasets?status=read"), 422, "invalid_query")
        assert_problem(await client.get("/v1/datasets?cursor=a"), 422, "invalid_query")
