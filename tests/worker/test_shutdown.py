"""How a worker ends: told to, or killed; and what becomes of its job."""

import asyncio
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from db.attempts import checkpoints
from db.attempts.checkpoints import CheckpointRow
from spec.states import JobStatus
from tests.worker.test_resuming import NOISY, attempts_of, metrics_of, resume, seen_paused, slow
from tests.worker.workbench import Workbench, WorkerProcess, run_worker

on_postgresql = pytest.mark.parametrize("bench", ["postgresql"], indirect=True)
LEASE = {"LEASE_SECONDS": "4", "HEARTBEAT_SECONDS": "0.2"}
"""Soon over; and how far a job is is told often."""


@pytest.fixture
async def worker(bench: Workbench) -> WorkerProcess:
    """The worker that the test before left running, or a fresh one."""
    running = [worker for worker in bench.started if worker.process.poll() is None]
    return running[0] if running else await bench.start_worker(**LEASE)


async def has_checkpoint(bench: Workbench, job_id: str) -> None:
    """Return once the job has one, and is still running."""

    async def rows() -> list[CheckpointRow]:
        async with bench.database.read() as connection:
            return await checkpoints.list_for(connection, job_id)

    while not await rows():
        assert (await bench.job(job_id)).status is JobStatus.RUNNING, bench.logs()
        await asyncio.sleep(0.02)


@on_postgresql
async def test_trainers_and_workers_that_are_killed_change_no_epoch(bench: Workbench) -> None:
    worker = await bench.start_worker(CHECKPOINT_SECONDS="0.1", **LEASE)
    undisturbed = await bench.submit(network=NOISY, epochs=200)
    await bench.wait_end(undisturbed)
    job_id = await bench.submit(network=NOISY, epochs=200, pause_at_epoch=150, max_attempts=5)
    await bench.wait(job_id, lambda job: job.epoch >= 2)
    await has_checkpoint(bench, job_id)
    (trainer,) = worker.trainers()
    trainer.kill()
    await bench.wait(job_id, lambda job: job.attempt == 2 and job.epoch >= 60)
    assert not trainer.is_running()
    (trainer,) = worker.trainers()
    os.kill(worker.process.pid, signal.SIGKILL)
    await asyncio.to_thread(worker.process.wait)
    await asyncio.to_thread(psutil.wait_procs, [trainer], timeout=5)
    assert not trainer.is_running()
    assert (await bench.job(job_id)).status is JobStatus.RUNNING

    worker = await bench.start_worker(**LEASE)
    job = await seen_paused(bench, job_id, 150)
    assert job.attempts_counted == 2
    await resume(bench, job_id)
    assert (await bench.wait_end(job_id)).status is JobStatus.SUCCEEDED
    assert await metrics_of(bench, job_id) == await metrics_of(bench, undisturbed)
    assert (await bench.events(job_id)).count("job.requeued") == 2
    first, second, *_ = told = await attempts_of(bench, job_id)
    assert [(one.outcome, one.is_counted) for one in told] == [
        ("lost", True),
        ("lost", True),
        ("paused", False),
        ("succeeded", True),
    ]
    assert first.error_code == "worker_lost"
    # What lies before the checkpoint that an attempt went on from is an earlier one's.
    assert second.from_epoch is not None
    assert second.from_epoch > 0
    rows = await bench.epochs(job_id)
    assert [row.epoch for row in rows] == list(range(1, 201))
    by_attempt = [row.attempt for row in rows]
    assert by_attempt[: second.from_epoch] == [1] * second.from_epoch
    assert by_attempt == sorted(by_attempt)
    assert by_attempt[-1] == 4
    # The next worker of the same home removes what the dead one left.
    await bench.wait_tidied()
    assert len(list((bench.home / "work").iterdir())) == 1
    # Three trainers, and the rows were prepared once.
    assert len(list((bench.home / "data").glob("*/training_features.npy"))) == 1


async def told_to_stop(bench: Workbench, worker: WorkerProcess, how: signal.Signals, job_id: str) -> None:
    """The worker ends in time, its job is handed back, and nothing is left of it."""
    trainers = worker.trainers()
    assert len(trainers) == 1
    asked_at = time.monotonic()
    worker.process.send_signal(how)
    await asyncio.to_thread(worker.process.wait, 20)
    assert time.monotonic() - asked_at < 10
    job = await bench.job(job_id)
    assert job.status is JobStatus.QUEUED
    assert (job.attempt, job.attempts_counted) == (1, 0)
    assert not any(trainer.is_running() for trainer in trainers)
    assert worker.process.pid not in [row.pid for row in await bench.workers()]
    assert list((bench.home / "work").iterdir()) == []


@on_postgresql
async def test_a_job_handed_back_in_mid_epoch_loses_no_step(bench: Workbench, worker: WorkerProcess) -> None:
    # The progress is told once a second: the epoch must be much longer, and the beat that tells of it not late.
    undisturbed = await bench.submit(network=slow(1400), epochs=1, batch_size=1)
    await bench.wait_end(undisturbed)
    job_id = await bench.submit(network=slow(1400), epochs=1, batch_size=1)
    await bench.wait(job_id, lambda job: job.fraction > 0.1)
    await told_to_stop(bench, worker, signal.SIGTERM, job_id)
    async with bench.database.read() as connection:
        newest, *_ = await checkpoints.list_for(connection, job_id)
    assert newest.step > 0
    await bench.start_worker(**LEASE)
    job = await bench.wait_end(job_id)
    assert (job.status, job.attempts_counted) == (JobStatus.SUCCEEDED, 1)
    assert await metrics_of(bench, job_id) == await metrics_of(bench, undisturbed)


@on_postgresql
async def test_a_worker_told_to_quit_hands_its_job_back(bench: Workbench, worker: WorkerProcess) -> None:
    await told_to_stop(bench, worker, signal.SIGQUIT, await bench.submit_long())


def test_a_wrong_setting_is_refused_by_name() -> None:
    ended = run_worker(NETCOACH_WORKER_SLOTS="many", NETCOACH_LEASE="3")
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        'NETCOACH_LEASE: This is not a known setting. Did you mean "NETCOACH_LEASE_SECONDS"?',
        "NETCOACH_WORKER_SLOTS: This must be a whole number.",
    ]


def test_gpus_that_are_not_there_are_told(tmp_path: Path) -> None:
    ended = run_worker(NETCOACH_ACCELERATORS="gpu", CUDA_VISIBLE_DEVICES="", NETCOACH_HOME=str(tmp_path))
    assert ended.returncode == 2
    assert ended.stderr == (
        'NETCOACH_ACCELERATORS: This is "gpu", but the machine has no NVIDIA GPU. Set "auto" or "cpu".\n'
    )
