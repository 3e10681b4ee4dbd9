"""Data sets that are only looked at: nothing is left of them, whatever becomes of the request or of the reading."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, update

from db.tables.columns import db_now
from db.tables.datasets import Blob, Dataset
from db.tables.jobs import Job
from spec.states import FailureCode, JobStatus
from tests.api.service import Service, assert_problem
from tests.data.reader import claim, claim_of, end, sweep
from tests.data.senders import FORM, form

DRY = "/v1/datasets?dry_run=true"


async def made_for(service: Service, content_mark: str) -> str:
    """The id of the data set that a request is waiting for."""
    for _ in range(200):
        async with service.database.read() as connection:
            named = select(Dataset.id).where(Dataset.name == content_mark)
            if (found := await connection.scalar(named)) is not None:
                return found
        await asyncio.sleep(0.05)
    raise AssertionError(content_mark)


async def left_of(service: Service, dataset_id: str) -> Mapping[str, object]:
    """What the database still has of it."""
    async with service.database.read() as connection:
        row = (await connection.execute(select(Dataset.id).where(Dataset.id == dataset_id))).scalars().all()
        job = (await connection.execute(select(Job.status).where(Job.dataset == dataset_id))).scalars().all()
    return {"datasets": row, "jobs": job}


NOTHING = {"datasets": [], "jobs": []}


def asked(service: Service, mark: str, seconds: float = 60) -> asyncio.Task[httpx.Response]:
    """A dry run, under way."""
    content = form(mark.encode(), {"name": mark})
    path = f"{DRY}&wait_seconds={seconds}"
    return asyncio.create_task(service.client.post(path, content=content, headers=FORM, timeout=90))


async def test_nothing_of_it_is_to_be_found_while_it_is_read(service: Service, tmp_path: Path) -> None:
    mark = uuid4().hex
    asking = asked(service, mark)
    dataset_id = await made_for(service, mark)
    claimed = await claim_of(service, dataset_id)
    for path in (f"/v1/datasets/{dataset_id}", f"/v1/datasets/{dataset_id}/preview"):
        assert_problem(await service.client.get(path), 404, "dataset_not_found")
    assert (await service.client.get("/v1/datasets", params={"name": mark})).json()["data"] == []
    assert_problem(await service.client.delete(f"/v1/datasets/{dataset_id}"), 404, "dataset_not_found")
    refused = await service.client.post("/v1/datasets", json={"from": dataset_id})
    assert_problem(refused, 422, "invalid_body")
    await sweep(service, tmp_path)
    assert not asking.done()
    faults = [{"code": "ragged_row", "message": "This row has 3 fields, not 2. Correct it.", "line": 7}]
    await end(service, claimed, {"faults": faults, "more_faults": 0}, FailureCode.DATA_ERROR)
    told = (await asking).json()
    assert (told["status"], told["error"]["faults"]) == ("failed", faults)
    assert await left_of(service, dataset_id) == NOTHING
    async with service.database.read() as connection:
        blobs = await connection.execute(select(Blob.sha256).where(Blob.sha256 == told["sha256"]))
        assert blobs.all() == []
    acts = (await service.client.get("/v1/audit")).json()["data"]
    assert dataset_id not in {act["object_id"] for act in acts}
    await sweep(service, tmp_path)
    files = await asyncio.to_thread(lambda: [entry.key for entry in service.store.list()])
    assert not [key for key in files if claimed.job_id in key or claimed.inputs[0].key == key]


@pytest.mark.parametrize("is_running", [False, True])
async def test_a_file_that_is_not_read_in_time(service: Service, tmp_path: Path, is_running: bool) -> None:
    mark = uuid4().hex
    asking = asked(service, mark, 1.0 if is_running else 0.2)
    dataset_id = await made_for(service, mark)
    claimed = await claim_of(service, dataset_id) if is_running else None
    detail = assert_problem(await asking, 409, "dry_run_timed_out")["detail"]
    assert "without `dry_run`" in detail
    if claimed is None:
        assert await left_of(service, dataset_id) == NOTHING
        assert await claim(service) is None
        return
    # Its worker is told to stop; then it goes.
    assert (await left_of(service, dataset_id))["jobs"] == [JobStatus.RUNNING]
    await sweep(service, tmp_path)
    await end(service, claimed, {}, FailureCode.INTERNAL)
    await sweep(service, tmp_path)
    assert await left_of(service, dataset_id) == NOTHING


async def test_a_client_that_goes_away(service: Service) -> None:
    mark = uuid4().hex
    asking = asked(service, mark)
    dataset_id = await made_for(service, mark)
    asking.cancel()
    for _ in range(200):
        if await left_of(service, dataset_id) == NOTHING:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(await left_of(service, dataset_id))


async def test_one_whose_request_was_lost_is_swept(service: Service, tmp_path: Path) -> None:
    """As when the API was killed meanwhile: nothing but the database knows of it."""
    mark = uuid4().hex
    asking = asked(service, mark)
    dataset_id = await made_for(service, mark)
    claimed = await claim_of(service, dataset_id)
    await end(service, claimed, {}, FailureCode.DATA_ERROR)
    # Its moment has not come: whoever waits for it shall find it.
    async with service.database.read() as connection:
        moment = await connection.scalar(select(Dataset.deleted_at > db_now()).where(Dataset.id == dataset_id))
    assert moment in (True, None)  # it may have been answered meanwhile
    assert (await asking).status_code == 200

    other = uuid4().hex
    asking = asked(service, other)
    dataset_id = await made_for(service, other)
    claimed = await claim_of(service, dataset_id)
    await sweep(service, tmp_path)
    assert (await left_of(service, dataset_id))["jobs"] == [JobStatus.RUNNING]
    async with service.database.write() as connection:
        await connection.execute(update(Dataset).where(Dataset.id == dataset_id).values(deleted_at=db_now(-1)))
    await sweep(service, tmp_path)
    assert (await left_of(service, dataset_id))["jobs"] == [JobStatus.RUNNING]
    await end(service, claimed, {}, FailureCode.DATA_ERROR)
    await sweep(service, tmp_path)
    assert await left_of(service, dataset_id) == NOTHING
    answer = await asking
    assert answer.status_code in {200, 404}
