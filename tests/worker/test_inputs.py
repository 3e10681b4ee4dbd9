"""Files that an attempt begins with: brought from a real storage to a real trainer, or a clear end of the attempt."""

import asyncio
import dataclasses
import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sklearn.datasets import load_digits

from db.attempts import epochs
from db.connections.engine import Database
from db.jobs import events, jobs
from db.jobs.jobs import JobRow
from db.queue import claims
from db.queue.claims import Claim
from db.queue.inputs import Input
from db.tables.base import DEFAULT_PROJECT
from settings import WorkerSettings
from spec.datasets.built_in import built_in_facts
from spec.datasets.facts import DatasetFacts
from spec.inputs import InputName
from spec.states import JobStatus
from storage.errors import StorageUnavailable
from storage.store import Store
from tests.api.specs import digits
from tests.db.scenes import in_read, in_write, read, submit
from tests.reader.files import npz
from tests.tables.tables import uploaded
from worker.messages import InputFile
from worker.supervisor.attempts import inputs
from worker.supervisor.attempts.dialogue import Why
from worker.supervisor.attempts.inputs import CalledOff, InputLost, fetch
from worker.supervisor.attempts.runs import Run
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.devices import Seat
from worker.supervisor.slots import start_trainer
from worker.supervisor.trainers.process import Trainer
from worker.supervisor.workplace import Workplace

UPLOAD = "ds_01jgz8q6v5x0r3w2m4n6p8s9tb"
KEY = "datasets/1"
SEAT = Seat("cpu", (), 1, 2**31)


@asynccontextmanager
async def place_of(home: Path, database_url: str) -> AsyncIterator[Workplace]:
    settings = WorkerSettings(home=home, database_url=database_url)
    database = Database(database_url)
    yield Workplace("worker_1", settings, database, Store(f"file://{home}/storage"), WorkDirs(home, "worker_1"))
    await database.close()


@pytest.fixture
async def place(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with place_of(tmp_path, sqlite_url) as opened:
        yield opened


@pytest.fixture(scope="module")
async def trainer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Trainer]:
    """A warm trainer, which takes what any place here gives it."""
    home = tmp_path_factory.mktemp("trainer")
    async with place_of(home, f"sqlite:///{home}/never.db") as nowhere:
        started = await start_trainer(SEAT, nowhere)
        yield started
        await started.end()


def stored(
    place: Workplace,
    content: bytes | InputFile,
    *,
    is_required: bool = True,
    key: str = KEY,
    name: InputName = InputName.DATASET,
) -> Input:
    """A file in the storage."""
    path = place.settings.home / "source"
    path.write_bytes(content if isinstance(content, bytes) else Path(content.path).read_bytes())
    found = place.store.put(key, path)
    return Input(name, key, found.sha256, found.size_bytes, is_required)


def file_of(place: Workplace) -> Path:
    """Where the storage keeps it."""
    path = place.store.local_path(KEY)
    assert path is not None
    return path


async def claimed(place: Workplace, dataset: str, facts: DatasetFacts | None = None) -> Claim:
    """A job on the pixels of digits, under this name, and the attempt at it."""
    spec = digits(dataset={"name": dataset, "scaling": "none"})
    if facts is not None:
        spec["dataset"] |= {"target": {"column": "y", "type": "classes"}}
    spec["training"]["seed"] = 7
    known = facts or built_in_facts("digits")
    assert known is not None
    told = known.model_copy(update={"name": dataset}).model_dump_json()
    await submit(place.database, spec_json=json.dumps(spec), dataset=dataset, dataset_facts_json=told)
    claim = await in_write(place.database, claims.claim_next, place.worker_id, 0, ["cpu"], 300)
    assert claim is not None
    return claim


async def carried_out(place: Workplace, trainer: Trainer, claim: Claim, why: Why | None = None) -> JobRow:
    """The job after the attempt."""
    run = Run(claim, trainer, place, memory_bytes=SEAT.memory_bytes, claim_began_ns=0)
    if why is not None:
        run.dialogue.stop(why)
    await run.carry_out()
    return await read(place.database, claim.job_id)


async def metrics(place: Workplace, claim: Claim) -> list[str]:
    return [row.metrics_json for row in await in_read(place.database, epochs.page, claim.job_id, 0, 100)]


async def test_rows_from_a_file_of_the_storage_train_to_the_bit(place: Workplace, trainer: Trainer) -> None:
    built_in = await claimed(place, "digits")
    assert (await carried_out(place, trainer, built_in)).status is JobStatus.SUCCEEDED
    images = load_digits()
    found = uploaded(npz(x=images.images, y=images.target), place.settings.home)
    facts = stored(place, found.facts_file, key="datasets/2", name=InputName.DATASET_FACTS)
    columns = stored(place, found.columns)
    own = dataclasses.replace(await claimed(place, UPLOAD, found.facts), inputs=(columns, facts))
    job = await carried_out(place, trainer, own)
    assert (job.status, job.error_message) == (JobStatus.SUCCEEDED, None)
    assert await metrics(place, own) == await metrics(place, built_in)
    told = await in_read(place.database, jobs.get_with_results, own.job_id, DEFAULT_PROJECT)
    assert told is not None
    data = json.loads(str(told[1]))["data"]
    assert data["classes"] == [str(digit) for digit in range(10)]
    assert data["preprocessing"]["inputs"][0]["features"][0]["column"] == "x"
    assert data["warnings"] == []
    # What is no such file is the job's own fault, and no name of ours is in the message.
    broken = dataclasses.replace(
        await claimed(place, UPLOAD, found.facts), inputs=(stored(place, b"no archive"), facts)
    )
    job = await carried_out(place, trainer, broken)
    assert (job.status, job.error_code, job.error_pointer) == (JobStatus.FAILED, "data_error", "/dataset")
    assert str(place.settings.home) not in str(job.error_message)


