"""The way of a job through a real worker and its real trainer, on PostgreSQL, through a real Redis."""

import asyncio
import hashlib
import json
import os
import time

import psutil
import pytest
from sqlalchemy import select, update

from db.attempts import artifacts, leases, signals, starts
from db.attempts.signals import Position, Wanted
from db.datasets import references
from db.jobs import jobs, outbox, removals
from db.tables.base import DEFAULT_PROJECT
from db.tables.columns import db_now
from db.tables.jobs import Job
from db.tables.references import ReferenceScore
from spec.states import JobStatus
from tests.worker.workbench import LARGE, Workbench, WorkerProcess

# To start a worker costs seconds, and it is the same on both: the database's own tests run on both, and jobs that are
# interrupted go on on SQLite.
pytestmark = [pytest.mark.usefixtures("worker"), pytest.mark.parametrize("bench", ["postgresql"], indirect=True)]


async def test_a_job_is_trained_from_its_hint_to_its_artifacts(bench: Workbench) -> None:
    job_id = await bench.submit(epochs=5)
    job = await bench.wait_end(job_id)
    assert job.status is JobStatus.SUCCEEDED, bench.logs()
    assert (job.epoch, job.epochs, job.fraction, job.attempt) == (5, 5, 1.0, 1)
    assert job.lease_expires_at is None
    rows = await bench.epochs(job_id)
    assert [row.epoch for row in rows] == [1, 2, 3, 4, 5]
    assert job.latest_metrics_json == rows[-1].metrics_json
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"} <= set(json.loads(rows[0].metrics_json))
    assert all(row.duration_seconds > 0 for row in rows)
    assert await bench.events(job_id) == ["job.created", "job.claimed", "job.started", "job.succeeded"]
    async with bench.database.read() as connection:
        _, stored = await jobs.get_with_results(connection, job_id, DEFAULT_PROJECT) or (None, None)
        results = json.loads(stored or "null")
        files = {file.name: file for file in await artifacts.list_for(connection, job_id)}
    assert results["epochs_run"] == 5
    assert {"model.keras", "history.csv", "logs"} <= set(files)
    for file in files.values():
        assert file.key.startswith(f"jobs/{job_id}/1/")
        stored = (bench.home / "storage" / file.key).read_bytes()
        assert len(stored) == file.size_bytes
        assert hashlib.sha256(stored).hexdigest() == file.sha256
    await bench.wait_tidied()


async def test_simple_models_are_tried_on_the_rows_of_a_job_once_for_all_that_have_the_same(bench: Workbench) -> None:
    jobs_of_same = [await bench.submit(epochs=1), await bench.submit(epochs=1, batch_size=32)]
    for job_id in jobs_of_same:
        assert (await bench.wait_end(job_id)).status is JobStatus.SUCCEEDED, bench.logs()
    deadline = time.monotonic() + bench.PATIENCE_SECONDS
    while True:
        async with bench.database.read() as connection:
            known = [await references.of_job(connection, job_id) for job_id in jobs_of_same]
            stored = (await connection.execute(select(ReferenceScore.claims))).scalars().all()
        if all(one.is_settled for one in known):
            break
        assert time.monotonic() < deadline, bench.logs()
        await asyncio.sleep(0.1)
    found, other = (one.document for one in known)
    assert found is not None
    assert found == other
    assert stored == [1]
    assert (found["metric"], found["train_rows"], found["rows"]) == ("accuracy", 1437, 360)
    assert list(found["models"]) == ["logistic_regression", "nearest_neighbors", "gradient_boosting"]
    assert found["guess"] < 0.2
    assert min(found["models"].values()) > 0.8
    assert found["seconds"] < 10


