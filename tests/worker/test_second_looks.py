"""A job that ends within seconds: a worker judges it by simple models as soon as it knows how good those are."""

import asyncio
import json

from db.attempts import findings
from db.jobs import jobs
from db.tables.base import DEFAULT_PROJECT
from services.jobs.drafts import draft
from spec.datasets.built_in import built_in_facts
from spec.ids import new_id
from spec.states import ENDED
from tests.api.specs import digits
from tests.worker.workbench import Workbench


async def test_a_job_is_called_poor_once_it_is_known_what_is_possible(fresh_bench: Workbench) -> None:
    bench = fresh_bench
    await bench.start_worker()
    optimizer = {"type": "SGD", "learning_rate": 0.01}
    spec = digits(training={**digits()["training"], "optimizer": optimizer, "epochs": 4, "batch_size": 32, "seed": 7})
    job = draft(spec, facts_of=built_in_facts, max_memory_bytes=2**32).new_job(new_id("job"), DEFAULT_PROJECT)
    async with bench.database.write() as connection:
        await jobs.create(connection, job)
    await asyncio.to_thread(bench.publisher.publish, job.id, "any")
    await bench.wait(job.id, lambda row: row.status in ENDED)
    async with asyncio.timeout(bench.PATIENCE_SECONDS):
        while True:
            async with bench.database.read() as connection:
                found = await findings.read(connection, job.id, DEFAULT_PROJECT)
            if found.is_final:
                break
            await asyncio.sleep(0.1)
    alarms = [one for one in json.loads(found.findings_json) if one["severity"] != "hint"]
    told = {one["rule"]: one["explanation"] for one in alarms}
    assert "not_learning" in told, found.findings_json + bench.logs()
    assert "logistic regression" in told["not_learning"] or "nearest" in told["not_learning"]
    assert "finding.new" in await bench.events(job.id)
