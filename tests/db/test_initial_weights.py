"""Jobs that begin with the weights of others: what their attempts are given, and how long the others' files stay."""

import asyncio
import json
from dataclasses import asdict

import pytest
from sqlalchemy import text

from db.attempts import attempts, checkpoints, endings, epochs
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.checkpoints import NewCheckpoint
from db.attempts.endings import Ending, NewArtifact
from db.connections.engine import Database
from db.jobs import events, jobs, removals, weights
from db.jobs.jobs import JobFilter
from db.jobs.removals import Removed
from db.projects import quotas
from db.queue import claims
from db.queue.inputs import Input
from db.tables.base import DEFAULT_PROJECT
from db.workers import upkeep
from db.workers.upkeep import Duty
from spec.inputs import InputName
from spec.states import JobStatus
from spec.weights.stored import BEST_WEIGHTS_FILE, WEIGHTS_FILE, StoredFile
from tests.db.scenes import claim, draft, in_read, in_write, read, running, submit

FILE = StoredFile("jobs/source/1/weights.safetensors", "ab" * 32, 1234)
BEST = StoredFile("jobs/source/1/best_weights.safetensors", "cd" * 32, 1200)
SOURCE = {"initial_weights_json": json.dumps(asdict(FILE))}
WEIGHTS = Input(InputName.INITIAL_WEIGHTS, FILE.key, FILE.sha256, FILE.size_bytes, is_shared=True)


async def source(database: Database, **files: StoredFile) -> str:
    """A job that has left weights."""
    fence = await running(database, epochs=3)
    told = {WEIGHTS_FILE: FILE, **files}
    left = [
        NewArtifact(name, file.key, "application/octet-stream", file.size_bytes, file.sha256)
        for name, file in told.items()
    ]
    ending = Ending(status=JobStatus.SUCCEEDED, results={"epochs_run": 3}, artifacts=left)
    await in_write(database, endings.finish, fence, ending)
    return fence.job_id


async def claimed(database: Database) -> claims.Claim:
    found = await in_write(database, claims.claim_next, "worker_1", 0, ["cpu"], 30)
    assert found is not None
    return found


async def test_what_a_job_left_is_found_by_its_own_project(database: Database) -> None:
    job_id = await source(database, **{BEST_WEIGHTS_FILE: BEST})
    row = await in_read(database, weights.stored, job_id, DEFAULT_PROJECT, with_spec=True)
    assert row is not None
    assert (row.has_ended, row.seed, row.epoch, row.results_json) == (True, 42, 3, '{"epochs_run":3}')
    assert (row.spec_json, row.files) == ('{"a":1}', {WEIGHTS_FILE: FILE, BEST_WEIGHTS_FILE: BEST})
    plain = await source(database)
    row = await in_read(database, weights.stored, plain, DEFAULT_PROJECT, with_spec=False)
    assert row is not None
    assert (row.spec_json, row.files) == (None, {WEIGHTS_FILE: FILE})
    assert await in_read(database, weights.stored, job_id, "another", with_spec=False) is None
    live = await running(database)
    row = await in_read(database, weights.stored, live.job_id, DEFAULT_PROJECT, with_spec=False)
    assert row is not None
    assert (row.has_ended, row.results_json, row.files) == (False, None, {})


async def test_every_attempt_is_given_the_weights_and_goes_on_counting(database: Database) -> None:
    child = await submit(database, initial_weights="job_1", first_epoch=10, epochs=14, **SOURCE)
    assert (child.epoch, child.epochs, child.fraction) == (10, 14, 0.0)
    first = await claimed(database)
    assert (first.inputs, first.first_epoch, first.epochs_recorded) == ((WEIGHTS,), 10, 10)
    assert await in_read(database, claims.claim_of, "worker_1", 0) == first
    fence = Fence(first.job_id, first.attempt)
    await in_write(database, attempts.record_started, fence, epochs=14, first_epoch=10)
    row = await read(database, child.id)
    assert (row.epoch, row.epochs, row.fraction) == (10, 14, 0.0)
    records = [EpochRecord(epoch, {"loss": 1.0}, 0.5, Progress(0.25, None)) for epoch in (11, 12)]
    await in_write(database, attempts.record_epochs, fence, records)
    file = NewCheckpoint(epoch=11, step=0, key="checkpoints/1", size_bytes=7, sha256="ef" * 32)
    await in_write(database, checkpoints.record, fence, file, keep=2)
    await in_write(database, endings.hand_back, fence, "stopping")
    second = await claimed(database)
    assert (second.attempt, second.first_epoch, second.epochs_recorded) == (2, 10, 12)
    assert second.inputs == (WEIGHTS, Input(InputName.CHECKPOINT, "checkpoints/1", "ef" * 32, 7, is_required=False))
    fence = Fence(second.job_id, second.attempt)
    await in_write(database, attempts.record_started, fence, epochs=14, from_epoch=11, first_epoch=10)
    row = await read(database, child.id)
    assert (row.epoch, row.fraction) == (11, 0.25)
    assert [row.epoch for row in await in_read(database, epochs.page, child.id, 0, 10)] == [11]
    told = [
        json.loads(event.data_json)
        for event in await in_read(database, events.list_page, child.id, 0, 100)
        if event.type == events.STARTED
    ]
    assert [(one["from_epoch"], one["first_epoch"], one["epochs"]) for one in told] == [(10, 10, 14), (11, 10, 14)]


