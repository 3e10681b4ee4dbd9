"""What happens when the database is away, overloaded, locked or full, and what its errors tell."""

import asyncio
import signal
import sqlite3
import traceback
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.connections.engine import Database
from db.connections.urls import DatabaseUrlInvalid, address_of
from db.errors import CommitUncertain, DatabaseError, DatabaseUnavailable, SchemaNotMigrated, StatementFailed
from db.jobs import jobs
from db.jobs.jobs import JobFilter
from db.tables.base import DEFAULT_PROJECT
from tests.db.scenes import draft, in_read, in_write, read, submit
from tests.services.postgres import PostgresServer

TERMINATE = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = '{}'"
)


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for url in (
        f"postgresql://someone:hunter2@/nothing?host={tmp_path}",
        "postgresql://someone:hunter2@127.0.0.1:1/nothing",
        f"sqlite:///{tmp_path}/no/such/folder/netcoach.db",
    ):
        database = Database(url)
        for use in (database.read, database.write):
            with pytest.raises(DatabaseUnavailable) as refused:
                async with use():
                    pytest.fail("it cannot be reached")
            assert "hunter2" not in str(refused.value)
        await database.close()


async def test_a_database_without_tables_asks_for_the_migration(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    with postgres_server.fresh_database() as empty:
        for url in (empty, f"sqlite:///{tmp_path}/empty.db"):
            database = Database(url)
            with pytest.raises(SchemaNotMigrated, match=r"db\.migrate"):
                await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 1)
            await database.close()


async def test_a_lost_connection_is_told_and_replaced(postgres_server: PostgresServer, postgres_url: str) -> None:
    database = Database(postgres_url)
    row = await submit(database)
    terminate = TERMINATE.format(make_url(postgres_url).database)

    async def lose_it(connection: AsyncConnection) -> None:
        await jobs.create(connection, draft())
        await asyncio.to_thread(postgres_server.execute, terminate)
        await jobs.get(connection, row.id, DEFAULT_PROJECT)

    with pytest.raises(DatabaseUnavailable):
        await in_write(database, lose_it)
    assert [found.id for found in await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 10)] == [row.id]
    await asyncio.to_thread(postgres_server.execute, terminate)
    await asyncio.sleep(0.2)  # the server has gone, the end of its socket is on its way
    # Connections that died while they lay in the pool cost no request.
    assert await read(database, row.id) == row
    await database.close()


async def test_a_connection_lost_in_the_commit_leaves_the_outcome_open(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    database = Database(postgres_url)
    terminate = TERMINATE.format(make_url(postgres_url).database)

    async def lose_it_at_the_end(connection: AsyncConnection) -> None:
        await jobs.create(connection, draft())
        await asyncio.to_thread(postgres_server.execute, terminate)

    with pytest.raises(CommitUncertain):
        await in_write(database, lose_it_at_the_end)
    assert await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 10) == []
    await database.close()


async def test_a_server_that_crashes_and_comes_back_is_used_again() -> None:
    server = PostgresServer()
    try:
        server.start()
        database = Database(server.url("postgres"))
        await database.ping()
        server.stop(signal.SIGQUIT)
        with pytest.raises(DatabaseUnavailable):
            await database.ping()
        server.start()
        await database.ping()
        await database.close()
    finally:
        server.close()


async def test_waiting_for_a_connection_has_an_end(database_url: str) -> None:
    database = Database(database_url, pool_size=1, wait_seconds=0.2)
    async with database.write():
        with pytest.raises(DatabaseUnavailable, match="all connections are in use"):
            async with database.write():
                pytest.fail("there is but one")
    await submit(database)
    await database.close()


async def test_a_statement_that_takes_too_long_is_an_outage(postgres_url: str) -> None:
    database = Database(postgres_url)

    async def take_long(connection: AsyncConnection) -> None:
        await connection.execute(text("SET LOCAL statement_timeout = 50"))
        await connection.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(DatabaseUnavailable):
        await in_write(database, take_long)
    await database.ping()
    await database.close()


async def test_another_process_that_keeps_sqlite_locked_is_an_outage(sqlite_url: str) -> None:
    database = Database(sqlite_url, wait_seconds=0.1)
    row = await submit(database)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="another process is writing"):
        await submit(database)
    assert await read(database, row.id) == row  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    await submit(database)
    await database.close()


async def test_sqlite_refuses_no_transaction_that_reads_before_it_writes(sqlite_url: str) -> None:
    # Without BEGIN IMMEDIATE another's commit between the reading and the writing would make the writing fail.
    mine, other = Database(sqlite_url), Database(sqlite_url)
    row = await submit(mine)
    async with mine.write() as connection:
        assert await jobs.get(connection, row.id, DEFAULT_PROJECT) == row
        others = asyncio.create_task(submit(other))
        await asyncio.sleep(0.2)
        assert not others.done()
        await jobs.create(connection, draft())
    await others
    assert len(await in_read(mine, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 10)) == 3
    await mine.close()
    await other.close()


async def test_a_full_disk_is_an_outage_and_passes(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    row = await submit(database)

    async def fill_it(connection: AsyncConnection) -> None:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        await jobs.create(connection, draft(spec_json="x" * 1_000_000))

    with pytest.raises(DatabaseUnavailable, match="the disk is full"):
        await in_write(database, fill_it)
    async with database.write() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1073741823"))
        await jobs.create(connection, draft())
    assert (await read(database, row.id)) == row
    assert len(await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 10)) == 2
    await database.close()


async def test_a_refused_statement_tells_no_value(database: Database) -> None:
    row = await submit(database)
    for wrong in (draft(id=row.id, spec_json="hunter2"), draft(name="hunter2", epochs=None)):
        with pytest.raises(StatementFailed) as refused:
            await in_write(database, jobs.create, wrong)
        told = "".join(traceback.format_exception(refused.value))
        assert "hunter2" not in told
        assert row.id not in told
        assert "INSERT INTO jobs" in told


async def test_reading_writes_nothing_on_sqlite(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with pytest.raises(DatabaseError):
        await in_read(database, jobs.create, draft())
    await database.close()


async def test_domain_errors_and_others_pass_as_they_are(database: Database) -> None:
    for error in (OSError("a file"), KeyError("x")):
        with pytest.raises(type(error)) as passed:
            async with database.write():
                raise error
        assert passed.value is error


@pytest.mark.parametrize("url", ["mysql://user:hunter2@host/db", "sqlite://", "sqlite:///:memory:", "hunter2", ""])
def test_a_url_of_no_database_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(DatabaseUrlInvalid) as refused:
        Database(url)
    assert "hunter2" not in str(refused.value)


def test_libpq_s_sslmode_is_understood() -> None:
    assert address_of("postgresql://h/db?sslmode=require", 1).url.query == {"ssl": "require"}
