"""`/readyz` names the background loops that fail; and what one of them cannot do holds up nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select, text

from db.connections.engine import Database
from db.errors import StatementFailed
from db.projects import keys
from db.projects.keys import NewKey
from db.tables.base import DEFAULT_PROJECT
from db.tables.projects import ApiKey
from db.tables.webhooks import Delivery
from db.webhooks import messages, webhooks
from db.workers import workers
from services.keys.keyring import Keyring
from spec.ids import new_id
from tests.api.service import Service, assert_problem
from tests.db.scenes import draft_webhook


@asynccontextmanager
async def failing(database: Database, table: str, row_id: str) -> AsyncIterator[None]:
    """Meanwhile this row cannot be changed."""
    condition = f"ON {table} FOR EACH ROW WHEN (OLD.id = '{row_id}')"
    if database.is_sqlite:
        made = [f"CREATE TRIGGER planted BEFORE UPDATE {condition} BEGIN SELECT RAISE(ABORT, 'planted'); END"]
        gone = "DROP TRIGGER planted"
    else:
        raising = "BEGIN RAISE EXCEPTION 'planted'; END"
        made = [
            f"CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ {raising} $$",
            f"CREATE TRIGGER planted BEFORE UPDATE {condition} EXECUTE FUNCTION planted()",
        ]
        gone = "DROP FUNCTION planted CASCADE"
    async with database.write() as connection:
        for statement in made:
            await connection.exec_driver_sql(statement)
    try:
        yield
    finally:
        async with database.write() as connection:
            await connection.exec_driver_sql(gone)


async def test_a_worker_s_failing_loops_are_named(service: Service) -> None:
    async with service.worker() as worker_id:
        assert (await service.client.get("/readyz")).status_code == 200
        async with service.database.write() as connection:
            await workers.heartbeat(connection, worker_id, busy=0, state="ready", failing=["orders", "slot 1"])
        told = assert_problem(await service.client.get("/readyz"), 503, "not_ready")
        assert told["detail"] == (
            f'The background loop `orders` of the worker "{worker_id}" is failing. '
            f'The background loop `slot 1` of the worker "{worker_id}" is failing.'
        )
        listed = (await service.client.get("/v1/workers")).json()["data"]
        assert {row["id"]: row["failing"] for row in listed}[worker_id] == ["orders", "slot 1"]
        async with service.database.write() as connection:
            await workers.heartbeat(connection, worker_id, busy=0, state="ready")
        assert (await service.client.get("/readyz")).status_code == 200


async def test_a_loop_of_the_api_is_named_while_it_fails(postgresql_service: Service) -> None:
    service = postgresql_service
    # The address is refused, which is a record as good as any.
    hooks = [draft_webhook(url="https://127.0.0.1/") for _ in range(2)]
    async with service.worker():
        async with service.database.write() as connection:
            for hook in hooks:
                await webhooks.create(connection, hook)
            stuck = await messages.note_test(connection, hooks[0].id, DEFAULT_PROJECT)
            await connection.execute(text("UPDATE webhook_deliveries SET next_attempt_at = NULL"))
        async with failing(service.database, "webhook_deliveries", stuck.id):
            async with service.database.write() as connection:
                await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                await connection.execute(text("UPDATE webhook_deliveries SET next_attempt_at = created_at"))
            async with service.database.write() as connection:
                other = await messages.note_test(connection, hooks[1].id, DEFAULT_PROJECT)
            told = await named(service, "`webhooks`")
            assert told == "The background loop `webhooks` of this process is failing."
            await tried(service, other.id)
        await tried(service, stuck.id)
        await named(service, "")
    assert 'netcoach_background_failures_total{loop="webhooks"}' in (await service.client.get("/metrics")).text
    async with service.database.write() as connection:
        for hook in hooks:
            await webhooks.remove(connection, hook.id, DEFAULT_PROJECT)


async def named(service: Service, loop: str) -> str:
    """What `/readyz` says once it names the loop; nothing once it is green."""
    deadline = time.monotonic() + 30
    while True:
        answer = await service.client.get("/readyz")
        said = "" if answer.is_success else answer.json()["detail"]
        if loop in said if loop else not said:
            return said
        assert time.monotonic() < deadline, said
        await asyncio.sleep(0.05)


async def tried(service: Service, delivery_id: str) -> None:
    """Wait until the delivery was tried."""
    deadline = time.monotonic() + 30
    while True:
        async with service.database.read() as connection:
            attempts = await connection.scalar(select(Delivery.attempts).where(Delivery.id == delivery_id))
        if attempts:
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_a_key_whose_use_cannot_be_written_keeps_no_other_s_from_it(database: Database) -> None:
    made = [new_id("key") for _ in range(3)]
    async with database.write() as connection:
        for number, key_id in enumerate(made):
            await keys.create(connection, NewKey(key_id, DEFAULT_PROJECT, None, f"{number:064}", ["read"]))
    keyring = Keyring(database, is_asking=True)
    keyring._used |= set(made)
    async with failing(database, "api_keys", made[1]):
        with pytest.raises(StatementFailed):
            await keyring.write_uses()
        async with database.read() as connection:
            used = await connection.execute(select(ApiKey.id).where(ApiKey.last_used_at.is_not(None)))
            assert set(used.scalars()) == {made[0], made[2]}
        await keyring.write_uses()  # not again at once