async def test_quotas_count_only_the_epochs_that_a_job_adds(database: Database) -> None:
    async def used() -> int:
        return (await in_read(database, quotas.consumption_of, DEFAULT_PROJECT)).epoch_samples_per_day

    child = await submit(database, first_epoch=10, epochs=14, train_rows=100)
    assert await used() == 400
    fence = await claim(database)
    await in_write(database, attempts.record_started, fence, epochs=14, first_epoch=10)
    await in_write(
        database, attempts.record_epochs, fence, [EpochRecord(11, {"loss": 1.0}, 0.5, Progress(0.375, None))]
    )
    await in_write(database, endings.finish, fence, Ending(status=JobStatus.CANCELLED))
    assert await used() == 150, "one epoch, and half of the next"
    await in_write(database, removals.delete_job, child.id, DEFAULT_PROJECT)
    assert await used() == 150


async def test_children_are_found_by_their_source(database: Database) -> None:
    job_id = await source(database)
    children = [(await submit(database, initial_weights=job_id, **SOURCE)).id for _ in range(2)]
    await submit(database)
    found = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(initial_weights=job_id), 10)
    assert [row.id for row in found] == children[::-1]
    assert {row.initial_weights for row in found} == {job_id}


def test_the_texts_count_as_bytes_of_the_row() -> None:
    plain, child = draft(), draft(initial_weights="job_1", **SOURCE)
    assert jobs.bytes_of(child) == jobs.bytes_of(plain) + len("job_1") + len(SOURCE["initial_weights_json"])


@pytest.mark.parametrize("state", ["queued", "running", "paused", "queued again"])
async def test_files_of_a_deleted_job_stay_for_whom_they_are_needed(database: Database, state: str) -> None:
    """Until the last job that begins with them has ended; all others go at once."""

    async def swept() -> list[Removed]:
        found = await in_read(database, removals.pending, 10)
        due = await in_read(database, upkeep.due, fresh_seconds=60, silent_seconds=60)
        assert (Duty.REMOVALS in due) == bool(found)
        return found

    async def stored() -> int:
        return (await in_read(database, quotas.consumption_of, DEFAULT_PROJECT)).stored_bytes

    job_id, other = await source(database), await source(database)
    child = await submit(database, initial_weights=job_id, **SOURCE)
    await submit(database, initial_weights=job_id, **SOURCE, priority=-1)
    if state in ("running", "queued again"):
        fence = await claim(database)
        if state == "queued again":
            await in_write(database, endings.hand_back, fence, "stopping")
    elif state == "paused":
        await in_write(database, jobs.request_pause, child.id, DEFAULT_PROJECT)
    assert await stored() == 2 * FILE.size_bytes
    for deleted in (job_id, other):
        await in_write(database, removals.delete_job, deleted, DEFAULT_PROJECT)
    assert await stored() == FILE.size_bytes, "what two jobs need counts once"
    assert await in_read(database, weights.files_of_deleted, "another") == {}
    assert await in_read(database, weights.needed_files, job_id) == {FILE.key: FILE.size_bytes}
    assert await in_read(database, weights.needed_files, other) == {}
    first = sorted([job_id, other])
    assert await swept() == [Removed(one, is_last=False) for one in first], "what nobody needs goes at once"
    for one in first:
        await in_write(database, removals.mark_swept, Removed(one, is_last=False))
    assert await swept() == []
    aged = text("UPDATE removals SET created_at = '2001-01-01T00:00:00.000Z' WHERE job_id = :id")
    async with database.write() as connection:
        await connection.execute(aged, {"id": other})
    for row in await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(initial_weights=job_id), 10):
        assert await swept() == [Removed(other, is_last=True)]
        assert await stored() == FILE.size_bytes
        cancelled = await in_write(database, jobs.request_cancel, row.id, DEFAULT_PROJECT)
        if cancelled.status is JobStatus.RUNNING:
            await in_write(database, endings.finish, Fence(row.id, 1), Ending(status=JobStatus.CANCELLED))
    freed = Removed(job_id, is_last=False)
    assert freed in await swept(), "at once, not in an hour"
    await in_write(database, removals.mark_swept, freed)
    assert await swept() == [Removed(other, is_last=True)]
    async with database.write() as connection:
        await connection.execute(aged, {"id": job_id})
    assert await swept() == [Removed(one, is_last=True) for one in first]
    assert (await stored(), await in_read(database, weights.needed_files, job_id)) == (0, {})


async def test_a_deletion_waits_for_jobs_that_are_being_made(database: Database) -> None:
    """Whoever has seen the file keeps the job until its own is there; afterwards there is no file to be seen."""
    job_id = await source(database)
    async with database.write() as connection:
        assert await weights.there(connection, [job_id, "job_none"]) == {FILE.key}
        deletion = asyncio.create_task(in_write(database, removals.delete_job, job_id, DEFAULT_PROJECT))
        await asyncio.sleep(0.2)
        assert not deletion.done()
        await jobs.create(connection, draft(initial_weights=job_id, **SOURCE))
    await deletion
    assert await in_read(database, weights.needed_files, job_id) == {FILE.key: FILE.size_bytes}
    async with database.write() as connection:
        assert await weights.there(connection, [job_id]) == set()
