"""Jobs that pause by themselves after an epoch, trained by real workers that die meanwhile."""

import asyncio
import os
import signal

import pytest

from db.attempts import checkpoints
from db.jobs import jobs
from db.jobs.jobs import JobRow
from db.tables.base import DEFAULT_PROJECT
from spec.states import JobStatus
from tests.worker.test_resuming import NOISY, metrics_of, resume
from tests.worker.workbench import Workbench, WorkerProcess


@pytest.fixture(scope="module")
async def worker(bench: Workbench) -> WorkerProcess:
    """A worker that takes checkpoints often, and whose jobs are soon taken from it."""
    return await bench.start_worker(CHECKPOINT_SECONDS="0.1", LEASE_SECONDS="4")


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


async def test_trainers_and_workers_that_are_killed_change_no_epoch(bench: Workbench, worker: WorkerProcess) -> None:
    undisturbed = await bench.submit(network=NOISY, epochs=200)
    await bench.wait_end(undisturbed)
    job_id = await bench.submit(network=NOISY, epochs=200, pause_at_epoch=150, max_attempts=5)
    await bench.wait(job_id, lambda job: job.epoch >= 20)
    worker.trainers()[0].kill()
    await bench.wait(job_id, lambda job: job.attempt == 2 and job.epoch >= 60)
    children = worker.trainers()
    os.kill(worker.process.pid, signal.SIGKILL)
    await asyncio.to_thread(worker.process.wait)
    assert await asyncio.to_thread(lambda: [child.wait(20) for child in children])
    await bench.start_worker(CHECKPOINT_SECONDS="0.1", LEASE_SECONDS="4")
    job = await seen_paused(bench, job_id, 150)
    assert job.attempts_counted == 2
    await resume(bench, job_id)
    assert (await bench.wait_end(job_id)).status is JobStatus.SUCCEEDED
    assert await metrics_of(bench, job_id) == await metrics_of(bench, undisturbed)
