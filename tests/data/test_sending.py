"""A file that is sent becomes a data set, once for equal bytes, and is gone with the last that is read from it."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import pytest
from sqlalchemy import select, text

from db.tables.datasets import Blob, Dataset
from db.tables.jobs import Job
from db.tables.row_sizes import CHANGE_BYTES
from spec.inputs import InputName
from spec.states import FailureCode
from tests.api.service import Service, assert_problem
from tests.data.reader import claim_of, end, sweep
from tests.data.senders import END, FORM, add, break_off, field, form, made, send, streamed
from tests.services.keys import bearer, make_key

COLUMN = {"name": "a", "type": "number", "is_guessed": True, "reason": "All values are numbers.", "missing": 0}
SHOWN = {
    "columns": [COLUMN],
    "shape": [1],
    "classes": ["x", "y"],
    "warnings": [{"code": "id_column", "column": "a", "message": "Every value is different."}],
}
FACTS = {"format": "csv", "rows": 2, "facts": {**SHOWN, "rows": 2, "columns": [{**COLUMN, "member": "0"}]}}


def content_of(mark: str | None = None) -> bytes:
    return f"a,b\n1,{mark or uuid4().hex}\n".encode()


async def keys_of(service: Service, content: bytes) -> list[str]:
    """The keys of all stored files with this content."""
    found = await asyncio.to_thread(lambda: list(service.store.list("blobs")))
    size = len(content)
    same = [entry.key for entry in found if entry.size_bytes == size]
    return [key for key in same if await asyncio.to_thread(read_all, service, key) == content]


def read_all(service: Service, key: str) -> bytes:
    with service.store.open(key) as reader:
        return reader.read()


@pytest.fixture
async def other(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another project."""
    key = await make_key(service.database_url, f"other_{uuid4().hex}")
    async with httpx.AsyncClient(base_url=service.client.base_url, timeout=30, headers=bearer(key)) as client:
        yield client


async def until(some: Callable[[], Sequence[object]], timeout_seconds: float = 20) -> None:
    """Wait until there is none left."""
    deadline = time.monotonic() + timeout_seconds
    while left := await asyncio.to_thread(some):
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.05)


async def test_a_file_becomes_a_data_set(service: Service) -> None:
    content, name = content_of(), uuid4().hex
    answer = await send(service.client, content, {"name": name, "format": "csv", "target": "b"})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert answer.headers["Location"] == f"/v1/datasets/{told['id']}"
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert (told["object"], told["name"], told["status"], told["format"]) == ("dataset", name, "processing", "csv")
    assert told["size_bytes"] == len(content)
    assert told["description"] == {"name": name, "format": "csv", "target": "b"}
    assert [told[field] for field in ("rows", "columns", "shape", "classes", "error")] == [None] * 5
    assert (await service.client.get(f"/v1/datasets/{told['id']}")).json() == told
    assert (await service.client.get("/v1/datasets", params={"name": name})).json()["data"] == [told]
    assert len(await keys_of(service, content)) == 1
    acts = (await service.client.get("/v1/audit")).json()["data"]
    assert [act["action"] for act in acts if act["object_id"] == told["id"]] == ["dataset.create"]
    # The job that reads it is nobody's to see.
    listed = (await service.client.get("/v1/jobs", params={"dataset": told["id"]})).json()["data"]
    assert listed == []


async def test_the_description_may_come_behind_the_file(service: Service) -> None:
    name = uuid4().hex
    behind = field("file", "a.csv") + content_of() + b"\r\n" + field("description") + b'{"name": "' + name.encode()
    answer = await service.client.post("/v1/datasets", content=behind + b'"}' + END, headers=FORM)
    assert (answer.status_code, answer.json()["name"]) == (201, name)


