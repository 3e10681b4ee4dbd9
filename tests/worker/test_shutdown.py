"""How a worker ends: told to, or killed; and what becomes of its job."""

import asyncio
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from spec.states import JobStatus
from tests.services.redis import RedisServer
from tests.worker.workbench import Workbench, run_worker


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
async def test_a_worker_told_to_stop_hands_its_job_back(fresh_bench: Workbench, how: signal.Signals) -> None:
    worker = await fresh_bench.start_worker()
    job_id = await fresh_bench.submit_long()
    trainers = worker.trainers()
    assert len(trainers) == 1
    asked_at = time.monotonic()
    worker.process.send_signal(how)
    await asyncio.to_thread(worker.process.wait, 20)
    assert time.monotonic() - asked_at < 10
    job = await fresh_bench.job(job_id)
    assert job.status is JobStatus.QUEUED
    assert (job.attempt, job.attempts_counted) == (1, 0)
    assert not any(trainer.is_running() for trainer in trainers)
    assert await fresh_bench.workers() == []
    assert list((fresh_bench.home / "work").iterdir()) == []


async def test_the_trainer_dies_with_its_killed_supervisor_and_another_worker_ends_the_job(
    fresh_bench: Workbench,
) -> None:
    worker = await fresh_bench.start_worker(LEASE_SECONDS="3")
    job_id = await fresh_bench.submit(epochs=300)
    await fresh_bench.wait(job_id, lambda job: job.epoch >= 2)
    (trainer,) = worker.trainers()
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.wait()
    await asyncio.to_thread(psutil.wait_procs, [trainer], timeout=5)
    assert not trainer.is_running()
    assert (await fresh_bench.job(job_id)).status is JobStatus.RUNNING

    await fresh_bench.start_worker(LEASE_SECONDS="3")
    job = await fresh_bench.wait_end(job_id)
    assert job.status is JobStatus.SUCCEEDED
    assert job.attempt == 2
    assert [(row.epoch, row.attempt) for row in await fresh_bench.epochs(job_id)][-1] == (300, 2)
    # The next worker of the same home removes what the dead one left.
    await fresh_bench.wait_tidied()
    assert len(list((fresh_bench.home / "work").iterdir())) == 1


async def test_hints_arrive_at_once_and_again_after_the_broker_died(
    fresh_bench: Workbench, redis_server: RedisServer
) -> None:
    worker = await fresh_bench.start_worker(POLL_SECONDS="60", RECONCILE_SECONDS="300")
    await fresh_bench.wait_end(await fresh_bench.submit())
    redis_server.stop(signal.SIGKILL)
    try:
        unheard = await fresh_bench.submit(is_published=False)
    finally:
        redis_server.start()
    # One hint is as good as another: it wakes the slot, which takes the older job and then the newer one.
    heard = await fresh_bench.wait_end(await fresh_bench.submit())
    assert heard.status is JobStatus.SUCCEEDED
    assert (await fresh_bench.job(unheard)).status is JobStatus.SUCCEEDED
    assert worker.process.poll() is None


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
