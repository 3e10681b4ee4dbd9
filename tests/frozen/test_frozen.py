"""Databases of former schemas are brought to today's; nothing that was in them is lost, and training goes on."""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text, update

from db import migrate
from db.connections.engine import Database
from db.tables.columns import db_now
from db.tables.metadata import METADATA
from db.tables.projects import ApiKey, IdempotencyKey
from services.webhooks.signing import signature
from spec.states import JobStatus
from tests.api.service import running_api
from tests.frozen import dumps, published
from tests.frozen.callers import Caller, calling
from tests.frozen.scenario import DIGITS, url_of
from tests.services.keys import bearer
from tests.services.postgres import PostgresServer
from tests.services.receiver import receiver
from tests.worker.workbench import Workbench

STATUSES = {
    "succeeded": "succeeded",
    "diverged": "failed",
    "lost": "failed",
    "cancelled": "cancelled",
    "cancelled in the queue": "cancelled",
    "paused": "paused",
    "paused in the queue": "paused",
    "running": "running",
    "running, asked to cancel": "running",
    "running, asked to pause": "running",
    "queued": "queued",
    "queued, the broker was not told": "queued",
}
RESUMED = ("paused", "paused in the queue")
TRAINED = ("queued", "queued, the broker was not told", "running", *RESUMED)
STOPPED = {"running, asked to cancel": JobStatus.CANCELLED, "running, asked to pause": JobStatus.PAUSED}
HALF_DONE = ("running", "paused")
"""Those of `TRAINED` that have checkpoints."""
NOWHERE = "redis://127.0.0.1:1/0"


@dataclass(frozen=True)
class Frozen:
    """A database as it was frozen, loaded beside what it had stored.

    Attributes:
        url: Of the database.
        folder: Where its bytes are.
        told: What was written down of it: keys, jobs, answers.
        script: The text it was loaded from.
    """

    url: str
    folder: Path
    told: dict[str, Any]
    revision: str
    script: str

    @property
    def settings(self) -> dict[str, str]:
        """How a program gets at it."""
        return {"database_url": self.url, "storage_url": f"file://{self.folder}/{dumps.STORAGE}"}

    def token(self, whose: str = "mine") -> str:
        return published.token_of(self.told["keys"][whose])


@pytest.fixture(params=[(revision, kind) for revision in dumps.REVISIONS for kind in dumps.KINDS], ids="-".join)
def frozen(request: pytest.FixtureRequest, postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Frozen]:
    revision, kind = request.param
    folder = dumps.folder_of(revision, kind)
    told = json.loads((folder / dumps.TOLD).read_text())
    told["answers"] = dict(map(json.loads, (folder / dumps.ANSWERS).read_text().splitlines()))
    with dumps.loaded(revision, kind, postgres_server, tmp_path) as url:
        yield Frozen(url, tmp_path, told, revision, (folder / dumps.DATABASE).read_text())


@pytest.fixture
async def upgraded(frozen: Frozen) -> Frozen:
    await asyncio.to_thread(migrate.upgrade, frozen.url)
    return frozen


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def lost(before: object, now: object, place: str = "") -> list[str]:
    """Where a document no longer has what it had; that it has more is no loss."""
    if isinstance(before, dict) and isinstance(now, dict):
        # When a key was last used: now.
        names = before.keys() - {"last_used_at"}
        return [one for name in sorted(names) for one in lost(before[name], now.get(name, ...), f"{place}/{name}")]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [one for at, pair in enumerate(zip(before, now, strict=True)) for one in lost(*pair, f"{place}/{at}")]
    return [] if before == now else [f"{place}: {before!r} became {now!r}"]


async def test_one_is_what_its_name_says_and_whole(frozen: Frozen) -> None:
    database = Database(frozen.url)
    try:
        async with database.read() as connection:
            assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == frozen.revision
            for table in await connection.run_sync(lambda plain: inspect(plain).get_table_names()):
                assert await connection.scalar(text(f"SELECT count(*) FROM {table}")), table  # noqa: S608 -- of the file
    finally:
        await database.close()
    answers = frozen.told["answers"]
    assert {name: answers[f"/v1/jobs/{job_id}"]["status"] for name, job_id in frozen.told["jobs"].items()} == STATUSES


async def test_one_holds_no_secret_that_is_not_published(frozen: Frozen) -> None:
    assert set(re.findall(r"whsec_[^']*", frozen.script)) == {published.SECRET, published.FORMER_SECRET}
    assert not re.findall(r"nc_key_\w+", frozen.script + json.dumps(frozen.told))
    database = Database(frozen.url)
    try:
        async with database.read() as connection:
            digests = {row.id: row.digest for row in await connection.execute(select(ApiKey.id, ApiKey.digest))}
    finally:
        await database.close()
    assert digests == {key_id: published.digest_of(key_id) for key_id in digests}


async def test_it_gets_the_tables_that_the_models_declare(upgraded: Frozen) -> None:
    database = Database(upgraded.url)
    try:
        async with database.write() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await database.close()


async def test_what_it_answered_is_answered_still(upgraded: Frozen) -> None:
    with running_api(upgraded.folder, broker_url=NOWHERE, **upgraded.settings) as address:
        async with calling(address, upgraded.token()) as caller:
            for path, document in upgraded.told["answers"].items():
                assert lost(document, await caller.get(path)) == [], path


