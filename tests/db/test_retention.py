"""No table grows for ever: what is too old or too much goes, and nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, update

from db.attempts.endings import Ending, finish
from db.connections.engine import Database
from db.jobs import jobs, removals
from db.projects import audit, deleted_use, keys, quotas
from db.projects.audit import LOCAL, Act
from db.projects.keys import KEPT_DAYS, NewKey
from db.tables.base import DEFAULT_PROJECT
from db.tables.columns import db_now
from db.tables.projects import ApiKey, DeletedUse, Project
from spec.ids import first_id, new_id
from spec.states import JobStatus
from tests.db.scenes import in_read, in_write, running, submit

OTHER = "other"


@dataclass(frozen=True)
class Forgotten:
    audit_entries: int = 0
    keys: int = 0
    deleted_use: int = 0


async def forget(database: Database, *, audit_days: float = 30, audit_entries: int = 1000) -> Forgotten:
    """All that is found to be outdated goes, page by page."""
    kept = {"kept_days": audit_days, "kept_entries": audit_entries}
    counts = [0, 0, 0]
    while page := await in_read(database, audit.outdated, "", 7, **kept):
        await in_write(database, audit.remove, page)
        counts[0] += len(page)
    while page := await in_read(database, keys.outdated, "", 7):
        await in_write(database, keys.remove, page)
        counts[1] += len(page)
    while page := await in_read(database, deleted_use.outdated, ("", 0), 7):
        assert await in_read(database, deleted_use.outdated, page[-1], 7) == []
        await in_write(database, deleted_use.remove, page)
        counts[2] += len(page)
    return Forgotten(*counts)


async def test_the_audit_log_keeps_so_many_entries_for_so_long(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Project), [{"id": OTHER}])
        for project, count in ((DEFAULT_PROJECT, 30), (OTHER, 5)):
            acts = [Act(project, LOCAL, "job.create", f"job_{number}", "r", None) for number in range(count)]
            await audit.record(connection, *acts)
        old = first_id("act", datetime.now(UTC) - timedelta(days=31))
        row = audit.row_of(Act(OTHER, LOCAL, "job.delete", "old", "r", None)) | {"id": old}
        await connection.execute(insert(audit.AuditEntry), [row])
    assert await forget(database, audit_entries=10) == Forgotten(audit_entries=21)
    kept = [row.object_id for row in await in_read(database, audit.list_page, DEFAULT_PROJECT, 100)]
    assert kept == [f"job_{number}" for number in range(29, 19, -1)]
    assert len(await in_read(database, audit.list_page, OTHER, 100)) == 5
    assert (await forget(database, audit_entries=10)).audit_entries == 0
    oldest = await in_read(database, audit.outdated, "", 3, kept_days=30, kept_entries=1)
    await in_write(database, audit.remove, oldest)
    left = [row.object_id for row in await in_read(database, audit.list_page, DEFAULT_PROJECT, 100)]
    assert left == [f"job_{number}" for number in range(29, 22, -1)], "the oldest go first"


async def test_keys_are_forgotten_a_while_after_they_opened_last(database: Database) -> None:
    async def make(**values: object) -> str:
        key = NewKey(new_id("key"), DEFAULT_PROJECT, None, "ab" * 32, ["read"])
        async with database.write() as connection:
            await keys.create(connection, key)
            if values:
                await connection.execute(update(ApiKey).where(ApiKey.id == key.id).values(**values))
        return key.id

    long_ago, lately = (db_now(-86_400.0 * (KEPT_DAYS + days)) for days in (1, -1))
    kept = [
        await make(),
        await make(revoked_at=lately),
        await make(expires_at=lately),
        await make(expires_at=db_now(60)),
    ]
    for values in ({"revoked_at": long_ago}, {"expires_at": long_ago}, {"revoked_at": lately, "expires_at": long_ago}):
        await make(**values)
    assert (await forget(database)).keys == 3
    assert [row.id for row in await in_read(database, keys.list_page, DEFAULT_PROJECT, 100)] == kept[::-1]


async def test_of_many_closed_keys_the_newest_are_kept(database: Database) -> None:
    made = [new_id("key") for _ in range(keys.MAX_CLOSED_PER_PROJECT + 3)]
    async with database.write() as connection:
        row = {"project": DEFAULT_PROJECT, "digest": "ab" * 32, "scopes": "read"}
        await connection.execute(insert(ApiKey).values(revoked_at=db_now()), [{"id": one, **row} for one in made])
    assert (await forget(database)).keys == 3
    left = await in_read(database, keys.list_page, DEFAULT_PROJECT, 2000)
    assert [row.id for row in left] == made[:2:-1]


async def test_what_deleted_jobs_used_counts_for_a_day(database: Database) -> None:
    async def used() -> int:
        return (await in_read(database, quotas.consumption_of, DEFAULT_PROJECT)).epoch_samples_per_day

    fence = await running(database, epochs=3, train_rows=100)
    await in_write(database, finish, fence, Ending(status=JobStatus.SUCCEEDED))
    stopped = await running(database, epochs=1, train_rows=10)
    await in_write(database, finish, stopped, Ending(status=JobStatus.CANCELLED))
    queued = await submit(database, train_rows=1000)
    await in_write(database, jobs.request_cancel, queued.id, DEFAULT_PROJECT)
    yesterday = first_id("job", datetime.now(UTC) - timedelta(days=2))
    await submit(database, id=yesterday, train_rows=5)
    await in_write(database, jobs.request_cancel, yesterday, DEFAULT_PROJECT)
    assert await used() == 310
    for job_id in (fence.job_id, stopped.job_id, queued.id, yesterday):
        await in_write(database, removals.delete_job, job_id, DEFAULT_PROJECT)
        assert await used() == 310
    assert (await forget(database)).deleted_use == 0
    async with database.write() as connection:
        await connection.execute(update(DeletedUse).values(hour=deleted_use.first_hour() - 1))
    assert await used() == 0
    assert (await forget(database)).deleted_use == 1
