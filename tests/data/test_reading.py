"""A file that is sent becomes a data set: by the process that reads it, and by whole workers."""

import asyncio
import dataclasses
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import select

from db.tables.datasets import Dataset
from db.tables.jobs import Job
from db.workers import workers
from settings import WorkerSettings
from spec.datasets.descriptions import DatasetDescription
from spec.states import FailureCode
from tests.api.service import Service
from tests.data.reader import claim_of, end
from tests.data.senders import made
from tests.services.redis import RedisServer
from tests.worker.workbench import ROOT, WorkerProcess
from worker.reader.faults import FileFaulty
from worker.reader.packing import pack, write_facts
from worker.reader.reading import read
from worker.reader.results import results_of
from worker.supervisor.devices import Seat, reading_seats
from worker.supervisor.kinds import READER
from worker.supervisor.slots import start_trainer
from worker.supervisor.supervisor import Supervisor
from worker.supervisor.trainers.process import Trainer
from worker.supervisor.workplace import Workplace

TABLE = b"weight,fruit,ripe\n1.5,apple,yes\n2,pear,no\n,apple,yes\n1.75,plum,no\n"
BROKEN = b"weight,fruit\n1.5,apple\n2,pear\nheavy,apple\n"
DESCRIBED = {"columns": {"weight": {"type": "number"}}}


def npz() -> bytes:
    """Eight rows of four numbers, and a number each."""
    file = io.BytesIO()
    np.savez(file, x=np.ones((8, 4), np.float32), y=np.arange(8.0))
    return file.getvalue()


