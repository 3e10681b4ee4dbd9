"""A deleted job is gone at once, and its files soon, whatever the storage says meanwhile."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from broker.publisher import Publisher
from db.jobs import removals
from db.workers.upkeep import Duty
from settings import WorkerSettings
from tests.api.service import Service, assert_problem
from tests.api.specs import digits
from tests.db.scenes import submit
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.upkeep.duties import Duties
from worker.supervisor.workplace import Workplace


async def ended(service: Service, folder: Path, **fields: object) -> str:
    """A job that succeeded, with epochs, an artifact and a checkpoint in the storage."""
    answer = await service.client.post("/v1/jobs", json=digits(metadata={"a": "b"}, **fields))
    job_id: str = answer.json()["id"]
    await service.record(job_id, [{"loss": 1.0}], duration_seconds=0.1)
    await service.succeed(job_id, {"final_metrics": {}}, files={"history.csv": b"epoch\n"}, folder=folder)
    service.store.put(f"checkpoints/{job_id}/1/000000001-000000000.npz", folder / "history.csv")
    return job_id


def workplace(service: Service, folder: Path) -> Workplace:
    """A worker's, without its worker."""
    settings = WorkerSettings(home=folder)
    return Workplace("worker_1", settings, service.database, service.store, WorkDirs(folder, "worker_1"))


async def sweep_deleted(place: Workplace) -> None:
    """What a worker does that has just started."""
    duties = Duties(place, Publisher("redis://127.0.0.1:1"), memory_bytes=2**33, on_requeued=lambda: None)
    await duties.rounds()[Duty.REMOVALS].go()


def files_of(service: Service, job_id: str) -> list[Path]:
    return [path for path in service.storage_folder.rglob("*") if job_id in str(path)]


async def test_a_deleted_job_is_nowhere_to_be_seen(service: Service, tmp_path: Path) -> None:
    name = uuid4().hex
    job_id = await ended(service, tmp_path, name=name)
    child = (await service.client.post(f"/v1/jobs/{job_id}/derive", json={"patch": []})).json()
    answer = await service.client.delete(f"/v1/jobs/{job_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    paths = ["", "/results", "/metrics", "/events", "/attempts", "/artifacts", "/artifacts/history.csv"]
    for path in paths:
        assert_problem(await service.client.get(f"/v1/jobs/{job_id}{path}"), 404, "job_not_found")
    assert_problem(await service.client.delete(f"/v1/jobs/{job_id}"), 404, "job_not_found")
    assert_problem(await service.client.post(f"/v1/jobs/{job_id}/cancel"), 404, "job_not_found")
    listed = (await service.client.get("/v1/jobs", params={"name": name})).json()["data"]
    assert [job["id"] for job in listed] == [child["id"]]
    assert listed[0]["parent"] == job_id


async def test_only_an_ended_job_can_be_deleted(service: Service) -> None:
    assert_problem(await service.client.delete("/v1/jobs/" + "job_" + "0" * 26), 404, "job_not_found")
    assert_problem(await service.client.delete("/v1/jobs/nothing"), 404, "job_not_found")
    queued = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    assert_problem(await service.client.delete(f"/v1/jobs/{queued}"), 409, "job_not_ended")
    await service.client.post(f"/v1/jobs/{queued}/pause")
    assert_problem(await service.client.delete(f"/v1/jobs/{queued}"), 409, "job_not_ended")
    await service.client.post(f"/v1/jobs/{queued}/cancel")
    running = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    await service.claim(running)
    told = assert_problem(await service.client.delete(f"/v1/jobs/{running}"), 409, "job_not_ended")
    assert "running" in told["detail"]
    assert (await service.client.get(f"/v1/jobs/{running}")).status_code == 200


async def test_of_many_deletions_at_once_one_is_done(service: Service, tmp_path: Path) -> None:
    job_id = await ended(service, tmp_path)
    answers = await asyncio.gather(*(service.client.delete(f"/v1/jobs/{job_id}") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 9


async def test_the_first_answer_of_a_key_outlives_its_job(service: Service) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    first = await service.client.post("/v1/jobs", json=digits(), headers=headers)
    await service.client.post(f"{first.headers['Location']}/cancel")
    assert (await service.client.delete(first.headers["Location"])).status_code == 204
    again = await service.client.post("/v1/jobs", json=digits(), headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_files_go_when_the_storage_lets_them(service: Service, tmp_path: Path) -> None:
    stuck, other, kept = [await ended(service, tmp_path) for _ in range(3)]
    # What cannot be removed as a folder is: a plain file where the folder should be.
    service.lose_files(stuck)
    obstacle = service.storage_folder / "jobs" / stuck
    obstacle.write_bytes(b"")
    for job_id in (stuck, other):
        assert (await service.client.delete(f"/v1/jobs/{job_id}")).status_code == 204
    assert files_of(service, other)
    place = workplace(service, tmp_path)
    await sweep_deleted(place)
    assert files_of(service, other) == []
    async with service.database.read() as connection:
        assert [removed.job_id for removed in await removals.pending(connection, 1000)] == [stuck]
    obstacle.unlink()
    await sweep_deleted(place)
    assert files_of(service, stuck) == []
    async with service.database.read() as connection:
        assert await removals.pending(connection, 1000) == []
    assert len(files_of(service, kept)) >= 2
    assert (await service.client.get(f"/v1/jobs/{kept}/artifacts/history.csv")).content == b"epoch\n"


async def test_of_a_deleted_job_s_files_those_stay_that_others_begin_with(service: Service, tmp_path: Path) -> None:
    source = await ended(service, tmp_path)
    key = f"jobs/{source}/1/weights.safetensors"
    service.store.put(key, tmp_path / "history.csv")
    file = json.dumps({"key": key, "sha256": "ab" * 32, "size_bytes": 6})
    child = await submit(service.database, initial_weights=source, initial_weights_json=file)
    assert (await service.client.delete(f"/v1/jobs/{source}")).status_code == 204
    place = workplace(service, tmp_path)
    await sweep_deleted(place)
    assert [entry.key for entry in service.store.list(f"jobs/{source}")] == [key]
    assert list(service.store.list(f"checkpoints/{source}")) == []
    async with service.database.write() as connection:
        outdated = text("UPDATE removals SET created_at = '2001-01-01T00:00:00.000Z' WHERE job_id = :id")
        await connection.execute(outdated, {"id": source})
    await sweep_deleted(place)
    assert [entry.key for entry in service.store.list(f"jobs/{source}")] == [key], "however long ago it was deleted"
    await service.client.post(f"/v1/jobs/{child.id}/cancel")
    await sweep_deleted(place)
    assert files_of(service, source) == []
