"""Rows 12, 13, 15, 16, 25: what befalls trainers and their supervisors."""

import asyncio
import random
import signal
from typing import Any

import psutil
import pytest

from tests.faults import failpoints, oracle
from tests.faults.conftest import seed
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.programs import Program
from tests.faults.specs import phased, quick, steady
from tests.faults.stage import Stage

EPOCHS = 20


@pytest.fixture(scope="module")
async def spec(company: Stage) -> dict[str, Any]:
    """A job of some seconds, and its epochs are known."""
    spec = steady(seed(), epochs=EPOCHS)
    await company.learn(spec)
    return spec


@pytest.fixture(scope="module")
async def phases(company: Stage) -> dict[str, Any]:
    """A job in two phases, the second of which begins while it is killed: somewhere about its middle."""
    spec = phased(seed(), epochs=EPOCHS)
    await company.learn(spec)
    return spec


async def begin(stage: Stage, spec: dict[str, Any], rng: random.Random, last_epoch: int = EPOCHS // 2) -> str:
    """A job that is somewhere within an epoch before the last one, and has left a checkpoint."""
    job_id = await stage.client.insist(spec)
    epoch = rng.randrange(EPOCHS // 4, last_epoch)
    await stage.wait(job_id, lambda job: job.epoch >= epoch)
    await stage.wait_checkpoint(job_id)
    await asyncio.sleep(rng.random() * 0.2)
    return job_id


async def not_resumed(stage: Stage, job_id: str) -> list[str]:
    """Unless the last of two attempts went on from a checkpoint."""
    attempts = await stage.attempts(job_id)
    if len(attempts) == 2 and attempts[-1].from_epoch:
        return []
    return [f"P: {job_id}: attempts began after epochs {[row.from_epoch for row in attempts]}"]


async def kill_trainer(
    stage: Stage, worker: Program, spec: dict[str, Any], rng: random.Random, last_epoch: int = EPOCHS // 2
) -> list[str]:
    job_id = await begin(stage, spec, rng, last_epoch)
    worker.trainers()[0].kill()
    return [*await judge(stage), *await not_resumed(stage, job_id)]


@pytest.mark.row(12)
@pytest.mark.long
async def test_a_trainer_killed_in_an_epoch(
    company: Stage, spec: dict[str, Any], tally: Tally, rng: random.Random
) -> None:
    tally.note(await kill_trainer(company, company.workers[0], spec, rng))


@pytest.mark.row(12)
@pytest.mark.long
async def test_trainers_killed_at_many_moments(
    company: Stage, spec: dict[str, Any], tally: Tally, rng: random.Random
) -> None:
    for _ in range(8):
        tally.note(await kill_trainer(company, company.workers[0], spec, rng))


@pytest.mark.row(12)
@pytest.mark.long
async def test_trainers_of_a_job_in_phases_killed_at_many_moments(
    company: Stage, phases: dict[str, Any], tally: Tally, rng: random.Random
) -> None:
    for _ in range(4):
        tally.note(await kill_trainer(company, company.workers[0], phases, rng, last_epoch=EPOCHS * 3 // 4))


@pytest.mark.row(12)
@pytest.mark.long
async def test_a_killed_trainer_without_checkpoints(stage: Stage, tally: Tally, rng: random.Random) -> None:
    spec = steady(seed(), epochs=EPOCHS)
    await stage.start_api()
    worker = await stage.start_worker(rig=("--without", "checkpoints"))
    tally.turned_red("checkpoints", await kill_trainer(stage, worker, spec, rng), letters="P")


@pytest.mark.row(12)
@pytest.mark.long
async def test_a_killed_trainer_whose_successor_draws_other_numbers(
    stage: Stage, tally: Tally, rng: random.Random
) -> None:
    spec = steady(seed(), epochs=EPOCHS)
    await stage.start_api()
    worker = await stage.start_worker(rig=("--without", "exactness"))
    await stage.learn(spec)
    tally.turned_red("exactness", await kill_trainer(stage, worker, spec, rng), letters="M")


@pytest.mark.row(13)
@pytest.mark.long
async def test_a_supervisor_killed(company: Stage, spec: dict[str, Any], tally: Tally, rng: random.Random) -> None:
    for _ in range(3):
        job_id = await begin(company, spec, rng)
        (worker,) = company.workers
        trainers = worker.trainers()
        worker.kill()
        _, alive = await asyncio.to_thread(psutil.wait_procs, trainers, timeout=5)
        violations = [f"O: trainer {trainer.pid} outlived its supervisor" for trainer in alive]
        await company.start_worker(rig=company.armed)
        tally.note([*violations, *await judge(company), *await not_resumed(company, job_id)])


async def tell_to_stop(
    stage: Stage, how: signal.Signals, spec: dict[str, Any], rng: random.Random, last_epoch: int = EPOCHS // 2
) -> list[str]:
    job_id = await begin(stage, spec, rng, last_epoch)
    (worker,) = stage.workers
    worker.signal(how)
    await asyncio.to_thread(worker.process.wait, 20)
    row = await stage.job(job_id)
    violations = [] if row.attempts_counted == 0 else [f"P: {job_id}: an attempt was burned"]
    await stage.start_worker(rig=stage.armed)
    return [*violations, *await judge(stage), *await not_resumed(stage, job_id)]


@pytest.mark.row(15)
@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
async def test_a_worker_told_to_stop(
    company: Stage, spec: dict[str, Any], tally: Tally, rng: random.Random, how: signal.Signals
) -> None:
    tally.note(await tell_to_stop(company, how, spec, rng))


@pytest.mark.row(15)
@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
async def test_a_worker_told_to_stop_with_a_job_in_phases(
    company: Stage, phases: dict[str, Any], tally: Tally, rng: random.Random, how: signal.Signals
) -> None:
    tally.note(await tell_to_stop(company, how, phases, rng, last_epoch=EPOCHS * 3 // 4))


@pytest.mark.row(15)
@pytest.mark.long
async def test_a_worker_told_to_stop_that_drops_its_job(stage: Stage, tally: Tally, rng: random.Random) -> None:
    await stage.start_api()
    await stage.start_worker(rig=("--without", "hand-back"))
    violations = await tell_to_stop(stage, signal.SIGTERM, steady(seed(), epochs=EPOCHS), rng)
    tally.turned_red("handing back", violations, letters="P")


@pytest.mark.row(16)
@pytest.mark.long
@pytest.mark.parametrize("point", ["before final commit", "after final commit"])
async def test_a_worker_dies_in_the_final_commit(company: Stage, tally: Tally, point: str) -> None:
    failpoints.arm(company.arms, point)
    (worker,) = company.workers
    await company.client.insist(quick())
    assert await asyncio.to_thread(worker.process.wait, 30) == failpoints.EXIT_CODE, worker.said()
    await company.start_worker(rig=company.armed)
    tally.note(await judge(company))


@pytest.mark.row(16)
@pytest.mark.long
async def test_a_worker_dies_in_the_final_commit_and_nobody_sweeps(
    stage: Stage, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oracle, "_TIDY_SECONDS", 5.0)
    rig = (*stage.armed, "--without", "sweeping")
    await stage.start_api()
    worker = await stage.start_worker(rig=rig)
    failpoints.arm(stage.arms, "before final commit")
    await stage.client.insist(quick())
    assert await asyncio.to_thread(worker.process.wait, 30) == failpoints.EXIT_CODE, worker.said()
    await stage.start_worker(rig=rig)
    tally.turned_red("sweeping", await judge(stage), letters="O")


async def hang_trainer(stage: Stage, worker: Program, spec: dict[str, Any], rng: random.Random) -> list[str]:
    job_id = await begin(stage, spec, rng)
    (trainer,) = worker.trainers()
    trainer.suspend()
    violations = [*await judge(stage, within_seconds=30), *await not_resumed(stage, job_id)]
    return [*violations, *([f"O: trainer {trainer.pid} hangs on"] if trainer.is_running() else [])]


@pytest.mark.row(25)
@pytest.mark.long
async def test_a_trainer_hangs(stage: Stage, tally: Tally, rng: random.Random) -> None:
    await stage.start_api()
    worker = await stage.start_worker(PROGRESS_TIMEOUT_SECONDS="5")
    spec = steady(seed(), epochs=EPOCHS)
    await stage.learn(spec)
    tally.note(await hang_trainer(stage, worker, spec, rng))


@pytest.mark.row(25)
@pytest.mark.long
async def test_a_trainer_may_hang_for_ever(stage: Stage, tally: Tally, rng: random.Random) -> None:
    await stage.start_api()
    worker = await stage.start_worker(PROGRESS_TIMEOUT_SECONDS="3600")
    violations = await hang_trainer(stage, worker, steady(seed(), epochs=EPOCHS), rng)
    tally.turned_red("limit on silence", violations, letters="L")
