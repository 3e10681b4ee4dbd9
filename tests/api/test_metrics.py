"""What Prometheus reads: all of it documented, right over several processes, and quick however long the queue."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from api.prometheus.instruments import REGISTRY
from api.prometheus.service import DatabaseMetrics
from db.connections.engine import Database
from db.workers import figures, totals
from db.workers.figures import QueueFigures, WorkerFigures
from db.workers.measures import ATTEMPT_SECONDS, EPOCHS, JOBS_ENDED, Tally
from db.workers.workers import NewWorker, register
from spec.states import JobStatus
from tests.api.service import ROOT, running_api
from tests.api.specs import digits
from tests.db.scenes import in_read, in_write, running, submit

DOCUMENTED = re.compile(r"^\| `(netcoach_\w+)` \|", re.MULTILINE)


def told() -> DatabaseMetrics:
    queue = QueueFigures(dict.fromkeys(figures.LIVE, 0), 0.0, 0)
    return DatabaseMetrics(queue, [WorkerFigures("ready", 1, 0, 0.0)], {})


def test_the_page_on_operations_lists_every_metric_and_no_other() -> None:
    families = [*REGISTRY.collect(), *told().collect()]
    names = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert sorted(DOCUMENTED.findall(page)) == sorted(names)


async def test_the_queue_is_told_as_it_stands(database: Database) -> None:
    await running(database)
    for _ in range(2):
        await submit(database)
    queue = await in_read(database, figures.queue_figures)
    assert queue.jobs == {JobStatus.QUEUED: 2, JobStatus.RUNNING: 1, JobStatus.PAUSED: 0}
    assert 0 <= queue.oldest_queued_seconds < 60
    assert queue.outbox == 2
    await in_write(database, register, NewWorker(id="w", hostname="h", pid=1, accelerators=["cpu"], slots=3))
    (worker,) = await in_read(database, figures.worker_figures)
    assert (worker.state, worker.slots, worker.busy) == ("starting", 3, 0)
    assert 0 <= worker.silent_seconds < 60


async def test_sums_add_up_whoever_adds_to_them(database: Database) -> None:
    for _ in range(2):
        tally = Tally()
        tally.add(EPOCHS)
        tally.add(EPOCHS, 2)
        tally.add(JOBS_ENDED, 1, "failed", "diverged")
        for seconds in (0.05, 7.0, 1e6):
            tally.add(ATTEMPT_SECONDS, seconds)
        await in_write(database, totals.add, tally.take())
        assert tally.take() == {}
    sums = await in_read(database, totals.read_all)
    assert EPOCHS.counts(sums) == [([], 6.0)]
    assert JOBS_ENDED.counts(sums) == [(["failed", "diverged"], 2.0)]
    buckets, total = ATTEMPT_SECONDS.buckets(sums)
    assert dict(buckets)["0.01"] == 0
    assert dict(buckets)["0.1"] == dict(buckets)["5"] == 2
    assert (dict(buckets)["10"], buckets[-1]) == (4, ("+Inf", 6.0))
    assert total == 2 * 1_000_007.05


async def test_several_processes_serve_one_address_and_are_told_as_one(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "netcoach.db")
    with running_api(tmp_path, broker_url="redis://127.0.0.1:1/0", api_processes="2") as address:
        async with httpx.AsyncClient(base_url=address, headers={"Connection": "close"}) as client:
            made = [(await client.post("/v1/jobs", json=digits())).json()["id"] for _ in range(6)]
            for job_id in made:
                assert (await client.get(f"/v1/jobs/{job_id}")).is_success
            listed = (await client.get("/v1/jobs?limit=100")).json()["data"]
            assert {job["id"] for job in listed} == set(made)
            assert (await client.get("/wherever/job_1")).status_code == 404
            scrapes = [(await client.get("/metrics")).text for _ in range(6)]
    for scrape in scrapes:
        samples = {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(scrape)
            for sample in family.samples
        }
        assert samples["netcoach_http_requests_total", "POST", "/v1/jobs", "201"] == 6
        assert samples["netcoach_http_requests_total", "GET", "/v1/jobs/{job_id}", "200"] == 6
        assert samples["netcoach_http_requests_total", "GET", "none", "404"] == 1
        assert samples["netcoach_http_request_duration_seconds_count", "POST", "/v1/jobs"] == 6
        # The one before may still be letting go of its connection.
        assert samples["netcoach_http_requests_in_flight",] in {1, 2}
        assert samples["netcoach_http_received_bytes_total",] > 1000
        assert samples["netcoach_jobs", "queued"] == 6
        assert samples["netcoach_database_up",] == 1
        assert not any(job_id in scrape for job_id in made)
    assert not list((tmp_path / "metrics").iterdir())


def test_nothing_of_tracing_is_imported_where_nothing_is_traced() -> None:
    # redis-py imports the SDK's metrics by itself where they are installed.
    unwanted = ("opentelemetry.sdk.trace", "opentelemetry.exporter")
    look = f"import api.app, sys; sys.exit(any(name.startswith({unwanted}) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=False).returncode == 0
