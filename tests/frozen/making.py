"""Freezes the schema of today: plays the scenario on a database of each kind, and writes down what it left.

What does not belong into a public file is replaced: digests of keys and secrets of webhooks by published ones, and what
tells of the machine that it ran on.
"""

import asyncio
import json
import platform
import shutil
import tempfile
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.connections.engine import Database
from db.migrate import upgrade
from db.tables.columns import db_now
from db.tables.jobs import Job
from db.tables.metadata import METADATA
from db.tables.projects import ApiKey
from db.tables.webhooks import Delivery, Webhook
from db.tables.workers import Worker
from services.keys.tokens import read_token
from spec.states import JobStatus
from tests.api.service import running_api
from tests.frozen import dumps, published
from tests.frozen.callers import calling
from tests.frozen.scenario import OTHER_PROJECT, Life
from tests.services.keys import make_key
from tests.services.postgres import PostgresServer
from tests.services.receiver import receiver
from tests.services.redis import RedisServer
from tests.worker.workbench import Workbench

NOWHERE = "http://127.0.0.1:9/hook"
_FAR_SECONDS = 100 * 365 * 24 * 3600.0
_OF_A_JOB = ("", "/results", "/metrics", "/events", "/attempts", "/artifacts")
_NEEDED = ("jobs/{succeeded}", "checkpoints/{paused}", "checkpoints/{running}")
"""Of the bytes that were stored, those that are kept."""
_LISTS = (
    *("/v1/jobs?limit=100", "/v1/jobs?limit=100&status=paused", "/v1/jobs?metadata[team]=botany"),
    *("/v1/keys", "/v1/webhooks", "/v1/audit?limit=100"),
)


async def freeze(kind: str, server: PostgresServer) -> Path:
    """Play, and write the database of a kind into a folder that must not be there yet; returns the folder."""
    target = dumps.folder_of(dumps.head(), kind)
    assert not target.exists(), f"{target} is frozen already"
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite:///{folder}/netcoach.db" if kind == "sqlite" else stack.enter_context(server.fresh_database())
        life, keys = await _play(folder, url)
        database = Database(url)
        try:
            await _clean(database)
            await _check_is_complete(database)
        finally:
            await database.close()
        target.mkdir(parents=True)
        (target / dumps.DATABASE).write_text(dumps.dump(url, server))
        for part in _NEEDED:
            prefix = part.format(**life.jobs)
            shutil.copytree(folder / "home" / dumps.STORAGE / prefix, target / dumps.STORAGE / prefix)
        told = {"keys": keys, "jobs": life.jobs, "first": life.first}
        (target / dumps.TOLD).write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")
        answers = await _answers(kind, server, keys["mine"], list(life.jobs.values()))
        lines = (json.dumps(answer) + "\n" for answer in answers.items())
        (target / dumps.ANSWERS).write_text("".join(lines))
        return target


async def _play(folder: Path, url: str) -> tuple[Life, dict[str, str]]:
    """The life that was led, and the ids of the keys that led it."""
    await asyncio.to_thread(upgrade, url)  # it runs a loop of its own
    async with AsyncExitStack() as stack:
        broker = RedisServer()
        stack.callback(broker.close)
        broker.start()
        bench = Workbench(folder, url, broker.url)
        stack.push_async_callback(bench.close)
        settings = {"webhooks_allow_private": "true", "webhooks_timeout_seconds": "1"}
        address = stack.enter_context(running_api(bench.home, database_url=url, broker_url=broker.url, **settings))
        keys = {"mine": await make_key(url), "others": await make_key(url, OTHER_PROJECT)}
        callers = [await stack.enter_async_context(calling(address, key)) for key in keys.values()]
        life = Life(bench, *callers, broker)
        await life.play(stack.enter_context(receiver()), stack.enter_context(receiver()))
        return life, {whose: _id_of(key) for whose, key in keys.items()}


def _id_of(key: str) -> str:
    token = read_token(key)
    assert token is not None
    return token.key_id


async def _clean(database: Database) -> None:
    """Replace what is not to be published."""
    async with database.write() as connection:
        for key_id in (await connection.scalars(select(ApiKey.id))).all():
            digest = published.digest_of(key_id)
            await connection.execute(update(ApiKey).where(ApiKey.id == key_id).values(digest=digest))
        await connection.execute(update(Webhook).values(secret=published.SECRET, url=NOWHERE))
        has_another = Webhook.previous_secret.is_not(None)
        await connection.execute(update(Webhook).where(has_another).values(previous_secret=published.FORMER_SECRET))
        # What waits is sent when the test asks for it, and not in the midst of something else.
        waits = Delivery.next_attempt_at.is_not(None)
        await connection.execute(update(Delivery).where(waits).values(next_attempt_at=db_now(_FAR_SECONDS)))
        await connection.execute(update(Worker).values(hostname="frozen", pid=1))
        told = func.replace(Job.results_json, platform.platform(), "Linux")
        await connection.execute(update(Job).where(Job.results_json.is_not(None)).values(results_json=told))


async def _check_is_complete(database: Database) -> None:
    """Every table has rows, and every status jobs: else the scenario lags behind the schema."""
    async with database.read() as connection:
        empty = [table.name for table in METADATA.sorted_tables if not await _count(connection, table)]
        found = set((await connection.scalars(select(Job.status).distinct())).all())
    assert not empty, f"the scenario leaves no row in {empty}"
    assert found == set(JobStatus), f"the scenario leaves no job in {set(JobStatus) - found}"


async def _count(connection: AsyncConnection, table: Table) -> int:
    return await connection.scalar(select(func.count()).select_from(table)) or 0


async def _answers(kind: str, server: PostgresServer, key_id: str, job_ids: list[str]) -> dict[str, Any]:
    """What the API tells of the frozen database: path -> document."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        url = stack.enter_context(dumps.loaded(dumps.head(), kind, server, Path(name)))
        broker = "redis://127.0.0.1:1/0"
        address = stack.enter_context(running_api(Path(name), database_url=url, broker_url=broker))
        async with calling(address, published.token_of(key_id)) as caller:
            webhooks = [webhook["id"] for webhook in (await caller.get("/v1/webhooks"))["data"]]
            paths = [
                *_LISTS,
                *(f"/v1/webhooks/{webhook_id}/deliveries" for webhook_id in webhooks),
                *(f"/v1/jobs/{job_id}{part}" for job_id in job_ids for part in _OF_A_JOB),
            ]
            return {path: await caller.get(path) for path in paths}
