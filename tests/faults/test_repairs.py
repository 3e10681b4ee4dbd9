"""Rows 42 and 43: the planner of a repair killed between two steps, and two planners at once."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from db.jobs import events
from db.repairs import repairs
from db.repairs.repairs import RepairRow
from spec.states import ENDED
from tests.faults import failpoints
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.specs import quick
from tests.faults.stage import Stage

EPOCHS = 8
BUDGET = 2 * EPOCHS
STEPS = 5
"""Three remedies race in three rungs, the best one is compared with the original, and the repair ends."""
_END_SECONDS = 120.0
_POINTS = ("before repair commit", "after repair commit")


def sick(rate: float = 1e6) -> dict[str, Any]:
    """A job that does not learn, and whose repair has several steps."""
    spec = quick(epochs=EPOCHS, optimizer={"type": "SGD", "learning_rate": rate})
    spec["network"]["layers"][1:1] = [{"type": "Dense", "units": 32, "activation": "relu"}]
    return {**spec, "coach": {"repair": True, "max_jobs": 3, "repeats": 2}}


async def steps_taken(stage: Stage, job_id: str) -> int:
    """How many steps of the job's repair are committed."""
    return await stage.scalar("SELECT step FROM repairs WHERE job_id = :id", id=job_id) or 0


async def repaired(stage: Stage, job_id: str) -> list[str]:
    """Wait for the job's results; what is wrong with its repair then."""
    async with asyncio.timeout(_END_SECONDS):
        while (answer := await _results(stage, job_id)).status_code != 200:
            assert answer.status_code == 202, answer.text
    told = answer.json()["repair"]
    async with stage.database.read() as connection:
        row = await repairs.find(connection, job_id)
    assert row is not None
    found = await _judge_jobs(stage, row)
    if (told["status"], len(told["tried"]), row.step) != ("done", 3, STEPS):
        found.append(f"L: {job_id}: {told['status']} after {row.step} steps with {len(told['tried'])} remedies")
    epochs = sum(one["epochs"] for one in told["tried"])
    if epochs > BUDGET:
        found.append(f"P: {job_id}: {epochs} epochs of the race, where there may be {BUDGET}")
    return found


async def _results(stage: Stage, job_id: str) -> Any:  # noqa: ANN401 -- a response
    return await stage.client.http.get(f"/v1/jobs/{job_id}/results", params={"wait_seconds": "5"})


async def _judge_jobs(stage: Stage, row: RepairRow) -> list[str]:
    """D and M: each job once, all ended, and no epoch of one trained a second time."""
    made = Counter((trial.candidate, trial.seed) for trial in row.trials)
    found = [f"D: {row.job_id}: {count} jobs of {which}" for which, count in made.items() if count > 1]
    count = await stage.scalar("SELECT count(*) FROM jobs WHERE parent = :id", id=row.job_id)
    if count != len(row.trials):
        found.append(f"D: {row.job_id}: {count} jobs and {len(row.trials)} trials")
    for trial in row.trials:
        job = await stage.job(trial.child or "")
        if job.status not in ENDED:
            found.append(f"L: {job.id}: is {job.status}")
        begun = [json.loads(text)["from_epoch"] for text in await _starts(stage, job.id)]
        if begun != sorted(set(begun)):
            found.append(f"M: {job.id}: was begun from the epochs {begun}")
    return found


async def _starts(stage: Stage, job_id: str) -> list[str]:
    async with stage.database.read() as connection:
        page = await events.list_page(connection, job_id, 0, 1000)
    return [event.data_json for event in page if event.type == events.STARTED]


async def winner_undisturbed(stage: Stage, job_id: str) -> list[str]:
    """M: the job that won, rung by rung, has the epochs that it has in one go."""
    told = (await stage.client.http.get(f"/v1/jobs/{job_id}/repair")).json()
    spec = (await stage.client.http.get(f"/v1/jobs/{told['chosen']}")).json()["spec"]
    del spec["metadata"]
    whole = await stage.learn(spec)
    scores = [
        (await stage.client.http.get(f"/v1/jobs/{one}/metrics")).json()["data"] for one in (told["chosen"], whole)
    ]
    rung, one_go = ([row["metrics"] for row in rows] for rows in scores)
    return [] if rung == one_go else [f"M: {job_id}: its winner has {rung}, and in one go {one_go}"]


@pytest.mark.row(42)
@pytest.mark.long
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
async def test_the_planner_dies_between_two_steps(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    # One worker trains, and others, that die at it, plan.
    await stage.start_worker(rig=["--without", "planner"])
    job_id = await stage.client.insist(sick())
    deaths = 0
    for step in range(STEPS):
        for point in _POINTS:
            failpoints.arm(stage.arms, point)
            planner = stage.begin_worker(rig=stage.armed, RECONCILE_SECONDS="0.1")
            assert await asyncio.to_thread(planner.process.wait, 120) == failpoints.EXIT_CODE, planner.said()
            assert await steps_taken(stage, job_id) == step + (point == _POINTS[1])
            deaths += 1
    found = await repaired(stage, job_id)
    found += await winner_undisturbed(stage, job_id)
    tally.note([*found, *await judge(stage, letters="LDM")], tried=deaths)


@pytest.mark.row(43)
@pytest.mark.long
async def test_two_planners(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    await stage.start_workers(2, RECONCILE_SECONDS="0.1")
    jobs = [await stage.client.insist(sick(rate)) for rate in (1e6, 1e5, 1e4)]
    found = [line for job_id in jobs for line in await repaired(stage, job_id)]
    tally.note([*found, *await judge(stage, letters="LD")], tried=len(jobs))
