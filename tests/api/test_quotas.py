"""A project gets what its quotas leave, is told which one is used up, and others are not concerned."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from db import claims, quotas
from db.checkpoints import NewCheckpoint, record
from db.endings import Ending, NewArtifact, finish
from db.engine import Database
from db.quotas import Consumption, Load, Quotas
from spec.states import JobStatus
from tests.api.service import ROOT, assert_problem, running_api
from tests.api.specs import digits
from tests.db.scenes import in_read, in_write, running, submit

EPOCH_ROWS = 1437
"""Four fifths of digits, rounded down."""


async def test_what_a_project_uses_is_counted(database: Database) -> None:
    first = await running(database, epochs=2)
    await in_write(database, record, first, NewCheckpoint(2, 0, "key", 70, "0" * 64), keep=2)
    files = [NewArtifact(name, name, "text/csv", size, "0" * 64) for name, size in (("a", 100), ("b", 1000))]
    await in_write(database, finish, first, Ending(status=JobStatus.SUCCEEDED, artifacts=files))
    await submit(database, train_rows=10, epochs=7)
    await submit(database, train_rows=10**6, epochs=10**6)
    assert await in_read(database, quotas.load_of, "default") == Load(jobs_queued=2, jobs_running=0)
    expected = Consumption(stored_bytes=1170, epoch_samples_per_day=70 + 10**12)
    assert await in_read(database, quotas.consumption_of, "default") == expected
    assert await in_read(database, quotas.consumption_of, "nobody") == Consumption(0, 0)


async def test_an_ended_job_is_counted_by_what_was_trained(database: Database) -> None:
    fence = await running(database, epochs=2, train_rows=100)
    assert (await in_read(database, quotas.consumption_of, "default")).epoch_samples_per_day == 300
    await in_write(database, finish, fence, Ending(status=JobStatus.CANCELLED))
    assert (await in_read(database, quotas.consumption_of, "default")).epoch_samples_per_day == 200


async def test_a_project_at_its_quota_of_running_jobs_is_passed_over(database: Database) -> None:
    for _ in range(3):
        await submit(database)

    async def take(most: int | None) -> bool:
        claim = await in_write(database, claims.claim_next, "worker_1", 0, ("cpu",), 60, most_running=most)
        return claim is not None

    assert [await take(1), await take(1)] == [True, False]
    assert await in_write(database, quotas.change, "default", Quotas(jobs_running=2))
    assert [await take(1), await take(None)] == [True, False]
    assert not await in_write(database, quotas.change, "nobody", Quotas())


@pytest.fixture
def home(tmp_path: Path, sqlite_template: Path) -> Path:
    shutil.copyfile(sqlite_template, tmp_path / "netcoach.db")
    return tmp_path


@pytest.fixture
def limited(home: Path) -> Iterator[httpx.Client]:
    with (
        running_api(
            home,
            broker_url="redis://127.0.0.1:1/0",
            quota_jobs_queued="2",
            quota_jobs_running="1",
            quota_epoch_samples_per_day=str(20 * EPOCH_ROWS),
        ) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def projects(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.projects", *arguments],
        cwd=ROOT,
        env={"NETCOACH_HOME": str(home), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_queue_that_is_full_for_a_project_takes_no_more_of_it(limited: httpx.Client, home: Path) -> None:
    keyed = {"Idempotency-Key": "first"}
    first = limited.post("/v1/jobs", json=digits(), headers=keyed)
    assert limited.post("/v1/jobs", json=digits()).status_code == 201
    refused = limited.post("/v1/jobs", json=digits())
    told = assert_problem(refused, 429, "quota_exceeded")
    assert told["quota"] == {"name": "jobs_queued", "limit": 2, "used": 2, "requested": 1}
    assert refused.headers["Retry-After"] == "10"
    # What was answered before is answered again, and a dry run makes nothing.
    again = limited.post("/v1/jobs", json=digits(), headers=keyed)
    assert (again.status_code, again.text) == (201, first.text)
    assert limited.post("/v1/jobs?dry_run=true", json=digits()).status_code == 200
    shown = {quota["name"]: (quota["limit"], quota["used"]) for quota in limited.get("/v1/limits").json()["quotas"]}
    assert shown == {
        "jobs_queued": (2, 2),
        "jobs_running": (1, 0),
        "stored_bytes": (None, 0),
        "epoch_samples_per_day": (20 * EPOCH_ROWS, 6 * EPOCH_ROWS),
    }
    assert 'netcoach_quota_refusals_total{quota="jobs_queued"} 1.0' in limited.get("/metrics").text

    changed = projects(home, "set", "default", "jobs_queued=3", "epoch_samples_per_day=default")
    assert (changed.returncode, changed.stderr) == (0, "")
    assert projects(home, "show").stdout == (
        "default: jobs_queued=3, jobs_running=default, stored_bytes=default, epoch_samples_per_day=default\n"
    )
    for wrong, code in ((("set", "default", "jobs=3"), 2), (("set", "nobody", "jobs_queued=3"), 1), (("show", "x"), 1)):
        ended = projects(home, *wrong)
        assert (ended.returncode, ended.stdout) == (code, "")
        assert ended.stderr

    deadline = time.monotonic() + 5
    while limited.post("/v1/jobs", json=digits()).status_code != 201:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert limited.post("/v1/jobs", json=digits()).json()["quota"]["limit"] == 3


def test_more_training_than_a_project_may_ask_for_a_day_is_refused(limited: httpx.Client) -> None:
    spec = digits()
    spec["training"]["epochs"] = 15
    assert limited.post("/v1/jobs", json=spec).status_code == 201
    told = assert_problem(limited.post("/v1/jobs", json=spec), 429, "quota_exceeded")
    asked = 15 * EPOCH_ROWS
    limit = 20 * EPOCH_ROWS
    assert told["quota"] == {"name": "epoch_samples_per_day", "limit": limit, "used": asked, "requested": asked}
    spec["training"]["epochs"] = 5
    assert limited.post("/v1/jobs", json=spec).status_code == 201
