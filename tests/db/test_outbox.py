import asyncio

from db.attempts.endings import hand_back
from db.connections.engine import Database
from db.jobs import events, outbox
from db.jobs.outbox import OutboxRow
from tests.db.scenes import claim, in_read, in_write, submit


async def test_a_job_waits_until_it_was_published(database: Database) -> None:
    made = [await submit(database, accelerator=kind) for kind in ("any", "cpu", "gpu")]
    waiting = await in_read(database, outbox.unpublished, 10)
    assert waiting == [OutboxRow(row.id, row.accelerator) for row in made]
    assert await in_read(database, outbox.unpublished, 2) == waiting[:2]
    await in_write(database, outbox.mark_published, [made[2].id, made[0].id, "job_never_there"])
    assert await in_read(database, outbox.unpublished, 10) == waiting[1:2]


async def test_only_what_has_waited_long_enough_is_published_again(database: Database) -> None:
    row = await submit(database)
    assert await in_read(database, outbox.unpublished, 10, 0.2) == []
    await asyncio.sleep(0.3)
    assert [entry.job_id for entry in await in_read(database, outbox.unpublished, 10, 0.2)] == [row.id]
    # Queued again it waits anew, and once.
    fence = await claim(database)
    await in_write(database, hand_back, fence, "stopping")
    assert await in_read(database, outbox.unpublished, 10, 0.2) == []
    assert [entry.job_id for entry in await in_read(database, outbox.unpublished, 10)] == [row.id]


async def test_events_are_read_from_where_a_reader_stopped(database: Database) -> None:
    row, other = await submit(database), await submit(database)
    fence = await claim(database)
    await in_write(database, hand_back, fence, "stopping")
    everything = await in_read(database, events.list_page, row.id, 0, 10)
    assert [event.type for event in everything] == ["job.created", "job.claimed", "job.requeued"]
    assert [event.id for event in everything] == sorted({event.id for event in everything})
    assert {event.job_id for event in everything} == {row.id}
    assert everything[2].data_json == '{"attempt":1,"reason":"stopping"}'
    assert everything[0].at <= everything[1].at <= everything[2].at
    assert await in_read(database, events.list_page, row.id, everything[0].id, 1) == everything[1:2]
    assert await in_read(database, events.list_page, row.id, everything[2].id, 10) == []
    assert len(await in_read(database, events.list_page, other.id, 0, 10)) == 1
