"""Jobs that are interrupted and go on: what they report is what an undisturbed run reports, to the bit."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from db.attempts import attempts, checkpoints
from db.attempts.attempts import AttemptRow
from db.jobs import jobs
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

on_sqlite = pytest.mark.parametrize("bench", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
async def worker(bench: Workbench) -> WorkerProcess:
    """A worker that takes checkpoints often."""
    return await bench.start_worker(CHECKPOINT_SECONDS="0.3", LEASE_SECONDS="6")


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


@on_sqlite
async def test_a_job_whose_trainer_is_killed_goes_on_from_its_checkpoint(
    bench: Workbench, worker: WorkerProcess
) -> None:
    undisturbed = await bench.submit(network=NOISY, epochs=150)
    await bench.wait_end(undisturbed)
    job_id = await bench.submit(network=NOISY, epochs=150)
    await stored_checkpoints(bench, job_id)
    worker.trainers()[0].kill()
    job = await bench.wait_end(job_id)
    assert job.status is JobStatus.SUCCEEDED, bench.logs()
    assert await metrics_of(bench, job_id) == await metrics_of(bench, undisturbed)
    first, second = await attempts_of(bench, job_id)
    assert (first.outcome, first.is_counted, first.error_code) == ("lost", True, "worker_lost")
    assert second.from_epoch is not None
    assert second.from_epoch > 0
    by_attempt = [row.attempt for row in await bench.epochs(job_id)]
    assert by_attempt[: second.from_epoch] == [1] * second.from_epoch
    assert by_attempt[-1] == 2


@on_sqlite
async def test_a_broken_checkpoint_is_passed_over_for_the_one_before(bench: Workbench, worker: WorkerProcess) -> None:
    job_id = await bench.submit(network=SLOW, epochs=4, batch_size=4)
    undisturbed = await bench.submit(network=SLOW, epochs=4, batch_size=4)
    newest, before = await stored_checkpoints(bench, job_id)
    await pause(bench, job_id)
    newest, before = await stored_checkpoints(bench, job_id)
    newest.write_bytes(newest.read_bytes()[:-100] + bytes(100))
    await resume(bench, job_id)
    job = await bench.wait_end(job_id)
    assert job.status is JobStatus.SUCCEEDED, bench.logs()
    assert "a checkpoint is broken" in worker.log.read_text()
    await bench.wait_end(undisturbed)
    assert await metrics_of(bench, job_id) == await metrics_of(bench, undisturbed)
    await see_swept(newest, before)


async def test_a_paused_job_holds_no_slot_and_goes_on_where_it_was(bench: Workbench, worker: WorkerProcess) -> None:
    (trainer,) = worker.trainers()
    job_id = await bench.submit(network=SLOW, epochs=3, batch_size=4)
    await bench.wait(job_id, lambda job: job.fraction > 0.1)
    asked_at = time.monotonic()
    await pause(bench, job_id)
    assert time.monotonic() - asked_at < 5
    paused = await bench.job(job_id)
    assert (paused.attempts_counted, paused.lease_expires_at, paused.worker_id) == (0, None, None)
    other = await bench.wait_end(await bench.submit(network=SLOW, epochs=3, batch_size=4))
    assert (await bench.job(job_id)).status is JobStatus.PAUSED
    await resume(bench, job_id)
    job = await bench.wait_end(job_id)
    assert (job.status, job.attempt, job.attempts_counted) == (JobStatus.SUCCEEDED, 2, 1)
    assert await metrics_of(bench, job_id) == await metrics_of(bench, other.id)
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


@on_sqlite
@pytest.mark.usefixtures("worker")
async def test_a_paused_job_is_cancelled_at_once_and_leaves_no_checkpoint(bench: Workbench) -> None:
    job_id = await bench.submit(network=SLOW, epochs=30, batch_size=4)
    (newest, _) = await stored_checkpoints(bench, job_id)
    await pause(bench, job_id)
    async with bench.database.write() as connection:
        cancelled = await jobs.request_cancel(connection, job_id, DEFAULT_PROJECT)
    assert cancelled.status is JobStatus.CANCELLED
    await see_swept(newest)


async def test_a_job_handed_back_in_mid_epoch_loses_no_step(fresh_bench: Workbench) -> None:
    # The progress is told once a second: the epoch must be much longer, and the beat that tells of it not late.
    worker = await fresh_bench.start_worker(HEARTBEAT_SECONDS="0.2")
    undisturbed = await fresh_bench.submit(network=slow(2400), epochs=1, batch_size=2)
    await fresh_bench.wait_end(undisturbed)
    job_id = await fresh_bench.submit(network=slow(2400), epochs=1, batch_size=2)
    await fresh_bench.wait(job_id, lambda job: job.fraction > 0.1)
    worker.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(worker.process.wait, 20)
    async with fresh_bench.database.read() as connection:
        newest, *_ = await checkpoints.list_for(connection, job_id)
    assert newest.step > 0
    await fresh_bench.start_worker()
    job = await fresh_bench.wait_end(job_id)
    assert (job.status, job.attempts_counted) == (JobStatus.SUCCEEDED, 1)
    assert await metrics_of(fresh_bench, job_id) == await metrics_of(fresh_bench, undisturbed)
