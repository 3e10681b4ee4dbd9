"""Jobs that pause and go on, asked to or after an epoch: they report what an undisturbed run reports, to the bit."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file

from db.attempts import artifacts, attempts, checkpoints
from db.attempts.attempts import AttemptRow
from db.jobs import jobs
from db.jobs.jobs import JobRow
from db.tables.base import DEFAULT_PROJECT
from spec.states import JobStatus
from tests.worker.workbench import Workbench, WorkerProcess

NOISY = {
    "layers": [
        {"type": "Flatten"},
        {"type": "Dense", "units": 64, "activation": "relu"},
        {"type": "BatchNormalization"},
        {"type": "Dropout", "rate": 0.3},
        {"type": "Dense", "units": 10, "activation": "softmax"},
    ]
}


def slow(units: int) -> dict[str, Any]:
    return {
        "layers": [
            {"type": "Flatten"},
            {"type": "Dense", "units": units, "activation": "relu"},
            {"type": "Dropout", "rate": 0.3},
            {"type": "Dense", "units": units, "activation": "relu"},
            {"type": "Dense", "units": 10, "activation": "softmax"},
        ]
    }


SLOW = slow(1200)
"""On four rows a step an epoch of this takes most of a second, so that what interrupts it does so in its midst."""

pytestmark = pytest.mark.parametrize("bench", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
async def worker(bench: Workbench) -> WorkerProcess:
    """A worker that takes checkpoints often."""
    return await bench.start_worker(CHECKPOINT_SECONDS="0.3", LEASE_SECONDS="6")


@pytest.fixture(scope="module")
async def undisturbed(bench: Workbench, worker: WorkerProcess) -> list[str]:
    """What a job of `SLOW` reports in four epochs."""
    del worker
    ended = await bench.wait_end(await bench.submit(network=SLOW, epochs=4, batch_size=4))
    return await metrics_of(bench, ended.id)


async def metrics_of(bench: Workbench, job_id: str) -> list[str]:
    return [row.metrics_json for row in await bench.epochs(job_id)]


async def attempts_of(bench: Workbench, job_id: str) -> list[AttemptRow]:
    async with bench.database.read() as connection:
        return (await attempts.list_page(connection, job_id, 1000))[::-1]


async def stored_checkpoints(bench: Workbench, job_id: str) -> list[Path]:
    """The files of a job's checkpoints, the newest first, once there are two."""
    while True:
        async with bench.database.read() as connection:
            rows = await checkpoints.list_for(connection, job_id)
        if len(rows) == 2:
            return [bench.home / "storage" / row.key for row in rows]
        await asyncio.sleep(0.05)


async def see_swept(*files: Path) -> None:
    deadline = time.monotonic() + 10
    while any(file.exists() for file in files):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def pause(bench: Workbench, job_id: str) -> None:
    async with bench.database.write() as connection:
        await jobs.request_pause(connection, job_id, DEFAULT_PROJECT)
    paused = await bench.wait(job_id, lambda job: job.status is not JobStatus.RUNNING)
    assert paused.status is JobStatus.PAUSED, bench.logs()


async def resume(bench: Workbench, job_id: str) -> None:
    async with bench.database.write() as connection:
        await jobs.request_resume(connection, job_id, DEFAULT_PROJECT)


async def test_a_broken_checkpoint_is_passed_over_for_the_one_before(
    bench: Workbench, worker: WorkerProcess, undisturbed: list[str]
) -> None:
    job_id = await bench.submit(network=SLOW, epochs=4, batch_size=4)
    newest, before = await stored_checkpoints(bench, job_id)
    await pause(bench, job_id)
    newest, before = await stored_checkpoints(bench, job_id)
    newest.write_bytes(newest.read_bytes()[:-100] + bytes(100))
    await resume(bench, job_id)
    job = await bench.wait_end(job_id)
    assert job.status is JobStatus.SUCCEEDED, bench.logs()
    assert "a checkpoint is broken" in worker.log.read_text()
    assert await metrics_of(bench, job_id) == undisturbed
    await see_swept(newest, before)


async def test_a_paused_job_holds_no_slot_and_goes_on_where_it_was(
    bench: Workbench, worker: WorkerProcess, undisturbed: list[str]
) -> None:
    (trainer,) = worker.trainers()
    job_id = await bench.submit(network=SLOW, epochs=3, batch_size=4)
    await bench.wait(job_id, lambda job: job.fraction > 0.1)
    asked_at = time.monotonic()
    await pause(bench, job_id)
    assert time.monotonic() - asked_at < 5
    paused = await bench.job(job_id)
    assert (paused.attempts_counted, paused.lease_expires_at, paused.worker_id) == (0, None, None)
    assert (await bench.wait_end(await bench.submit())).status is JobStatus.SUCCEEDED
    assert (await bench.job(job_id)).status is JobStatus.PAUSED
    await resume(bench, job_id)
    job = await bench.wait_end(job_id)
    assert (job.status, job.attempt, job.attempts_counted) == (JobStatus.SUCCEEDED, 2, 1)
    assert await metrics_of(bench, job_id) == undisturbed[:3]
    assert worker.trainers() == [trainer]
    assert [event for event in await bench.events(job_id) if "pause" in event or "resume" in event] == [
        "job.pause_requested",
        "job.paused",
        "job.resumed",
    ]


