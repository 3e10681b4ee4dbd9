"""A project gets what its quotas leave, is told which one is used up, and others are not concerned."""

import asyncio
import json
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

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
from tests.api.service import assert_problem, running_api
from tests.api.specs import digits
from tests.db.scenes import claim, in_read, in_write, running, submit
from tests.services.keys import bearer, make_key
from tests.services.nursery import nursery

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


@pytest.fixture(scope="module")
def limiting(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[Path, str]]:
    """An API with small quotas: its home, and its address."""
    home = tmp_path_factory.mktemp("limiting")
    shutil.copyfile(sqlite_template, home / "netcoach.db")
    with running_api(
        home,
        database_url=f"sqlite:///{home}/netcoach.db",
        broker_url="redis://127.0.0.1:1/0",
        quota_jobs_queued="2",
        quota_jobs_running="1",
        quota_epoch_samples_per_day=str(20 * EPOCH_ROWS),
        quota_database_bytes=str(10**6),
    ) as address:
        yield home, address


@dataclass(frozen=True)
class Limited:
    """A project of its own for each test, and whoever asks for it."""

    project: str
    client: httpx.Client
    home: Path

    def quotas(self, *commands: Sequence[str]) -> list[tuple[int, str]]:
        """How runs of ``python -m api.projects`` ended, and what they said."""
        return [nursery().run("api.projects", self.home, *command) for command in commands]


@pytest.fixture
def limited(limiting: tuple[Path, str]) -> Iterator[Limited]:
    home, address = limiting
    project = uuid4().hex
    key = asyncio.run(make_key(f"sqlite:///{home}/netcoach.db", project))
    with httpx.Client(base_url=address, timeout=20, headers=bearer(key)) as client:
        yield Limited(project, client, home)


def refusals(client: httpx.Client) -> float:
    """Of jobs for a full queue, by what the process counted."""
    found = re.findall(r'netcoach_quota_refusals_total\{quota="jobs_queued"\} (\S+)', client.get("/metrics").text)
    return float(found[0]) if found else 0.0


def test_a_queue_that_is_full_for_a_project_takes_no_more_of_it(limited: Limited) -> None:
    client, project = limited.client, limited.project
    keyed, refused_before = {"Idempotency-Key": "first"}, refusals(client)
    first = client.post("/v1/jobs", json=digits(), headers=keyed)
    assert client.post("/v1/jobs", json=digits()).status_code == 201
    refused = client.post("/v1/jobs", json=digits())
    told = assert_problem(refused, 429, "quota_exceeded")
    assert told["quota"] == {"name": "jobs_queued", "limit": 2, "used": 2, "requested": 1}
    assert refused.headers["Retry-After"] == "10"
    # What was answered before is answered again, and a dry run makes nothing.
    again = client.post("/v1/jobs", json=digits(), headers=keyed)
    assert (again.status_code, again.text) == (201, first.text)
    assert client.post("/v1/jobs?dry_run=true", json=digits()).status_code == 200
    shown = {quota["name"]: (quota["limit"], quota["used"]) for quota in client.get("/v1/limits").json()["quotas"]}
    assert shown == {
        "jobs_queued": (2, 2),
        "jobs_running": (1, 0),
        "stored_bytes": (None, 0),
        "epoch_samples_per_day": (20 * EPOCH_ROWS, 6 * EPOCH_ROWS),
        "database_bytes": (10**6, shown["database_bytes"][1]),
    }
    assert 4000 < shown["database_bytes"][1] < 12_000
    assert refusals(client) == refused_before + 1

    wrong = (("set", project, "jobs=3"), ("set", "nobody", "jobs_queued=3"), ("show", "x"))
    changed, told_of, *faulty = limited.quotas(
        ("set", project, "jobs_queued=3", "epoch_samples_per_day=default"), ("show", project), *wrong
    )
    assert changed[0] == 0
    own = "jobs_queued=3, jobs_running=default, stored_bytes=default, epoch_samples_per_day=default"
    assert told_of == (0, f"{project}: {own}, database_bytes=default\n")
    assert [code for code, _ in faulty] == [2, 1, 1]
    assert all(said and "_bytes=default" not in said for _, said in faulty)

    deadline = time.monotonic() + 5
    while client.post("/v1/jobs", json=digits()).status_code != 201:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert client.post("/v1/jobs", json=digits()).json()["quota"]["limit"] == 3


