"""Row 30: all of it at random."""

import asyncio
import os
import random
import time
from collections import Counter

import pytest

from tests.faults.conftest import seed
from tests.faults.ledger import DOCUMENT, SOAK, Tally, replace_section
from tests.faults.monkey import Crowd, Monkey
from tests.faults.oracle import judge
from tests.faults.servers import HardPostgres, HardRedis
from tests.faults.specs import variants
from tests.faults.stage import Stage

_SOAK_SECONDS = 600.0
_CLIENTS = 3
_END_SECONDS = 300.0


@pytest.mark.row(30)
@pytest.mark.long
async def test_all_of_it_at_random(
    stage: Stage, tally: Tally, rng: random.Random, hard_redis: HardRedis, hard_postgres: HardPostgres
) -> None:
    seconds = float(os.environ.get("SOAK_SECONDS") or _SOAK_SECONDS)
    specs = variants(rng)
    for spec in specs:
        spec["resources"] = {"max_attempts": 10}
    monkey = Monkey(stage, rng, hard_redis, hard_postgres)
    crowd = Crowd(stage, rng, specs)
    monkey.start()
    for spec in specs:
        await stage.learn(spec)
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(monkey.rage(until))
        for _ in range(_CLIENTS):
            group.create_task(crowd.use(until))
    await crowd.resume_all()
    violations = await judge(stage, within_seconds=_END_SECONDS) + await failures(stage)
    await write_figures(stage, monkey, crowd, seconds, violations)
    tally.measured(f"{len(stage.client.acknowledged)} jobs in {seconds:.0f} s")
    tally.note(violations, tried=monkey.done.total())


async def failures(stage: Stage) -> list[str]:
    """Jobs that failed: of these specs, which succeed undisturbed and have attempts to spare, none may."""
    async with stage.database.read() as connection:
        rows = await connection.exec_driver_sql("SELECT id, error_code FROM jobs WHERE status = 'failed' ORDER BY id")
        return [f"P: {job_id}: failed as {code}" for job_id, code in rows]


async def write_figures(stage: Stage, monkey: Monkey, crowd: Crowd, seconds: float, violations: list[str]) -> None:
    """What happened, for the document."""
    async with stage.database.read() as connection:
        statuses = Counter(row[0] for row in await connection.exec_driver_sql("SELECT status FROM jobs"))
    attempts = await stage.scalar("SELECT count(*) FROM attempts")
    resumed = await stage.scalar("SELECT count(*) FROM attempts WHERE from_epoch > 0")
    began = Counter(program.name for program in stage.programs)
    lines = {
        "seconds": f"{seconds:.0f}",
        "seed": str(seed()),
        "jobs": f"{statuses.total()}: " + ", ".join(f"{count} {status}" for status, count in statuses.most_common()),
        "faults": f"{monkey.done.total()}: "
        + ", ".join(f"{count} {name}" for name, count in monkey.done.most_common()),
        "programs started": ", ".join(f"{count} {name}" for name, count in began.most_common()),
        "requests granted": ", ".join(f"{count} {what}" for what, count in crowd.asked.most_common()),
        "attempts": f"{attempts}, of which {resumed} continued from a checkpoint",
        "responses to POST": ", ".join(
            f"{count} {status or 'none'}" for status, count in sorted(stage.client.answers.items())
        ),
        "violations": str(len(violations)),
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in lines.items())
    replace_section(DOCUMENT, SOAK, f"| | |\n|---|---|\n{table}")
