"""A project gets what its quotas leave, is told which one is used up, and others are not concerned."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from db.attempts.attempts import EpochRecord, Progress, record_epochs, record_started, renew_lease
from db.attempts.checkpoints import NewCheckpoint, record
from db.attempts.endings import Ending, NewArtifact, finish
from db.connections.engine import Database
from db.jobs import removals
from db.projects import idempotency, quotas
from db.projects.idempotency import Answer, KeyedRequest, SpecInJob
from db.projects.quotas import Consumption, Load, Quotas
from db.queue import claims
from db.tables.columns import db_now
from db.tables.projects import IdempotencyKey
from spec.states import JobStatus
from tests.api.service import assert_problem, run_command, running_api
from tests.api.specs import digits
from tests.db.scenes import claim, in_read, in_write, running, submit

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
    used = await in_read(database, quotas.consumption_of, "default")
    assert (used.stored_bytes, used.epoch_samples_per_day) == (1170, 70 + 10**12)
    assert await in_read(database, quotas.consumption_of, "nobody") == Consumption(0, 0, 0)


async def test_an_ended_job_is_counted_by_what_was_trained(database: Database) -> None:
    fence = await running(database, epochs=2, train_rows=100)
    assert (await in_read(database, quotas.consumption_of, "default")).epoch_samples_per_day == 300
    await in_write(database, finish, fence, Ending(status=JobStatus.CANCELLED))
    assert (await in_read(database, quotas.consumption_of, "default")).epoch_samples_per_day == 200


async def test_an_epoch_that_was_stopped_in_time_counts_as_far_as_it_came(database: Database) -> None:
    fence = await running(database, epochs=1, train_rows=100)
    await in_write(database, renew_lease, fence, 60, Progress(1.9 / 3, None))
    await in_write(database, finish, fence, Ending(status=JobStatus.CANCELLED))
    assert (await in_read(database, quotas.consumption_of, "default")).epoch_samples_per_day == 190
    # One that ended before its last epoch, by itself, is whole by its own word.
    early = await running(database, epochs=1, train_rows=1000)
    await in_write(database, finish, early, Ending(status=JobStatus.SUCCEEDED))
    assert (await in_read(database, quotas.consumption_of, "default")).epoch_samples_per_day == 1190


async def test_bytes_of_the_database_are_a_project_s_rows(database: Database) -> None:
    async def used() -> int:
        return (await in_read(database, quotas.consumption_of, "default")).database_bytes

    spec_json = '{"a":"' + "b" * 100_000 + '"}'
    job = await submit(database, spec_json=spec_json)
    made = await used()
    assert len(spec_json) < made < len(spec_json) + 10_000
    answer = Answer(201, "/v1/jobs/x", '{"spec":' + spec_json + "}")
    kept = [(KeyedRequest("key", "digest", "default"), answer)]
    await in_write(database, idempotency.store_all, kept, [SpecInJob(job.id, spec_json)])
    with_answer = await used()
    assert 0 < with_answer - made < 1000, "the spec counts once"
    fence = await claim(database)
    await in_write(database, record_started, fence, epochs=3)
    begun = await used()
    records = [EpochRecord(epoch, {"a" * 2000: 1.0}, 0.5, Progress(epoch / 3, 1.5)) for epoch in (1, 2)]
    await in_write(database, record_epochs, fence, records)
    assert 4000 < await used() - begun < 5000, "as soon as they are there"
    await in_write(database, record_epochs, fence, records)
    assert 4000 < await used() - begun < 5000, "replaced, they count once"
    await in_write(database, finish, fence, Ending(status=JobStatus.SUCCEEDED, results={"c": "d" * 3000}))
    assert 7000 < await used() - begun < 8500
    await in_write(database, removals.delete_job, job.id, "default")
    # What a first answer shows stays until that is forgotten.
    assert 100_000 < await used() < 102_000
    async with database.write() as connection:
        await connection.execute(update(IdempotencyKey).values(created_at=db_now(-86_401)))
    await in_write(database, idempotency.remove_expired)
    assert await used() == 0


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
            quota_database_bytes=str(10**6),
        ) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def projects(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command("api.projects", home, *arguments)


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
        "database_bytes": (10**6, shown["database_bytes"][1]),
    }
    assert 4000 < shown["database_bytes"][1] < 12_000
    assert 'netcoach_quota_refusals_total{quota="jobs_queued"} 1.0' in limited.get("/metrics").text

    changed = projects(home, "set", "default", "jobs_queued=3", "epoch_samples_per_day=default")
    assert (changed.returncode, changed.stderr) == (0, "")
    assert projects(home, "show").stdout == (
        "default: jobs_queued=3, jobs_running=default, stored_bytes=default, epoch_samples_per_day=default, "
        "database_bytes=default\n"
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


def large(kibibytes: int) -> dict[str, Any]:
    """A sound job of some length."""
    spec = digits()
    names = [f"{number:04d}" + "n" * 60 for number in range(kibibytes * 10)]
    spec["network"]["layers"][1:1] = [{"type": "Activation", "activation": "linear", "name": name} for name in names]
    return spec


def test_rows_beyond_a_project_s_bytes_are_refused_and_given_back_when_gone(limited: httpx.Client, home: Path) -> None:
    database_bytes = 2 * 65_000
    assert projects(home, "set", "default", f"database_bytes={database_bytes}", "jobs_queued=10").returncode == 0
    spec = large(60)
    size = len(json.dumps(spec, separators=(",", ":")))
    first = limited.post("/v1/jobs", json=spec, headers={"Idempotency-Key": "one"})
    assert first.status_code == 201, first.text
    told = assert_problem(limited.post("/v1/jobs", json=spec), 429, "quota_exceeded")["quota"]
    assert (told["name"], told["limit"]) == ("database_bytes", database_bytes)
    assert size < told["used"] < size + 5000
    assert size < told["requested"] < size + 5000
    derived = limited.post(f"/v1/jobs/{first.json()['id']}/derive", json={"patch": []})
    assert_problem(derived, 429, "quota_exceeded")
    # Small ones have room; and what was answered is answered again.
    assert limited.post("/v1/jobs", json=digits()).status_code == 201
    again = limited.post("/v1/jobs", json=spec, headers={"Idempotency-Key": "one"})
    assert (again.status_code, again.content) == (201, first.content)


def test_a_paused_job_goes_back_only_where_the_queue_has_room(limited: httpx.Client) -> None:
    paused = limited.post("/v1/jobs", json=digits()).json()["id"]
    assert limited.post(f"/v1/jobs/{paused}/pause").json()["status"] == "paused"
    others = [limited.post("/v1/jobs", json=digits()).json()["id"]]
    deadline = time.monotonic() + 10
    while (answer := limited.post("/v1/jobs", json=digits())).status_code != 201:  # the pause is not seen yet
        assert time.monotonic() < deadline
        time.sleep(0.1)
    others.append(answer.json()["id"])
    refused = limited.post(f"/v1/jobs/{paused}/resume")
    told = assert_problem(refused, 429, "quota_exceeded")
    assert (told["quota"]["name"], told["quota"]["limit"], told["quota"]["requested"]) == ("jobs_queued", 2, 1)
    assert refused.headers["Retry-After"] == "10"
    assert limited.get(f"/v1/jobs/{paused}").json()["status"] == "paused"
    # What takes no place is not asked for one, and what has one keeps it.
    assert limited.post(f"/v1/jobs/{others[0]}/resume").json()["status"] == "queued"
    limited.post(f"/v1/jobs/{others[0]}/cancel")
    while (resumed := limited.post(f"/v1/jobs/{paused}/resume")).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert resumed.json()["status"] == "queued"
    assert_problem(limited.post("/v1/jobs", json=digits()), 429, "quota_exceeded")
