"""Rows 42 and 43: the planner of a repair killed between two steps, and two planners at once."""

import asyncio
import time
from typing import Any

import pytest

from tests.faults import failpoints
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.specs import quick
from tests.faults.stage import Stage

_REPAIR_SECONDS = 120.0


def sick() -> dict[str, Any]:
    """A job that does not learn, and whose repair has several steps."""
    spec = quick(epochs=8, optimizer={"type": "SGD", "learning_rate": 1e6})
    spec["network"]["layers"][1:1] = [{"type": "Dense", "units": 32, "activation": "relu"}]
    return {**spec, "coach": {"repair": True, "max_jobs": 3, "repeats": 2}}


async def repaired(stage: Stage, job_id: str) -> list[str]:
    """Wait until the job's repair has ended; what is wrong with its trials then."""
    done = "SELECT count(*) FROM repairs WHERE job_id = :id AND status = 'done'"
    deadline = time.monotonic() + _REPAIR_SECONDS
    while await stage.scalar(done, id=job_id) != 1:
        assert time.monotonic() < deadline, stage.said()
        await asyncio.sleep(0.05)
    told = (await stage.client.http.get(f"/v1/jobs/{job_id}/repair")).json()
    counts = [
        await stage.scalar(f"SELECT count(*) FROM {what} = :id", id=job_id)  # noqa: S608 -- one of these
        for what in ("jobs WHERE parent", "repair_trials WHERE job_id")
    ]
    wanted = len(told["tried"]) + sum(
        one[role]["job"] not in (None, job_id) and (one["seed"], role) != (told["confirmed"][0]["seed"], "repaired")
        for one in told["confirmed"]
        for role in ("original", "repaired")
    )
    found = [] if counts == [wanted, wanted] else [f"D: {job_id}: {counts} jobs and trials, not {wanted}"]
    return found if told["tried"] else [*found, f"L: {job_id}: nothing was tried"]


@pytest.mark.row(42)
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
async def test_the_planner_dies_between_two_steps(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    points = ["before repair commit", "after repair commit", "before repair commit"]
    worker = await stage.start_worker(rig=stage.armed)
    failpoints.arm(stage.arms, points[0])
    job_id = await stage.client.insist(sick())
    for following in (*points[1:], None):
        assert await asyncio.to_thread(worker.process.wait, 120) == failpoints.EXIT_CODE, worker.said()
        if following is not None:
            failpoints.arm(stage.arms, following)
        worker = await stage.start_worker(rig=stage.armed)
    found = await repaired(stage, job_id)
    tally.note([*found, *await judge(stage, letters="LDM")], tried=len(points))


@pytest.mark.row(43)
@pytest.mark.long
async def test_two_planners(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    await stage.start_workers(2, RECONCILE_SECONDS="0.1")
    jobs = [await stage.client.insist(sick()) for _ in range(3)]
    found = [line for job_id in jobs for line in await repaired(stage, job_id)]
    tally.note([*found, *await judge(stage, letters="LD")], tried=len(jobs))
