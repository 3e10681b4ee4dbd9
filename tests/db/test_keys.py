"""Keys, projects and the log of who changed what, in the database."""

from typing import Any

import pytest
from alembic import command
from sqlalchemy import event, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.connections.engine import Database
from db.errors import KeyNotFound, TooManyKeys
from db.jobs import jobs
from db.jobs.jobs import JobFilter
from db.projects import audit, keys
from db.projects.audit import Act
from db.projects.keys import KeyRow, NewKey
from db.tables.base import DEFAULT_PROJECT
from db.tables.projects import ApiKey
from spec.ids import new_id
from tests.db.scenes import in_read, in_write, submit
from tests.db.test_migrations import move

DIGEST = "ab" * 32


async def made(database: Database, project: str = DEFAULT_PROJECT, expires_in_seconds: float | None = None) -> KeyRow:
    new = NewKey(new_id("key"), project, "mine", DIGEST, ["read", "submit"], expires_in_seconds)
    return await in_write(database, keys.create, new)


def act(object_id: str, project: str = DEFAULT_PROJECT) -> Act:
    return Act(project, audit.LOCAL, "job.cancel", object_id, "req_1", "127.0.0.1")


async def record_and_fail(connection: AsyncConnection) -> None:
    await audit.record(connection, act("job_1"))
    await keys.revoke(connection, new_id("key"), DEFAULT_PROJECT)


async def test_a_key_makes_its_project_and_is_that_project_s_alone(database: Database) -> None:
    blue, green = await made(database, "blue"), await made(database, "green")
    assert (blue.scopes, blue.digest, blue.is_usable, blue.last_used_at) == (("read", "submit"), DIGEST, True, None)
    assert await in_read(database, keys.find, blue.id) == blue
    assert await in_read(database, keys.find, new_id("key")) is None
    assert await in_read(database, keys.get, blue.id, "blue") == blue
    with pytest.raises(KeyNotFound):
        await in_read(database, keys.get, blue.id, "green")
    with pytest.raises(KeyNotFound):
        await in_write(database, keys.revoke, blue.id, "green")
    assert await in_read(database, keys.list_page, "green", 10) == [green]
    assert await in_read(database, keys.count_usable) == 2
    await submit(database, project="blue")


async def test_pages_of_keys_are_newest_first(database: Database) -> None:
    made_ids = [(await made(database)).id for _ in range(3)]
    first = await in_read(database, keys.list_page, DEFAULT_PROJECT, 2)
    second = await in_read(database, keys.list_page, DEFAULT_PROJECT, 2, first[-1].id)
    assert [row.id for row in [*first, *second]] == made_ids[::-1]


async def test_a_project_has_so_many_keys_that_open_something(database: Database) -> None:
    first = await made(database)
    expired = await made(database, expires_in_seconds=-1)
    async with database.write() as connection:
        rest = [
            {"id": new_id("key"), "project": DEFAULT_PROJECT, "digest": DIGEST, "scopes": "read"}
            for _ in range(keys.MAX_PER_PROJECT - 1)
        ]
        await connection.execute(insert(ApiKey), rest)
    with pytest.raises(TooManyKeys):
        await made(database)
    await made(database, "green")
    await in_write(database, keys.revoke, expired.id, DEFAULT_PROJECT)
    with pytest.raises(TooManyKeys):
        await made(database)
    await in_write(database, keys.revoke, first.id, DEFAULT_PROJECT)
    await made(database)


async def test_a_revoked_or_expired_key_is_of_no_use(database: Database) -> None:
    kept, revoked, expired = await made(database), await made(database), await made(database, expires_in_seconds=-1)
    assert not expired.is_usable
    gone = await in_write(database, keys.revoke, revoked.id, DEFAULT_PROJECT)
    assert gone.revoked_at is not None
    assert not gone.is_usable
    assert await in_write(database, keys.revoke, revoked.id, DEFAULT_PROJECT) == gone
    assert await in_read(database, keys.count_usable) == 1
    await in_write(database, keys.note_use, [kept.id])
    used = await in_read(database, keys.get, kept.id, DEFAULT_PROJECT)
    assert used.last_used_at is not None
    assert (await in_read(database, keys.get, revoked.id, DEFAULT_PROJECT)).last_used_at is None


async def test_what_was_not_done_is_not_in_the_log(database: Database) -> None:
    await made(database, "blue")
    with pytest.raises(KeyNotFound):
        await in_write(database, record_and_fail)
    await in_write(database, audit.record, act("job_2"), act("job_3"))
    await in_write(database, audit.record, act("job_4", "blue"))
    newest, older = await in_read(database, audit.list_page, DEFAULT_PROJECT, 10)
    assert (newest.object_id, older.object_id) == ("job_3", "job_2")
    assert await in_read(database, audit.list_page, DEFAULT_PROJECT, 10, newest.id) == [older]


async def test_labels_are_their_project_s_after_the_migration_too(database: Database, database_url: str) -> None:
    job = await submit(database, metadata={"team": "vision", "odd": 'ä"\\'})
    wanted = [JobFilter(metadata={"team": "vision"}), JobFilter(metadata={"odd": 'ä"\\'})]
    async with database.read() as connection:
        before = set(await connection.scalars(text("SELECT label FROM job_labels")))
    await move(database_url, command.downgrade, "0003")
    async with database.read() as connection:
        plain = set(await connection.scalars(text("SELECT label FROM job_labels")))
    await move(database_url, command.upgrade, "head")
    async with database.read() as connection:
        assert set(await connection.scalars(text("SELECT label FROM job_labels"))) == before
    assert not plain & before
    for each in wanted:
        (found,) = await in_read(database, jobs.list_page, DEFAULT_PROJECT, each, 10)
        assert found.id == job.id


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (JobFilter(), "jobs_project_id"),
        (JobFilter(name="n"), "jobs_project_name_id"),
        (JobFilter(dataset="digits"), "jobs_project_dataset_id"),
        (JobFilter(sweep="sweep_1"), "jobs_project_sweep_id"),
    ],
)
async def test_lists_walk_an_index_of_their_project(database: Database, wanted: JobFilter, index: str) -> None:
    """In its order, so that nothing is sorted and nothing of other projects is looked at."""
    asked: list[tuple[str, Any]] = []

    def note(*told: Any) -> None:  # noqa: ANN401 -- the hook's own signature
        asked.append((told[2], told[3]))

    async with database.read() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:  # it would read a table of no rows as a whole
            for way in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
                await connection.execute(text(f"SET {way} = off"))
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        await jobs.list_page(connection, DEFAULT_PROJECT, wanted, 10)
        ((statement, parameters),) = asked
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plan = str((await connection.exec_driver_sql(f"{explain} {statement}", parameters)).all())
    assert f"{index} " in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