async def test_a_pause_that_is_withdrawn_in_time_costs_nothing_but_a_moment(bench: Workbench) -> None:
    job_id = await bench.submit(network=SLOW, epochs=2, batch_size=4)
    await bench.wait(job_id, lambda job: job.fraction > 0.1)
    async with bench.database.write() as connection:
        await jobs.request_pause(connection, job_id, DEFAULT_PROJECT)
    await resume(bench, job_id)
    job = await bench.wait_end(job_id)
    assert (job.status, job.attempts_counted) == (JobStatus.SUCCEEDED, 1)


@pytest.mark.usefixtures("worker")
async def test_a_paused_job_is_cancelled_at_once_and_leaves_no_checkpoint(bench: Workbench) -> None:
    job_id = await bench.submit(network=SLOW, epochs=30, batch_size=4)
    (newest, _) = await stored_checkpoints(bench, job_id)
    await pause(bench, job_id)
    async with bench.database.write() as connection:
        cancelled = await jobs.request_cancel(connection, job_id, DEFAULT_PROJECT)
    assert cancelled.status is JobStatus.CANCELLED
    await see_swept(newest)


async def seen_paused(bench: Workbench, job_id: str, epoch: int) -> JobRow:
    """The job, which paused after exactly this epoch, its checkpoint stored."""
    job = await bench.wait(job_id, lambda job: job.status not in (JobStatus.QUEUED, JobStatus.RUNNING))
    assert (job.status, job.epoch, job.pause_at_epoch) == (JobStatus.PAUSED, epoch, None), bench.logs()
    async with bench.database.read() as connection:
        newest, *_ = await checkpoints.list_for(connection, job_id)
    assert (newest.epoch, newest.step) == (epoch, 0)
    assert [row.epoch for row in await bench.epochs(job_id)] == list(range(1, epoch + 1))
    return job


async def order(bench: Workbench, job_id: str, epoch: int | None) -> None:
    async with bench.database.write() as connection:
        await jobs.order_pause_at(connection, job_id, DEFAULT_PROJECT, epoch)


async def test_rungs_of_one_job_are_one_training(bench: Workbench, worker: WorkerProcess) -> None:
    (trainer,) = worker.trainers()
    undisturbed = await bench.submit(network=NOISY, epochs=9)
    job_id = await bench.submit(network=NOISY, epochs=9, pause_at_epoch=1)
    await bench.wait_end(undisturbed)
    first = await seen_paused(bench, job_id, 1)
    assert (first.epochs, first.attempts_counted, first.worker_id) == (9, 0, None)
    await order(bench, job_id, 3)
    await resume(bench, job_id)
    await seen_paused(bench, job_id, 3)
    await order(bench, job_id, 9)
    await resume(bench, job_id)
    job = await bench.wait_end(job_id)
    assert (job.status, job.attempt, job.attempts_counted) == (JobStatus.SUCCEEDED, 3, 1)
    assert await metrics_of(bench, job_id) == await metrics_of(bench, undisturbed)
    assert worker.trainers() == [trainer]
    told = [event for event in await bench.events(job_id) if "pause" in event or "resume" in event]
    assert told == ["job.paused", "job.resumed"] * 2


async def test_an_order_reaches_a_training_that_runs(bench: Workbench, worker: WorkerProcess) -> None:
    assert worker.process.poll() is None
    job_id = await bench.submit(network=NOISY, epochs=20_000)
    await bench.wait(job_id, lambda job: job.epoch >= 2)
    await order(bench, job_id, 1)
    job = await bench.wait(job_id, lambda job: job.status is JobStatus.PAUSED)
    await seen_paused(bench, job_id, job.epoch)
    async with bench.database.write() as connection:
        assert (await jobs.request_cancel(connection, job_id, DEFAULT_PROJECT)).status is JobStatus.CANCELLED


async def test_a_job_whose_trainer_is_killed_for_good_leaves_its_weights(
    bench: Workbench, worker: WorkerProcess
) -> None:
    job_id = await bench.submit(network=SLOW, epochs=30, batch_size=4, max_attempts=1)
    newest, before = await stored_checkpoints(bench, job_id)
    worker.trainers()[0].kill()
    job = await bench.wait_end(job_id)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "worker_lost")
    await see_swept(newest, before)
    async with bench.database.read() as connection:
        files = {row.name: row for row in await artifacts.list_for(connection, job_id)}
        _, told = jobs.existing(await jobs.get_with_results(connection, job_id, DEFAULT_PROJECT), job_id)
    weights = load_file(bench.home / "storage" / files["weights.safetensors"].key)
    assert weights["dense/kernel"].shape == (64, 1200)
    assert {"@state", "@epochs"} <= {*weights}
    results = json.loads(told or "{}")
    assert [layer["name"] for layer in results["model_summary"]["layers"] if layer["weights"]] == [
        "dense",
        "dense_1",
        "dense_2",
    ]
    assert results["environment"]["seed"] == 7
