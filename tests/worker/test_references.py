"""References on a worker: found by the real program, and what becomes of those whose rows are gone."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from db.connections.engine import Database
from db.datasets import references
from settings import WorkerSettings
from storage.store import Store
from tests.db.scenes import in_read, in_write, submit
from worker.reference_messages import Prepared
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.references.desk import ReferenceDesk
from worker.supervisor.references.wanted import WantedReferences
from worker.supervisor.workplace import Workplace
from worker.trainer.data.files import DataFiles
from worker.trainer.data.parts import Part

# What the database does is tested on both.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def prepared(folder: Path, choice: str = "these") -> Prepared:
    target = np.arange(60) % 2
    arrays = {"training_features": np.stack([target, 1 - target], axis=1).astype(np.float32), "training_target": target}
    parts = [
        Part(name, array.shape, array.dtype, lambda some, array=array: array[some]) for name, array in arrays.items()
    ]
    shared = DataFiles(folder, 2**24).get("rows", lambda: parts)
    return Prepared(folder=str(shared.folder), choice=choice, kind="classes", encoding="classes", classes=2)


async def test_what_is_found_is_stored_and_told_and_what_is_gone_may_be_tried_again(
    database: Database, tmp_path: Path
) -> None:
    settings = WorkerSettings(home=tmp_path)
    store = Store(f"file://{tmp_path}/storage")
    place = Workplace("worker_1", settings, database, store, WorkDirs(tmp_path, "worker_1"))
    sound = prepared(tmp_path / "data")
    gone = sound.model_copy(update={"folder": str(tmp_path / "nowhere"), "choice": "those"})
    # A worker that is gone was about to find one of them.
    left = sound.model_copy(update={"choice": "others"})
    left_key = str(place.wanted_references.want(left, []))
    assert await in_write(database, references.claim, left_key, [])
    keys = [place.wanted_references.want(one, []) for one in (gone, sound)]
    job = await submit(database)
    desk, arrived = ReferenceDesk(place), asyncio.Event()
    told: list[str] = []

    def arrive(key: str) -> None:
        told.append(key)
        arrived.set()

    desk.on_arrival = arrive
    running = asyncio.create_task(desk.run())
    await asyncio.wait_for(arrived.wait(), 600)
    running.cancel()
    await asyncio.wait([running])
    assert told == [keys[1]]
    await in_write(database, references.note, job.id, str(keys[1]))
    known = await in_read(database, references.of_job, job.id)
    assert known.document is not None
    assert known.document["models"]["logistic_regression"] == 1.0
    assert known.document["balanced"]["guess"] == 0.5
    assert (known.document["train_rows"], known.document["rows"]) == (48, 12)
    assert not await in_write(database, references.claim, str(keys[1]), [])
    assert await in_write(database, references.claim, str(keys[0]), [])
    # What another has claimed, and what came to nothing, is wanted again with the next job; what is known is not.
    for one in (left, gone, sound):
        place.wanted_references.want(one, [])
    again = [(await asyncio.wait_for(place.wanted_references.next(), 1)).key for _ in range(2)]
    assert again == [left_key, keys[0]]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(place.wanted_references.next(), 0.01)


async def test_each_is_wanted_once_and_none_where_that_is_switched_off(database: Database, tmp_path: Path) -> None:
    del database
    said = prepared(tmp_path / "data")
    wanted = WantedReferences(is_on=True)
    key = wanted.want(said, [])
    assert wanted.want(said, []) == key != wanted.want(said, ["ds_1"])
    assert [(await wanted.next()).datasets for _ in range(2)] == [(), ("ds_1",)]
    wanted.want(said, [])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wanted.next(), 0.01)
    wanted.forget(str(key))
    wanted.want(said, [])
    assert (await wanted.next()).key == key
    assert wanted.want(None, []) is None
    assert WantedReferences(is_on=False).want(said, []) is None
