"""A repair by a real worker, from a learning rate of 10 to what helped; and a job that needs none."""

import asyncio
import json
from typing import Any

from db.jobs import jobs
from db.repairs import repairs
from db.tables.base import DEFAULT_PROJECT
from services.jobs.drafts import draft
from services.repairs.reports import report_of
from spec.datasets.built_in import built_in_facts
from spec.ids import new_id
from spec.states import ENDED
from tests.api.specs import digits
from tests.worker.workbench import Workbench


async def submitted(bench: Workbench, learning_rate: float) -> str:
    training: dict[str, Any] = {
        **digits()["training"],
        "optimizer": {"type": "SGD", "learning_rate": learning_rate},
        "epochs": 16,
        "batch_size": 32,
        "seed": 7,
    }
    spec = digits(training=training, coach={"repair": True, "max_jobs": 2, "repeats": 3})
    job = draft(spec, facts_of=built_in_facts, max_memory_bytes=2**32).new_job(new_id("job"), DEFAULT_PROJECT)
    async with bench.database.write() as connection:
        await jobs.create(connection, job)
    await asyncio.to_thread(bench.publisher.publish, job.id, "any")
    return job.id


async def test_a_learning_rate_of_ten_is_repaired_and_a_job_that_learns_is_not(fresh_bench: Workbench) -> None:
    bench = fresh_bench
    # A step of a repair follows from the end of what it awaited: none waits for the reconciler to look.
    await bench.start_worker(RECONCILE_SECONDS="60")
    healthy, sick = await submitted(bench, 0.05), await submitted(bench, 10.0)
    await bench.wait(healthy, lambda job: job.status in ENDED and not job.is_repairing)
    await bench.wait(sick, lambda job: job.status in ENDED and not job.is_repairing)
    async with bench.database.read() as connection:
        assert await repairs.find(connection, healthy) is None, bench.logs()
        row = await repairs.find(connection, sick)
    assert row is not None, bench.logs()
    told = report_of(row).told()
    assert (told["status"], told["is_better"]) == ("done", True), json.dumps(told, default=str)
    assert told["gain"] > 0.5
    assert told["interval"][0] > 0
    epochs = sum(one["epochs"] for one in told["tried"])
    assert 16 <= epochs <= 32
    events = await bench.events(sick)
    assert events[-2:] == ["repair.started", "repair.ended"]
