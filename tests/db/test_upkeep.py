"""What is due: found by one statement, and told page by page."""

from sqlalchemy import text

from db.attempts import endings, leases
from db.attempts.endings import Ending
from db.connections.engine import Database
from db.jobs import outbox, removals
from db.projects import idempotency
from db.projects.idempotency import Answer, KeyedRequest
from db.queue.claims import claim_next, is_claimable, next_of
from db.tables.base import DEFAULT_PROJECT
from db.webhooks import messages, webhooks
from db.workers import upkeep, workers
from db.workers.upkeep import UNHURRIED, Duty
from db.workers.workers import NewWorker
from spec.ids import new_id
from spec.states import JobStatus
from tests.db.scenes import claim, draft_webhook, in_read, in_write, running, submit


async def due(database: Database) -> set[Duty]:
    async with database.read() as connection:
        return set(await upkeep.due(connection, fresh_seconds=3600, silent_seconds=3600))


async def age(database: Database, table: str, column: str) -> None:
    async with database.write() as connection:
        await connection.execute(text(f"UPDATE {table} SET {column} = '2001-01-01T00:00:00.000Z'"))  # noqa: S608 -- names below


async def test_nothing_is_due_of_what_is_under_way(database: Database) -> None:
    await submit(database)
    await running(database)
    worker = NewWorker(id=new_id("worker"), hostname="here", pid=1, accelerators=["cpu"], slots=1)
    await in_write(database, workers.register, worker)
    assert await due(database) == set()


async def test_all_that_is_due_is_found_and_gone_once_it_is_done(database: Database) -> None:
    lapsed = await claimed(database)
    ended = await claimed(database)
    await in_write(database, endings.hand_back, ended, "stopping")
    await in_write(database, claim_next, "w", 0, ["cpu"], 30)
    ended = type(ended)(ended.job_id, 2)
    await in_write(database, endings.finish, ended, Ending(status=JobStatus.SUCCEEDED))
    deleted = await running(database)
    await in_write(database, endings.finish, deleted, Ending(status=JobStatus.SUCCEEDED))
    await in_write(database, removals.delete_job, deleted.job_id, DEFAULT_PROJECT)
    waiting = await submit(database)
    worker = NewWorker(id=new_id("worker"), hostname="here", pid=1, accelerators=["cpu"], slots=1)
    await in_write(database, workers.register, worker)
    asked = KeyedRequest("key", "digest", DEFAULT_PROJECT)
    await in_write(database, idempotency.store_all, [(asked, Answer(201, "/", "{}"))])
    hook = draft_webhook()
    await in_write(database, webhooks.create, hook)
    note = await in_write(database, messages.note_test, hook.id, DEFAULT_PROJECT)
    async with database.write() as connection:
        await connection.execute(text("UPDATE webhook_deliveries SET next_attempt_at = NULL"))
        lapse = text("UPDATE jobs SET lease_expires_at = '2001-01-01T00:00:00.000Z' WHERE id = :id")
        await connection.execute(lapse, {"id": lapsed.job_id})
    for table, column in (
        ("outbox", "created_at"),
        ("workers", "heartbeat_at"),
        ("idempotency_keys", "created_at"),
        ("webhook_deliveries", "created_at"),
    ):
        await age(database, table, column)
    assert await due(database) == set(Duty) - UNHURRIED

    assert await in_read(database, upkeep.lapsed_leases, "", 10) == [lapsed.job_id]
    assert await in_read(database, upkeep.lapsed_leases, lapsed.job_id, 10) == []
    assert [row.job_id for row in await in_read(database, outbox.overdue, "", 10, 3600)] == [waiting.id]
    assert await in_read(database, outbox.overdue, waiting.id, 10, 3600) == []
    assert await in_read(database, upkeep.silent_workers, "", 10, 3600) == [worker.id]
    place = (DEFAULT_PROJECT, "key")
    assert await in_read(database, upkeep.old_answers, ("", ""), 10) == [place]
    assert await in_read(database, upkeep.old_answers, place, 10) == []
    assert await in_read(database, upkeep.old_deliveries, "", 10) == [note.id]

    async with database.write() as connection:
        assert await leases.expire(connection, among=[waiting.id]) == []
        assert [one.job_id for one in await leases.expire(connection, among=[lapsed.job_id])] == [lapsed.job_id]
        assert await workers.remove_silent(connection, 3600, among=["another"]) == []
        assert await workers.remove_silent(connection, 3600, among=[worker.id]) == [worker.id]
        assert await idempotency.remove_expired(connection, among=[(DEFAULT_PROJECT, "another")]) == 0
        assert await idempotency.remove_expired(connection, among=[place]) == 1
        assert await messages.remove_old(connection, among=["another"]) == 0
        assert await messages.remove_old(connection, among=[note.id]) == 1
    assert await due(database) == {Duty.HINTS, Duty.LEFTOVERS, Duty.REMOVALS}


async def claimed(database: Database) -> endings.Fence:
    await submit(database)
    return await claim(database)


async def test_a_job_is_claimable_exactly_where_the_claim_would_take_it(database: Database) -> None:
    async def both(passed_over: list[str] | None = None, **slot: int) -> str | None:
        said = {"passed_over": passed_over or [], **slot}
        async with database.read() as connection:
            job_id = await next_of(connection, ["cpu"], **said)
            assert await is_claimable(connection, ["cpu"], **said) is (job_id is not None)
        return job_id

    assert await both() is None
    low, high = await submit(database, priority=0), await submit(database, priority=5)
    gpu = await submit(database, accelerator="gpu", priority=9)
    assert await both() == high.id
    assert await both([high.id]) == low.id
    assert await both([high.id, low.id]) is None
    assert await both(most_running=0) is None
    async with database.write() as connection:
        taken = await claim_next(connection, "w", 0, ["cpu"], 30, passed_over=[high.id])
    assert taken is not None
    assert taken.job_id == low.id
    assert await both(most_running=1) is None
    async with database.read() as connection:
        assert await is_claimable(connection, ["gpu"])
        assert await next_of(connection, ["gpu"]) == gpu.id