def pictures() -> bytes:
    """A grey one of each of two classes, both wider than high."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("cat", "dog"):
            picture = io.BytesIO()
            Image.new("L", (6, 4)).save(picture, "PNG")
            archive.writestr(f"{name}/1.png", picture.getvalue())
    return file.getvalue()


def settings_of(service: Service, redis_server: RedisServer, home: Path, **others: float) -> WorkerSettings:
    """Those of a worker of this service."""
    return WorkerSettings(
        home=home,
        database_url=SecretStr(service.database_url),
        broker_url=SecretStr(redis_server.url),
        storage_url=SecretStr(service.storage_url),
        poll_seconds=0.2,
        **others,
    )


async def read_here(service: Service, content: bytes, said: Mapping[str, Any], folder: Path) -> Any:  # noqa: ANN401 -- JSON
    """The data set of these bytes, once what the reader tells of them has ended its job."""
    dataset = await made(service.client, content, said)
    claimed = await claim_of(service, dataset["id"])
    path, pieces = folder / "file", folder / "pieces"
    await asyncio.to_thread(path.write_bytes, content)
    pieces.mkdir()
    try:
        found = read(path, DatasetDescription.model_validate(said), pieces)
    except FileFaulty as error:
        faults = {"faults": [fault.document() for fault in error.faults], "more_faults": error.more}
        await end(service, claimed, faults, FailureCode.DATA_ERROR)
    else:
        facts = found.facts(said.get("target"))
        left = [pack(found.columns, folder), write_facts(facts, folder)]
        await end(service, claimed, results_of(found, facts), files=left)
    return (await service.client.get(f"/v1/datasets/{dataset['id']}")).json()


async def test_what_is_read_of_a_table_is_shown(service: Service, tmp_path: Path) -> None:
    told = await read_here(service, TABLE, {"target": "fruit"}, tmp_path)
    assert (told["status"], told["format"], told["rows"], told["shape"]) == ("ready", "csv", 4, None)
    assert told["classes"] == ["apple", "pear", "plum"]
    weight, fruit, ripe = told["columns"]
    assert (weight["name"], weight["type"], weight["missing"], weight["mean"]) == ("weight", "number", 1, 1.75)
    assert (fruit["type"], fruit["distinct"], fruit["top"][0]) == ("category", 3, {"value": "apple", "count": 2})
    assert (ripe["type"], ripe["distinct"], ripe["is_guessed"]) == ("boolean", 2, True)
    assert not {"member", "values", "truth"} & {name for column in told["columns"] for name in column}
    assert told["error"] is None


@pytest.mark.parametrize(
    ("content", "target", "shown"),
    [(npz(), "y", ([4], None)), (pictures(), "class", ([4, 6, 1], ["cat", "dog"]))],
    ids=["npz", "images"],
)
async def test_what_is_read_of_arrays_and_pictures_has_a_shape(
    service: Service, tmp_path: Path, content: bytes, target: str, shown: tuple[list[int], list[str] | None]
) -> None:
    told = await read_here(service, content, {"target": target}, tmp_path)
    assert (told["status"], told["shape"], told["classes"]) == ("ready", *shown)


async def test_a_constant_column_is_warned_of(service: Service, tmp_path: Path) -> None:
    told = await read_here(service, b"a,b\n1,7\n2,7\n", {}, tmp_path)
    (warning,) = told["warnings"]
    assert (warning["code"], warning["column"]) == ("constant_column", "b")


async def test_of_many_long_columns_and_classes_the_beginning_is_told(service: Service, tmp_path: Path) -> None:
    names = [f"column_{number}" for number in range(1_500)]
    rows = [[f"{row}{'ä' * 99}" for _ in names] for row in range(6)]
    many = "\n".join(",".join(row) for row in [names, *rows]).encode()
    told = await read_here(service, many, {}, tmp_path)
    assert (told["status"], len(told["columns"])) == ("ready", len(names))
    first, last = told["columns"][0], told["columns"][-1]
    assert (len(first["examples"]), last["examples"], last["top"], last["distinct"]) == (5, None, None, 6)
    assert len(str(told["columns"])) < 8 * 2**20

    other = tmp_path / "other"
    other.mkdir()
    long = b"name,x\n" + b"".join(b"%d%s,1\n" % (row, b"y" * 60_000) for row in range(5))
    told = await read_here(service, long, {"target": "name"}, other)
    assert (told["status"], told["columns"][0]["distinct"], told["classes"]) == ("ready", 5, None)


async def test_a_file_at_fault_is_told_with_its_lines(service: Service, tmp_path: Path) -> None:
    told = await read_here(service, BROKEN, DESCRIBED, tmp_path)
    assert (told["status"], told["rows"], told["columns"]) == ("failed", None, None)
    assert told["error"]["code"] == "data_error"
    (fault,) = told["error"]["faults"]
    assert (fault["line"], fault["column"], fault["value"]) == (4, "weight", "heavy")


async def test_whoever_waits_hears_of_it_from_a_reader(
    service: Service, redis_server: RedisServer, tmp_path: Path
) -> None:
    """By a supervisor without trainers: the process is started with the first file."""
    settings = settings_of(service, redis_server, tmp_path, lease_seconds=3, heartbeat_seconds=0.5)
    supervisor = Supervisor(settings, reading_seats(settings))
    running = asyncio.create_task(supervisor.run())
    try:
        good, bad = await made(service.client, TABLE), await made(service.client, BROKEN, DESCRIBED)
        told = [
            (await service.client.get(f"/v1/datasets/{one['id']}", params={"wait_seconds": 60}, timeout=90)).json()
            for one in (good, bad)
        ]
    finally:
        supervisor.request_stop()
        await running
    assert [one["status"] for one in told] == ["ready", "failed"]
    assert [column["name"] for column in told[0]["columns"]] == ["weight", "fruit", "ripe"]
    (fault,) = told[1]["error"]["faults"]
    assert (fault["line"], fault["column"]) == (4, "weight")


async def test_a_reader_that_outgrows_its_memory_ends_the_reading_at_once(
    service: Service, redis_server: RedisServer, tmp_path: Path
) -> None:
    settings = settings_of(service, redis_server, tmp_path)

    async def start_unlimited(seat: Seat, workplace: Workplace) -> Trainer:
        return await start_trainer(dataclasses.replace(seat, memory_bytes=2**40), workplace)

    # Less than any such process has from its beginning on; but it does not know.
    supervisor = Supervisor(settings, [Seat("cpu", (), 1, 2**22, READER)], start_unlimited)
    # The file comes first: to the worker, each file that comes into the test's bucket in parts has come years ago.
    dataset = await made(service.client, TABLE * 200_000)
    running = asyncio.create_task(supervisor.run())
    try:
        path = f"/v1/datasets/{dataset['id']}"
        told = (await service.client.get(path, params={"wait_seconds": 60}, timeout=90)).json()
    finally:
        supervisor.request_stop()
        await running
    assert (told["status"], told["error"]["code"]) == ("failed", "out_of_memory")
    assert "Write it with smaller rows" in told["error"]["message"]
    async with service.database.read() as connection:
        job = select(Job.attempt).join(Dataset, Dataset.job_id == Job.id).where(Dataset.id == dataset["id"])
        assert (await connection.execute(job)).scalar_one() == 1


async def test_every_worker_reads_beside_its_trainers(
    service: Service, redis_server: RedisServer, tmp_path: Path
) -> None:
    environment = {
        "HOME": str(tmp_path / "home"),
        "DATABASE_URL": service.database_url,
        "BROKER_URL": redis_server.url,
        "STORAGE_URL": service.storage_url,
        "WORKER_SLOTS": "1",
    }
    named = {f"NETCOACH_{name}": value for name, value in environment.items()}
    worker = WorkerProcess(tmp_path / "worker.log", {**named, "PYTHONPATH": str(ROOT)})

    def readers() -> list[psutil.Process]:
        children = psutil.Process(worker.process.pid).children()
        return [child for child in children if READER.module in child.cmdline()]

    try:
        async with asyncio.timeout(180):
            while True:
                async with service.database.read() as connection:
                    found = await workers.list_all(connection, alive_within_seconds=60)
                if mine := [row for row in found if row.pid == worker.process.pid and row.state == "ready"]:
                    break
                assert worker.process.poll() is None, worker.log.read_text()
                await asyncio.sleep(0.05)
        assert (mine[0].slots, mine[0].busy, mine[0].accelerators) == (1, 0, ["cpu"])
        dataset = await made(service.client, TABLE)
        path = f"/v1/datasets/{dataset['id']}"
        told = (await service.client.get(path, params={"wait_seconds": 60}, timeout=90)).json()
        assert (told["status"], len(told["columns"])) == ("ready", 3), worker.log.read_text()
        assert len(readers()) == 1
    finally:
        await asyncio.to_thread(worker.end)