async def test_it_is_ready_once_its_job_has_read_it(service: Service) -> None:
    content = content_of()
    told = await made(service.client, content, {"name": "a"})
    claimed = await claim_of(service, told["id"])
    assert json.loads(claimed.spec_json) == {"description": {"name": "a"}}
    (file,) = claimed.inputs
    assert (file.name, file.sha256, file.size_bytes) == (InputName.DATASET, told["sha256"], len(content))
    assert await asyncio.to_thread(read_all, service, file.key) == content
    path = f"/v1/datasets/{told['id']}"
    waiting = asyncio.create_task(service.client.get(path, params={"wait_seconds": 30}))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    async with service.database.read() as connection:
        before_its_end = await connection.scalar(select(Job.row_bytes).where(Job.id == claimed.job_id))
    await end(service, claimed, FACTS)
    ready = (await asyncio.wait_for(waiting, 10)).json()
    assert ready == {**told, **SHOWN, "format": "csv", "rows": 2, "status": "ready", "ended_at": ready["ended_at"]}
    assert ready["ended_at"] is not None
    at_once = await asyncio.wait_for(service.client.get(path, params={"wait_seconds": 30}), 5)
    assert at_once.json() == ready
    async with service.database.read() as connection:
        stored = await connection.execute(select(Dataset.facts_json, Dataset.row_bytes).where(Dataset.id == told["id"]))
        facts_json, row_bytes = stored.one()
    assert json.loads(facts_json) == FACTS["facts"]
    async with service.database.read() as connection:
        job = await connection.execute(select(Job.results_json, Job.row_bytes).where(Job.id == claimed.job_id))
    # Its facts are kept once.
    assert job.one() == (None, before_its_end + CHANGE_BYTES)
    assert row_bytes > 1024 + len(json.dumps(SHOWN)) + len(json.dumps(FACTS["facts"])) // 2


async def test_it_is_called_as_its_file_unless_it_has_a_name(service: Service) -> None:
    async def name_of(file_name: str, said: dict[str, str] | None = None) -> str | None:
        sent = form(content_of(), said).replace(b'filename="table.csv"', f'filename="{file_name}"'.encode())
        return (await service.client.post("/v1/datasets", content=sent, headers=FORM)).json()["name"]

    for given, name in (
        ("adults.csv", "adults.csv"),
        ("/home/ä/adults.csv", "adults.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\adults.csv", "adults.csv"),
        ("a\u202eb\x01 \u0000c.csv ", "ab c.csv"),
        ("\u00e4" * 300, "\u00e4" * 200),
        ("folder/", None),
        ("", None),
    ):
        assert await name_of(given) == name, given
    assert await name_of("adults.csv", {"name": "people"}) == "people"
    # The name of an upload is noted with it.
    noted = f"filename {base64.b64encode('dir/ü.csv'.encode()).decode()},type dGV4dA=="
    headers = {"Upload-Length": "4", "Upload-Metadata": noted}
    upload = (await service.client.post("/v1/uploads", headers=headers)).json()["id"]
    await add(service.client, f"/v1/uploads/{upload}", 0, b"a\n1\n")
    told = (await service.client.post("/v1/datasets", json={"upload": upload})).json()
    assert told["name"] == "ü.csv"
    # What is read from another one is called as it.
    again = (await service.client.post("/v1/datasets", json={"from": told["id"]})).json()
    assert again["name"] == "ü.csv"


async def test_it_is_failed_with_all_faults(service: Service) -> None:
    told = await made(service.client, content_of())
    faults = [{"code": "ragged_row", "message": "This row has 3 fields, not 2.", "line": 7}]
    claimed = await claim_of(service, told["id"])
    await end(service, claimed, {"faults": faults, "more_faults": 3}, FailureCode.DATA_ERROR)
    failed = (await service.client.get(f"/v1/datasets/{told['id']}")).json()
    assert failed["status"] == "failed"
    message = "The file could not be read."
    assert failed["error"] == {"code": "data_error", "message": message, "faults": faults, "more_faults": 3}