async def test_an_attempt_without_what_it_needs_ends_and_leaves_the_trainer_free(
    place: Workplace, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "_PATIENCE_SECONDS", 0.5)
    done_before = trainer.jobs_done
    file = stored(place, os.urandom(2**21))
    own = file_of(place)
    whole = own.read_bytes()

    for changed in (None, whole[:-1], whole + b"\0", b"\0" + whole[1:]):
        own.unlink()
        if changed is not None:
            own.write_bytes(changed)
        job = await carried_out(place, trainer, dataclasses.replace(await claimed(place, UPLOAD), inputs=(file,)))
        assert (job.status, job.error_code, job.error_pointer) == (JobStatus.FAILED, "data_error", "/dataset")
        assert job.error_message == "The file of the data set is missing from the storage, or is damaged."
        own.write_bytes(whole)

    own.unlink()
    own.symlink_to(own)  # a storage that does not answer
    waiting = dataclasses.replace(await claimed(place, UPLOAD), inputs=(file,))
    job = await carried_out(place, trainer, waiting)
    assert (job.status, job.attempts_counted) == (JobStatus.QUEUED, 0)
    assert place.set_aside.waiting == [waiting.job_id], "others do not wait for it"
    await in_write(place.database, jobs.request_cancel, waiting.job_id, DEFAULT_PROJECT)
    history = await in_read(place.database, events.list_page, waiting.job_id, 0, 100)
    assert any("storage" in event.data_json for event in history)

    for why, status in ((Why.CANCELLED, JobStatus.CANCELLED), (Why.HANDED_BACK, JobStatus.QUEUED)):
        claim = dataclasses.replace(await claimed(place, UPLOAD), inputs=(file,))
        assert (await carried_out(place, trainer, claim, why)).status is status
    assert trainer.is_alive
    assert trainer.jobs_done == done_before


async def test_the_first_whole_one_of_a_name_is_brought(place: Workplace, tmp_path: Path) -> None:
    good = stored(place, b"good", is_required=False)
    other = dataclasses.replace(good, sha256=hashlib.sha256(b"better").hexdigest(), size_bytes=6)
    missing = dataclasses.replace(good, key="datasets/2")
    found = await fetch(place.store, "job_1", [missing, other, good], tmp_path, asyncio.Event())
    assert (tmp_path / "inputs" / "dataset").read_bytes() == b"good"
    assert found[InputName.DATASET].sha256 == good.sha256
    assert await fetch(place.store, "job_1", [missing, other], tmp_path, asyncio.Event()) == {}
    assert list((tmp_path / "inputs").iterdir()) == [], "nothing is left of what is not whole"


async def test_weights_that_are_lost_are_told_of_where_the_spec_asks_for_them(place: Workplace, tmp_path: Path) -> None:
    file = dataclasses.replace(stored(place, b"weights"), name=InputName.INITIAL_WEIGHTS)
    found = await fetch(place.store, "job_1", [file], tmp_path, asyncio.Event())
    assert found[InputName.INITIAL_WEIGHTS].sha256 == file.sha256
    file_of(place).unlink()
    with pytest.raises(InputLost) as lost:
        await fetch(place.store, "job_1", [file], tmp_path, asyncio.Event())
    assert lost.value.pointer == "/training/initial_weights"
    assert str(lost.value) == "The file of the initial weights is missing from the storage, or is damaged."


async def test_a_large_one_is_called_off_while_it_is_copied(place: Workplace, tmp_path: Path) -> None:
    file = stored(place, bytes(2**21))
    called_off = asyncio.Event()
    called_off.set()
    with pytest.raises(CalledOff):
        await fetch(place.store, "job_1", [file], tmp_path, called_off)
    # A checkpoint is brought all the same: the trainer leaves it to whoever goes on.
    optional = dataclasses.replace(file, is_required=False)
    assert InputName.DATASET in await fetch(place.store, "job_1", [optional], tmp_path, called_off)


async def test_one_that_the_disk_has_no_room_for_is_not_begun(place: Workplace, tmp_path: Path) -> None:
    file = dataclasses.replace(stored(place, b"small"), size_bytes=2**62)
    with pytest.raises(OSError, match="No space left"):
        await fetch(place.store, "job_1", [file], tmp_path, asyncio.Event())


async def test_more_than_was_stored_is_not_copied(place: Workplace, tmp_path: Path) -> None:
    file = dataclasses.replace(stored(place, bytes(2**23)), size_bytes=2**20)
    with pytest.raises(InputLost):
        await fetch(place.store, "job_1", [file], tmp_path, asyncio.Event())
    assert (tmp_path / "inputs" / "dataset").stat().st_size <= 2**21


async def test_the_storage_is_waited_for(place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_PAUSE_SECONDS", 0.01)
    file = stored(place, b"good")
    own = file_of(place)
    own.unlink()
    own.symlink_to(own)
    fetching = asyncio.create_task(fetch(place.store, "job_1", [file], tmp_path, asyncio.Event()))
    await asyncio.sleep(0.1)
    assert not fetching.done()
    # In one step: between two, the file would be missing.
    good = own.with_name("good")
    good.write_bytes(b"good")
    good.replace(own)
    assert InputName.DATASET in await fetching
    own.unlink()
    own.symlink_to(own)
    monkeypatch.setattr(inputs, "_PATIENCE_SECONDS", 0.0)
    with pytest.raises(StorageUnavailable):
        await fetch(place.store, "job_1", [file], tmp_path, asyncio.Event())
