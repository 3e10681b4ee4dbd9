"""Where SQLite's statements are run, and what is left of one that nobody waits for any more."""

import asyncio
import itertools
import sqlite3
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.connections.engine import Database
from tests.db.scenes import read, submit

LONG = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT max(i) FROM n")


TICKS = text("WITH RECURSIVE n(i) AS (SELECT tick() UNION ALL SELECT tick() FROM n WHERE i < 1e7) SELECT max(i) FROM n")
BIG_BYTES = 20_000_000


async def thread_of(connection: AsyncConnection) -> int:
    raw: Any = (await connection.get_raw_connection()).driver_connection
    raw.create_function("thread", 0, threading.get_ident)
    return (await connection.execute(text("SELECT thread()"))).scalar_one()


async def tick(connection: AsyncConnection, ticks: Iterator[int]) -> None:
    raw: Any = (await connection.get_raw_connection()).driver_connection
    raw.create_function("tick", 0, ticks.__next__)
    await connection.execute(TICKS)


async def test_what_is_short_runs_on_the_loop_and_the_rest_beside_it(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    for use in (database.read, database.write):
        async with use(is_short=True) as connection:
            assert await thread_of(connection) == threading.get_ident()
        # The same connection again.
        async with use() as connection:
            assert await thread_of(connection) != threading.get_ident()
    await database.close()


async def test_a_long_statement_does_not_hold_up_the_loop(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.read() as connection:
        running = asyncio.create_task(connection.execute(LONG))
        turns = 0
        while not running.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert (await running).scalar_one() == 1_000_000
    assert turns > 10
    await database.close()


async def test_a_statement_that_nobody_waits_for_spoils_nothing(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    for use in (database.read, database.write):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), use() as connection:
                await connection.execute(LONG)
    row = await submit(database)
    assert await read(database, row.id) == row
    await database.close()


async def test_a_statement_that_nobody_waits_for_ends(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    for use in (database.read, database.write):
        ticks = itertools.count()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), use() as connection:
                await tick(connection, ticks)
        await asyncio.sleep(0.1)
        reached = next(ticks)
        assert reached > 0
        await asyncio.sleep(0.1)
        assert next(ticks) == reached + 1
    await submit(database)
    await database.close()


async def test_a_connection_keeps_nothing_of_what_it_has_read(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.read() as connection:
        tracemalloc.start()
        try:
            size = len((await connection.execute(text(f"SELECT zeroblob({BIG_BYTES})"))).scalar_one())
            await asyncio.sleep(0.1)  # the thread has still to forget what it has just done
            kept, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert size == BIG_BYTES
    assert peak > BIG_BYTES
    assert kept < BIG_BYTES / 10
    await database.close()


async def test_a_transaction_that_nobody_waits_for_is_not_left_open(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, timeout=5)
    other.execute("BEGIN IMMEDIATE")
    begun = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), database.write():
            pytest.fail("another process is writing")
    assert asyncio.get_running_loop().time() - begun < 1
    other.execute("ROLLBACK")
    await submit(database)
    other.execute("BEGIN IMMEDIATE")
    other.execute("ROLLBACK")
    other.close()
    await database.close()