async def test_equal_bytes_at_once_are_stored_once_and_go_with_the_last(
    service: Service, other: httpx.AsyncClient, tmp_path: Path
) -> None:
    content = content_of() * 100_000
    answers = await asyncio.gather(*(send(client, content) for client in (service.client, other, service.client)))
    assert [answer.status_code for answer in answers] == [201] * 3
    ids = [answer.json()["id"] for answer in answers]
    assert len(await keys_of(service, content)) == 1
    owners = (service.client, other, service.client)
    for dataset_id, owner in zip(ids, owners, strict=True):
        assert len(await keys_of(service, content)) == 1
        stranger = other if owner is service.client else service.client
        assert_problem(await stranger.delete(f"/v1/datasets/{dataset_id}"), 404, "dataset_not_found")
        assert (await owner.delete(f"/v1/datasets/{dataset_id}")).status_code == 204
        assert_problem(await owner.get(f"/v1/datasets/{dataset_id}"), 404, "dataset_not_found")
        await sweep(service, tmp_path)
    assert await keys_of(service, content) == []
    async with service.database.read() as connection:
        for table in (Dataset.id, Blob.sha256):
            left = await connection.execute(select(table).where(table.in_([*ids, answers[0].json()["sha256"]])))
            assert left.all() == []
        assert (await connection.execute(select(Job.id).where(Job.dataset.in_(ids)))).all() == []
    # The same bytes can come again.
    await made(service.client, content)
    assert len(await keys_of(service, content)) == 1


async def test_bytes_come_again_while_they_are_being_removed(service: Service, tmp_path: Path) -> None:
    content = content_of()
    for _ in range(10):
        dataset_id = (await made(service.client, content))["id"]
        await service.client.delete(f"/v1/datasets/{dataset_id}")
        again, _ = await asyncio.gather(made(service.client, content), sweep(service, tmp_path))
        await sweep(service, tmp_path)
        assert len(await keys_of(service, content)) == 1
        await service.client.delete(f"/v1/datasets/{again['id']}")
        await sweep(service, tmp_path)
        assert await keys_of(service, content) == []


async def test_a_client_that_goes_away_leaves_nothing(service: Service, request: pytest.FixtureRequest) -> None:
    before = await asyncio.to_thread(lambda: list(service.store.list("blobs")))
    for size in (10, 3 * 2**20, 20 * 2**20):
        body = field("file", "a.csv") + b"x" * size
        await break_off(service.client, "POST /v1/datasets", FORM, body)
    # It ends before its last boundary.
    answer = await service.client.post("/v1/datasets", content=form(b"x" * 2**21)[: -len(END)], headers=FORM)
    assert_problem(answer, 400, "malformed_form")

    def unfinished() -> Sequence[object]:
        if "bucket" in request.node.callspec.id:
            return request.getfixturevalue("bucket").uploads()
        return list(service.storage_folder.rglob("*.part"))

    await until(unfinished)
    assert await asyncio.to_thread(lambda: list(service.store.list("blobs"))) == before
    async with service.database.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM stray_files WHERE is_awaited"))).scalar_one() == 0


async def test_a_file_is_never_held_whole(service: Service) -> None:
    (process,) = [
        child
        for child in psutil.process_iter(["pid", "net_connections"])
        if any(
            one.laddr and one.status == psutil.CONN_LISTEN and one.laddr.port == service.client.base_url.port
            for one in child.info["net_connections"] or ()
        )
    ]
    most = 0

    def pieces(count: int) -> Iterator[bytes]:
        nonlocal most
        for number in range(count):
            most = max(most, process.memory_info().rss)
            yield (number + count).to_bytes(4, "big") * 2**18

    # What is sent to a bucket in parts, and what sends it, takes memory once.
    await service.client.post("/v1/datasets", content=streamed(pieces(40)), headers=FORM)
    before, most = process.memory_info().rss, 0
    answer = await service.client.post("/v1/datasets", content=streamed(pieces(72)), headers=FORM)
    assert answer.status_code == 201, answer.text
    assert answer.json()["size_bytes"] == 72 * 2**20
    # Parts on their way to a bucket, and what the allocator keeps of them, come to some 40 MiB in a busy process.
    assert max(most, process.memory_info().rss) - before < 56 * 2**20
