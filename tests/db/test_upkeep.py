"""What is due: found by one statement, and told page by page."""

from sqlalchemy import text

from db.attempts import endings, leases, second_looks
from db.attempts.endings import Ending
from db.connections.engine import Database
from db.datasets import datasets, stray_files, uploads
from db.datasets import removals as dataset_removals
from db.datasets.datasets import NewDataset, StoredFile
from db.datasets.stray_files import Stray
from db.jobs import outbox, removals
from db.projects import idempotency
from db.projects.idempotency import Answer, KeyedRequest
from db.queue.claims import claim_next, is_claimable, next_of
from db.repairs import repairs
from db.tables.base import DEFAULT_PROJECT
from db.webhooks import messages, webhooks
from db.workers import upkeep, workers
from db.workers.upkeep import UNHURRIED, Duty
from db.workers.workers import NewWorker
from spec.ids import new_id
from spec.kinds import READ
from spec.states import JobStatus
from tests.db.scenes import claim, draft, draft_webhook, in_read, in_write, running, submit

OF_DATASETS = {Duty.DATASETS, Duty.UPLOADS, Duty.FILES}


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
    ending = Ending(status=JobStatus.SUCCEEDED, repair_json="{}", is_awaiting=True)
    await in_write(database, endings.finish, ended, ending)
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
        ("second_looks", "noted_at"),
    ):
        await age(database, table, column)
    assert await due(database) == set(Duty) - UNHURRIED - OF_DATASETS

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
        assert await second_looks.take(connection, ended.job_id) == ended
        await repairs.cancel(connection, ended.job_id)
    assert await due(database) == {Duty.HINTS, Duty.LEFTOVERS, Duty.REMOVALS}


async def deleted_dataset(database: Database) -> str:
    """A data set that was deleted, and before it another one of the same bytes, which came a second time."""
    ids = [new_id("ds"), new_id("ds")]
    for dataset_id, name in zip(ids, ("kept", "spare"), strict=True):
        file = StoredFile(f"blobs/{name}", "0" * 64, 8)
        job = draft(kind=READ, dataset=dataset_id, epochs=1)
        described = {"name": None, "format": None, "description_json": "{}"}
        new = NewDataset(id=dataset_id, project=DEFAULT_PROJECT, job=job, **described)
        await in_write(database, stray_files.await_reference, file.key)
        _, is_known = await in_write(database, datasets.create, new, file)
        assert is_known == (name == "spare")
        await in_write(database, datasets.delete, dataset_id, DEFAULT_PROJECT)
    await in_write(database, dataset_removals.remove, ids[1])
    return ids[0]


async def test_what_is_left_of_data_sets_is_found_and_gone_once_it_is_removed(database: Database) -> None:
    dataset_id, upload_id = await deleted_dataset(database), new_id("up")
    await in_write(database, uploads.create, upload_id, DEFAULT_PROJECT, 8, None)
    await age(database, "uploads", "expires_at")
    await in_write(database, stray_files.await_reference, "blobs/awaited")
    assert await due(database) == {*OF_DATASETS, Duty.REMOVALS}
    assert await in_read(database, dataset_removals.due, "", 10) == [dataset_id]
    assert await in_read(database, dataset_removals.due, dataset_id, 10) == []
    assert await in_read(database, uploads.expired, "", 10) == [upload_id]
    spare = Stray("blobs/spare", is_folder=False, is_last=False)
    assert await in_read(database, stray_files.due, "", 10) == [spare]
    async with database.write() as connection:
        await uploads.remove_expired(connection, ["another", upload_id])
        await dataset_removals.remove(connection, "another")
        await dataset_removals.remove(connection, dataset_id)
    strays = await in_read(database, stray_files.due, "", 10)
    folder = f"uploads/{upload_id}"
    assert [(stray.key, stray.is_folder) for stray in strays] == [
        ("blobs/kept", False),
        ("blobs/spare", False),
        (folder, True),
    ]
    async with database.write() as connection:
        for stray in strays:
            assert await stray_files.begin_removal(connection, stray)
            await stray_files.end_removal(connection, stray)
    assert await due(database) == {Duty.REMOVALS}
    await age(database, "stray_files", "remove_at")
    late, last = await in_read(database, stray_files.due, "", 10)
    assert last == Stray(folder, is_folder=True, is_last=True)
    await in_write(database, stray_files.end_removal, last)
    # What nobody referred to in time is removed, and nobody can refer to it once that has begun.
    assert await in_write(database, stray_files.begin_removal, late)
    assert not await in_write(database, stray_files.claim, late.key)
    await in_write(database, stray_files.end_removal, late)
    assert await due(database) == {Duty.REMOVALS}


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