async def test_its_people_go_on_where_they_were(upgraded: Frozen) -> None:
    """Keys open, an answer is given again, files are read, jobs are derived from and deleted, webhooks hear."""
    jobs = upgraded.told["jobs"]
    await _answered_just_now(upgraded)
    settings = {**upgraded.settings, "webhooks_allow_private": "true"}
    with running_api(upgraded.folder, broker_url=NOWHERE, **settings) as address:
        async with calling(address, upgraded.token()) as caller, httpx.AsyncClient(base_url=address) as client:
            theirs = await client.get("/v1/jobs", headers=bearer(upgraded.token("others")))
            assert len(theirs.json()["data"]) == 1
            revoked = next(key["id"] for key in (await caller.get("/v1/keys"))["data"] if key["name"] == "revoked")
            assert (await client.get("/v1/jobs", headers=bearer(published.token_of(revoked)))).status_code == 401

            first = upgraded.told["first"]
            headers = {**first["headers"], **bearer(upgraded.token())}
            again = await client.post("/v1/jobs", content=first["text"], headers=headers)
            assert (again.json(), again.headers["Idempotent-Replayed"]) == (first["answer"], "true")

            path = f"/v1/jobs/{jobs['succeeded']}"
            for listed in (await caller.get(f"{path}/artifacts"))["data"]:
                file = await client.get(f"{path}/artifacts/{listed['name']}", headers=headers)
                assert hashlib.sha256(file.content).hexdigest() == listed["sha256"]
            patch = [{"op": "replace", "path": "/training/epochs", "value": 1}]
            child = await caller.post(f"{path}/derive", {"patch": patch})
            assert (child["parent"], child["spec"]["training"]["epochs"]) == (jobs["succeeded"], 1)
            await caller.call("DELETE", f"/v1/jobs/{jobs['lost']}")
            assert (await client.get(f"/v1/jobs/{jobs['lost']}", headers=headers)).status_code == 404
            await _see_delivered(caller)


async def _answered_just_now(upgraded: Frozen) -> None:
    """A first answer is given again for a day, and the file is older."""
    database = Database(upgraded.url)
    try:
        async with database.write() as connection:
            await connection.execute(update(IdempotencyKey).values(created_at=db_now()))
    finally:
        await database.close()


async def _see_delivered(caller: Caller) -> None:
    """A message that waited is sent when it is asked for, signed as ever."""
    with receiver() as box:
        waiting = [
            (webhook["id"], delivery["id"])
            for webhook in (await caller.get("/v1/webhooks"))["data"]
            for delivery in (await caller.get(f"/v1/webhooks/{webhook['id']}/deliveries"))["data"]
            if delivery["status"] == "pending"
        ]
        webhook_id, delivery_id = waiting[0]
        await caller.call("PATCH", f"/v1/webhooks/{webhook_id}", json={"url": url_of(box)})
        await caller.post(f"/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/retry")
        path = f"/v1/webhooks/{webhook_id}/deliveries"
        await caller.until(path, lambda page: any(one["status"] == "delivered" for one in page["data"]))
        message = next(one for one in box.received if one.headers["webhook-id"] == delivery_id)
        signed_at = int(message.headers["webhook-timestamp"])
        expected = signature([published.SECRET], delivery_id, signed_at, message.body)
        assert expected in message.headers["webhook-signature"].split(" ")


# The trainer is the same on both, and what it began with was migrated as on the other.
@pytest.mark.parametrize("frozen", [(revision, "sqlite") for revision in dumps.REVISIONS], ids="-".join, indirect=True)
async def test_it_goes_on_training(upgraded: Frozen, broker_url: str) -> None:
    jobs = upgraded.told["jobs"]
    async with AsyncExitStack() as stack:
        bench = Workbench(upgraded.folder, upgraded.url, broker_url)
        stack.push_async_callback(bench.close)
        address = stack.enter_context(running_api(bench.home, broker_url=broker_url, **upgraded.settings))
        caller = await stack.enter_async_context(calling(address, upgraded.token()))
        for name in RESUMED:
            assert (await caller.post(f"/v1/jobs/{jobs[name]}/resume"))["status"] == "queued"
        await bench.start_worker(STORAGE_URL=upgraded.settings["storage_url"])
        undisturbed = (await caller.post("/v1/jobs", DIGITS))["id"]
        for name in TRAINED:
            assert (await bench.wait_end(jobs[name])).status is JobStatus.SUCCEEDED, (name, bench.logs())
        for name, status in STOPPED.items():
            assert (await bench.job(jobs[name])).status is status
        await bench.wait_end(undisturbed)
        expected = [row["metrics"] for row in (await caller.get(f"/v1/jobs/{undisturbed}/metrics"))["data"]]
        for name in HALF_DONE:
            rows = (await caller.get(f"/v1/jobs/{jobs[name]}/metrics"))["data"]
            assert [row["metrics"] for row in rows] == [pytest.approx(one, rel=0.01) for one in expected]
            await _see_gone_on(upgraded, caller, bench, jobs[name])


async def _see_gone_on(upgraded: Frozen, caller: Caller, bench: Workbench, job_id: str) -> None:
    """From its checkpoint with the Keras and TensorFlow that wrote it, and with others from the beginning."""
    path = f"/v1/jobs/{job_id}"
    before, now = upgraded.told["answers"][f"{path}/metrics"]["data"], (await caller.get(f"{path}/metrics"))["data"]
    written = upgraded.told["answers"][f"/v1/jobs/{upgraded.told['jobs']['succeeded']}/results"]["environment"]
    found = (await caller.get(f"{path}/results"))["environment"]
    is_same = all(written[name] == found[name] for name in ("keras", "tensorflow"))
    newest = (await caller.get(f"{path}/attempts"))["data"][0]
    assert (newest["attempt"], newest["from_epoch"]) == (2, len(before) if is_same else 0), bench.logs()
    if is_same:
        assert lost(before, now[: len(before)]) == []