async def test_signals_are_stored_with_their_epochs_and_change_nothing(bench: Workbench) -> None:
    plain, measured = await bench.submit(epochs=5), await bench.submit(epochs=5, has_signals=True)
    assert (await bench.wait_end(measured)).status is JobStatus.SUCCEEDED, bench.logs()
    rows = [[(row.epoch, row.metrics_json) for row in await bench.epochs(job_id)] for job_id in (plain, measured)]
    assert rows[0] == rows[1]
    async with bench.database.read() as connection:
        assert await signals.sample(connection, plain, Position(1)) is None
        like = await signals.sample(connection, measured, Position(1))
        assert like is not None
        start = await starts.read(connection, measured)
        assert await starts.read(connection, plain) is None
        found, behind = await signals.page(connection, measured, Wanted(Position(1), 100, None, 2**20), like)
    assert behind is None
    assert start is not None
    assert sum(start["class_rows"]) == start["train_rows"] == 1437
    assert list(start["signals"]) == list(like.layers)
    assert [(row.epoch, row.layer) for row in found] == [
        (epoch, layer) for epoch in range(1, 6) for layer in like.layers
    ]
    assert like.layers
    assert all(row.values["gradient_norm"] > 0 for row in found if "gradient_norm" in row.values)


async def test_the_files_of_a_deleted_job_are_removed(bench: Workbench) -> None:
    job_id = await bench.submit()
    assert (await bench.wait_end(job_id)).status is JobStatus.SUCCEEDED
    folder = bench.home / "storage" / "jobs" / job_id
    assert list(folder.rglob("model.keras"))
    async with bench.database.write() as connection:
        await removals.delete_job(connection, job_id, DEFAULT_PROJECT)
    deadline = time.monotonic() + 30
    while folder.exists():
        assert time.monotonic() < deadline, bench.logs()
        await asyncio.sleep(0.1)


async def test_a_lost_hint_costs_a_poll(bench: Workbench) -> None:
    job_id = await bench.submit(is_published=False)
    async with bench.database.write() as connection:
        # Told and lost: unless the slot took it in these milliseconds, nobody tells of it again.
        await outbox.mark_published(connection, [job_id])
    job = await bench.wait_end(job_id)
    assert job.status is JobStatus.SUCCEEDED


async def test_one_trainer_trains_many_jobs_one_after_the_other(bench: Workbench, worker: WorkerProcess) -> None:
    (trainer,) = worker.trainers()
    ids = [await bench.submit() for _ in range(4)]
    ended = [await bench.wait_end(job_id) for job_id in ids]
    assert {job.status for job in ended} == {JobStatus.SUCCEEDED}
    assert [job.started_at for job in ended] == sorted(job.started_at for job in ended if job.started_at)
    assert worker.trainers() == [trainer]


async def test_the_same_job_gives_the_same_epochs(bench: Workbench) -> None:
    first, second = [await bench.submit() for _ in range(2)]
    await bench.wait_end(second)
    assert [row.metrics_json for row in await bench.epochs(first)] == [
        row.metrics_json for row in await bench.epochs(second)
    ]


async def test_a_job_is_cancelled_within_an_epoch(bench: Workbench, worker: WorkerProcess) -> None:
    (trainer,) = worker.trainers()
    job_id = await bench.submit_long()
    asked_at = time.monotonic()
    async with bench.database.write() as connection:
        await jobs.request_cancel(connection, job_id, DEFAULT_PROJECT)
    job = await bench.wait_end(job_id)
    assert time.monotonic() - asked_at < 5
    assert job.status is JobStatus.CANCELLED
    assert job.epoch == 0
    assert job.error_code is None
    # It stopped by itself, and is as warm as before.
    assert worker.trainers() == [trainer]


