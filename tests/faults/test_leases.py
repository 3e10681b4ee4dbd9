"""Rows 14 and 23: workers that freeze, and workers whose clocks are wrong."""

import asyncio
import random
import signal
from typing import Any

import pytest

from tests.faults.conftest import seed
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.specs import quick, steady
from tests.faults.stage import Stage

_EPOCHS = 20
_HOUR_SECONDS = 3600


async def freeze_and_wake(stage: Stage, spec: dict[str, Any], rng: random.Random, *, has_trainer: bool) -> list[str]:
    """The worker of a job freezes until another has the job, and wakes while that one trains it or has done so.

    Args:
        stage: With two workers.
        spec: Of the job.
        rng: Says when.
        has_trainer: Whether its trainer freezes with it; else what that says meanwhile waits in the pipe.
    """
    job_id = await stage.client.insist(spec)
    epoch = rng.randrange(2, 6)
    await stage.wait(job_id, lambda job: job.epoch >= epoch)
    worker = await stage.worker_of(job_id)
    trainers = worker.trainers() if has_trainer else []
    worker.signal(signal.SIGSTOP)
    for trainer in trainers:
        trainer.suspend()
    await stage.wait(job_id, lambda job: job.attempt == 2 and job.fraction > 0)
    await asyncio.sleep(rng.random())
    worker.signal(signal.SIGCONT)
    for trainer in trainers:
        trainer.resume()
    violations = await judge(stage)
    if (await stage.job(job_id)).attempt != 2:
        violations.append(f"P: {job_id}: the second attempt was lost too")
    # One that was woken with nothing to do has to be fit for work.
    return violations if stage.workers == stage.programs[1:] else [*violations, "P: a worker has ended"]


@pytest.mark.row(14)
@pytest.mark.long
async def test_a_worker_frozen_past_its_lease(stage: Stage, tally: Tally, rng: random.Random) -> None:
    await stage.start_api()
    await stage.start_workers(2, TRAINER_THREADS="1")
    spec = steady(seed(), epochs=_EPOCHS)
    await stage.learn(spec)
    for has_trainer in (False, True, False):
        tally.note(await freeze_and_wake(stage, spec, rng, has_trainer=has_trainer))


@pytest.mark.row(14)
@pytest.mark.long
async def test_a_frozen_worker_without_a_fence(stage: Stage, tally: Tally, rng: random.Random) -> None:
    await stage.start_api()
    await stage.start_workers(2, rig=("--without", "fence"), TRAINER_THREADS="1")
    spec = quick(seed(), epochs=600, batch_size=16)
    violations = await freeze_and_wake(stage, spec, rng, has_trainer=False)
    tally.turned_red("fence", violations, letters="D F M")


async def train_with_wrong_clocks(stage: Stage, spec: dict[str, Any], *without: str) -> list[str]:
    """Two workers, an hour early and an hour late, each with a job; nobody may take the other's."""
    rig = [part for name in without for part in ("--without", name)]
    await stage.start_workers(1, rig=["--clock-offset", str(_HOUR_SECONDS), *rig], TRAINER_THREADS="1")
    await stage.start_workers(1, rig=["--clock-offset", str(-_HOUR_SECONDS), *rig], TRAINER_THREADS="1")
    job_ids = [await stage.client.insist(spec) for _ in range(2)]
    violations = await judge(stage)
    for job_id in job_ids:
        if (await stage.job(job_id)).attempt != 1:
            violations.append(f"P: {job_id}: was taken from a worker that lives")
    return violations


@pytest.mark.row(23)
@pytest.mark.long
async def test_workers_whose_clocks_are_an_hour_off(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    spec = steady(seed(), epochs=_EPOCHS)
    tally.note(await train_with_wrong_clocks(stage, spec), tried=2)
    # And one that dies is missed as soon as any other.
    job_id = await stage.client.insist(spec)
    await stage.wait(job_id, lambda job: job.epoch >= 2)
    (await stage.worker_of(job_id)).kill()
    await stage.wait(job_id, lambda job: job.attempt == 2, timeout_seconds=15)
    tally.note(await judge(stage, letters="LDF"))


@pytest.mark.row(23)
@pytest.mark.long
async def test_leases_by_wrong_clocks(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    spec = steady(seed(), epochs=_EPOCHS)
    violations = await train_with_wrong_clocks(stage, spec, "database-time")
    tally.turned_red("database's time", violations, letters="L D F P")
