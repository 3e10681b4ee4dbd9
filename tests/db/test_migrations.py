import asyncio
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, update

from db import attempts, epochs, events, migrate
from db.endings import hand_back
from db.engine import Database
from db.errors import StatementFailed
from db.models import Base, Job
from tests.db.scenes import claim, in_read, in_write, read, running, submit
from tests.services.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]


def differences(connection: Connection) -> list[object]:
    """What Alembic would change to make the tables those the models declare."""
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


async def test_migrations_make_the_tables_the_models_declare(database: Database) -> None:
    async with database.write() as connection:
        assert await connection.run_sync(differences) == []


async def move(url: str, direction: Callable[[Config, str], None], revision: str) -> None:
    """Migrate a database up or down, as `db.migrate` does."""
    database = Database(url, checks_references=False)
    async with database.write() as connection:
        await connection.run_sync(lambda plain: direction(migrate.configuration(plain), revision))
    await database.close()


async def test_all_migrations_can_be_taken_back_and_applied_again(database: Database, database_url: str) -> None:
    await submit(database)
    await move(database_url, command.downgrade, "base")
    async with database.write() as connection:
        assert await connection.run_sync(lambda plain: inspect(plain).get_table_names()) == ["alembic_version"]
    await move(database_url, command.upgrade, "head")
    async with database.write() as connection:
        assert await connection.run_sync(differences) == []
    await submit(database)


async def test_no_migration_costs_what_there_was(database: Database, database_url: str) -> None:
    """Down to the first release and up again: each step with rows, and rows that refer to them."""
    done = await running(database, epochs=2, name="kept", priority=4)
    await in_write(database, hand_back, done, "stopping")
    queued = await submit(database)
    before = await read(database, done.job_id)
    history = await in_read(database, events.list_page, done.job_id, 0, 100)
    await move(database_url, command.downgrade, "0001")
    await move(database_url, command.upgrade, "head")
    assert await read(database, done.job_id) == before
    assert await read(database, queued.id) == queued
    assert await in_read(database, events.list_page, done.job_id, 0, 100) == history
    assert len(await in_read(database, epochs.page, done.job_id, 0, 10)) == 2
    (attempt,) = await in_read(database, attempts.list_page, done.job_id, 10)
    assert (attempt.outcome, attempt.is_counted) == ("handed_back", False)
    assert (await claim(database)).job_id == done.job_id
    with pytest.raises(StatementFailed):
        await submit(database, project="nobody's")


async def test_a_job_gets_the_time_of_its_id(database: Database, database_url: str) -> None:
    job = await submit(database)
    await move(database_url, command.downgrade, "0006")
    other = job.created_at - timedelta(seconds=1)
    async with database.write() as connection:
        await connection.execute(update(Job).values(created_at=other))
    await move(database_url, command.upgrade, "head")
    assert (await read(database, job.id)).created_at == job.created_at


async def run(url: str | None) -> tuple[int | None, str]:
    """Exit code and complaint of ``python -m db.migrate``."""
    environment = {name: value for name, value in os.environ.items() if name != "NETCOACH_DATABASE_URL"}
    if url is not None:
        environment["NETCOACH_DATABASE_URL"] = url
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "db.migrate", cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    return process.returncode, said.decode()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_several_may_migrate_at_once(postgres_server: PostgresServer, tmp_path: Path, kind: str) -> None:
    with postgres_server.fresh_database() as empty:
        url = empty if kind == "postgresql" else f"sqlite:///{tmp_path}/netcoach.db"
        assert await asyncio.gather(*(run(url) for _ in range(3))) == [(0, "")] * 3
        database = Database(url)
        async with database.write() as connection:
            assert await connection.run_sync(differences) == []
        await database.close()


async def test_what_is_wrong_is_said_without_the_password(tmp_path: Path) -> None:
    assert await run(None) == (2, "NETCOACH_DATABASE_URL: not set\n")
    code, said = await run("mysql://me:hunter2@host/db")
    assert code == 2
    assert said.startswith("NETCOACH_DATABASE_URL: ")
    assert "hunter2" not in said
    code, said = await run(f"postgresql://me:hunter2@/db?host={tmp_path}")
    assert code == 1
    assert said == "The database is unavailable: it cannot be reached.\n"