async def test_a_cancelled_job_keeps_what_came_ahead_of_a_file_that_cannot_be_written(bench: Workbench) -> None:
    epochs = 100
    job_id = await bench.submit(epochs=epochs)
    work = bench.home / "work"
    await bench.wait(job_id, lambda _: any(work.glob(f"*/{job_id}-1")))
    (folder,) = work.glob(f"*/{job_id}-1")
    # Whoever opens it waits for a reader, as for a disk that does not answer.
    os.mkfifo(folder / "model.keras")
    await bench.wait(job_id, lambda job: job.epoch == epochs)
    async with bench.database.write() as connection:
        await jobs.request_cancel(connection, job_id, DEFAULT_PROJECT)
    job = await bench.wait_end(job_id)
    assert job.status is JobStatus.CANCELLED
    async with bench.database.read() as connection:
        files = {file.name for file in await artifacts.list_for(connection, job_id)}
        told = await connection.scalar(select(Job.results_json).where(Job.id == job_id))
    assert files == {"history.csv", "logs"}
    assert told is not None
    results = json.loads(told)
    assert results["epochs_run"] == epochs
    assert not {"stored_weights", "can_be_continued"} & results.keys()


async def test_a_running_job_tells_how_far_it_is(bench: Workbench) -> None:
    job_id = await bench.submit_long()
    job = await bench.wait(job_id, lambda job: job.eta_seconds is not None)
    assert 0 < job.fraction < 0.5
    assert job.eta_seconds is not None
    assert job.eta_seconds > 5
    async with bench.database.write() as connection:
        await jobs.request_cancel(connection, job_id, DEFAULT_PROJECT)
    ended = await bench.wait_end(job_id)
    assert ended.eta_seconds is None


async def test_a_job_that_takes_too_long_fails_as_timed_out(bench: Workbench) -> None:
    job = await bench.wait_end(await bench.submit(network=LARGE, epochs=100, batch_size=1, max_runtime_seconds=2))
    assert job.status is JobStatus.FAILED
    assert job.error_code == "timed_out"
    assert job.error_pointer == "/resources/max_runtime_seconds"
    assert job.attempt == 1


async def test_a_superseded_attempt_writes_nothing_more(bench: Workbench, worker: WorkerProcess) -> None:
    job_id = await bench.submit_long()
    (trainer,) = worker.trainers()
    async with bench.database.write() as connection:
        # As if this worker had been frozen for longer than its lease, and another one's reconciler had found that: in
        # one transaction, for this worker beats meanwhile.
        await connection.execute(update(Job).where(Job.id == job_id).values(lease_expires_at=db_now(-1)))
        assert [lease.job_id for lease in await leases.expire(connection, among=[job_id])] == [job_id]
    # The slot drops it, and then claims it again.
    job = await bench.wait(job_id, lambda job: job.attempt == 2 and job.fraction > 0)
    assert job.status is JobStatus.RUNNING
    assert not trainer.is_running()
    async with bench.database.write() as connection:
        await jobs.request_cancel(connection, job_id, DEFAULT_PROJECT)
    ended = await bench.wait_end(job_id)
    assert ended.status is JobStatus.CANCELLED
    assert not (bench.home / "storage" / "jobs" / job_id / "1").exists()
    assert {row.attempt for row in await bench.epochs(job_id)} <= {2}


async def test_a_trainer_that_hangs_is_killed_and_its_job_tried_again(bench: Workbench, worker: WorkerProcess) -> None:
    job_id = await bench.submit_long()
    (trainer,) = worker.trainers()
    trainer.suspend()
    job = await bench.wait(job_id, lambda job: job.attempt == 2 and job.fraction > 0)
    assert not psutil.pid_exists(trainer.pid)
    async with bench.database.write() as connection:
        await jobs.request_cancel(connection, job.id, DEFAULT_PROJECT)
    await bench.wait_end(job_id)


async def test_a_job_without_attempts_left_fails_as_worker_lost(bench: Workbench, worker: WorkerProcess) -> None:
    job_id = await bench.submit_long(max_attempts=1)
    worker.trainers()[0].kill()
    job = await bench.wait_end(job_id)
    assert job.status is JobStatus.FAILED
    assert job.error_code == "worker_lost"
    assert job.error_message == "The trainer process was killed by SIGKILL."