def test_more_training_than_a_project_may_ask_for_a_day_is_refused(limited: Limited) -> None:
    client, spec = limited.client, digits()
    spec["training"]["epochs"] = 15
    assert client.post("/v1/jobs", json=spec).status_code == 201
    told = assert_problem(client.post("/v1/jobs", json=spec), 429, "quota_exceeded")
    asked = 15 * EPOCH_ROWS
    limit = 20 * EPOCH_ROWS
    assert told["quota"] == {"name": "epoch_samples_per_day", "limit": limit, "used": asked, "requested": asked}
    spec["training"]["epochs"] = 5
    assert client.post("/v1/jobs", json=spec).status_code == 201


def large(kibibytes: int) -> dict[str, Any]:
    """A sound job of some length."""
    spec = digits()
    names = [f"{number:04d}" + "n" * 60 for number in range(kibibytes * 10)]
    spec["network"]["layers"][1:1] = [{"type": "Activation", "activation": "linear", "name": name} for name in names]
    return spec


def test_rows_beyond_a_project_s_bytes_are_refused_and_given_back_when_gone(limited: Limited) -> None:
    client, database_bytes = limited.client, 2 * 65_000
    changed = limited.quotas(("set", limited.project, f"database_bytes={database_bytes}", "jobs_queued=10"))
    assert [code for code, _ in changed] == [0]
    spec = large(60)
    size = len(json.dumps(spec, separators=(",", ":")))
    first = client.post("/v1/jobs", json=spec, headers={"Idempotency-Key": "one"})
    assert first.status_code == 201, first.text
    told = assert_problem(client.post("/v1/jobs", json=spec), 429, "quota_exceeded")["quota"]
    assert (told["name"], told["limit"]) == ("database_bytes", database_bytes)
    assert size < told["used"] < size + 5000
    assert size < told["requested"] < size + 5000
    derived = client.post(f"/v1/jobs/{first.json()['id']}/derive", json={"patch": []})
    assert_problem(derived, 429, "quota_exceeded")
    # Small ones have room; and what was answered is answered again.
    assert client.post("/v1/jobs", json=digits()).status_code == 201
    again = client.post("/v1/jobs", json=spec, headers={"Idempotency-Key": "one"})
    assert (again.status_code, again.content) == (201, first.content)


def test_a_paused_job_goes_back_only_where_the_queue_has_room(limited: Limited) -> None:
    client = limited.client
    paused = client.post("/v1/jobs", json=digits()).json()["id"]
    assert client.post(f"/v1/jobs/{paused}/pause").json()["status"] == "paused"
    others = [client.post("/v1/jobs", json=digits()).json()["id"]]
    deadline = time.monotonic() + 10
    while (answer := client.post("/v1/jobs", json=digits())).status_code != 201:  # the pause is not seen yet
        assert time.monotonic() < deadline
        time.sleep(0.1)
    others.append(answer.json()["id"])
    refused = client.post(f"/v1/jobs/{paused}/resume")
    told = assert_problem(refused, 429, "quota_exceeded")
    assert (told["quota"]["name"], told["quota"]["limit"], told["quota"]["requested"]) == ("jobs_queued", 2, 1)
    assert refused.headers["Retry-After"] == "10"
    assert client.get(f"/v1/jobs/{paused}").json()["status"] == "paused"
    # What takes no place is not asked for one, and what has one keeps it.
    assert client.post(f"/v1/jobs/{others[0]}/resume").json()["status"] == "queued"
    client.post(f"/v1/jobs/{others[0]}/cancel")
    while (resumed := client.post(f"/v1/jobs/{paused}/resume")).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert resumed.json()["status"] == "queued"
    assert_problem(client.post("/v1/jobs", json=digits()), 429, "quota_exceeded")
