"""Whatever ends a job notes its webhooks' messages in the same transaction; one process at a time delivers each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from db.attempts import endings, leases
from db.attempts.attempts import Fence
from db.attempts.endings import Ending
from db.connections.engine import Database
from db.errors import DeliveryNotFound, JobNotEnded, JobNotFound, TooManyWebhooks, WebhookDisabled, WebhookNotFound
from db.jobs import jobs, removals, transitions
from db.jobs.removals import Removed
from db.jobs.transitions import SOURCES
from db.tables.attempts import Artifact, Attempt, Checkpoint, Epoch, EpochSignals, JobStart
from db.tables.base import DEFAULT_PROJECT
from db.tables.columns import db_now
from db.tables.jobs import Event, Job, JobLabel, Leftover, Removal
from db.tables.projects import Project
from db.tables.webhooks import Delivery, Webhook
from db.webhooks import message_claims, messages, webhooks
from db.webhooks.message_claims import Claimed
from db.webhooks.messages import DeliveryRow
from db.webhooks.webhooks import WebhookRow
from spec.states import ENDED, FailureCode, JobStatus
from tests.db.scenes import claim, draft_webhook, in_read, in_write, running, submit

ALL = '["job.cancelled","job.failed","job.succeeded"]'
CANCELLED = Ending(status=JobStatus.CANCELLED)
SUCCEEDED = Ending(status=JobStatus.SUCCEEDED)
DIVERGED = Ending(status=JobStatus.FAILED, error_code=FailureCode.DIVERGED, error_message="NaN.")
Way = Callable[[Database], Awaitable[None]]


async def make(
    database: Database, events: str = ALL, *, project: str = DEFAULT_PROJECT, is_enabled: bool = True
) -> WebhookRow:
    new = draft_webhook(project=project, events_json=events, is_enabled=is_enabled)
    return await in_write(database, webhooks.create, new)


async def noted(database: Database, webhook: WebhookRow) -> list[DeliveryRow]:
    return await in_read(database, messages.list_page, webhook.id, webhook.project, 100)


async def take(database: Database, *, lease_seconds: float = 60) -> Claimed | None:
    return await in_write(database, message_claims.claim_due, lease_seconds)


async def taken(database: Database, *, lease_seconds: float = 60) -> Claimed:
    claimed = await take(database, lease_seconds=lease_seconds)
    assert claimed is not None
    return claimed


async def change(database: Database, table: type[Job | Webhook | Delivery], row_id: str, **values: object) -> None:
    async with database.write() as connection:
        await connection.execute(update(table).where(table.id == row_id).values(**values))


async def fail(database: Database, claimed: Claimed, *, retry_in_seconds: float | None) -> None:
    async with database.write() as connection:
        await messages.record_failure(
            connection,
            claimed.delivery,
            error="no answer",
            response_status=None,
            duration_seconds=0.5,
            retry_in_seconds=retry_in_seconds,
        )


async def succeed(database: Database, claimed: Claimed) -> None:
    async with database.write() as connection:
        await messages.record_success(connection, claimed.delivery, response_status=204, duration_seconds=0.1)


async def cancel_asked(database: Database) -> Fence:
    fence = await running(database)
    await in_write(database, jobs.request_cancel, fence.job_id, DEFAULT_PROJECT)
    return fence


async def succeeds(database: Database) -> None:
    await in_write(database, endings.finish, await running(database), SUCCEEDED)


async def fails(database: Database) -> None:
    await in_write(database, endings.finish, await running(database), DIVERGED)


async def is_stopped(database: Database) -> None:
    await in_write(database, endings.finish, await cancel_asked(database), CANCELLED)


async def is_cancelled_in_the_queue(database: Database) -> None:
    await in_write(database, jobs.request_cancel, (await submit(database)).id, DEFAULT_PROJECT)


async def is_cancelled_while_paused(database: Database) -> None:
    job_id = (await submit(database)).id
    await in_write(database, jobs.request_pause, job_id, DEFAULT_PROJECT)
    await in_write(database, jobs.request_cancel, job_id, DEFAULT_PROJECT)


async def is_handed_back_when_cancelled(database: Database) -> None:
    await in_write(database, endings.hand_back, await cancel_asked(database), "stopping")


async def is_paused_when_cancelled(database: Database) -> None:
    await in_write(database, endings.pause, await cancel_asked(database), "asked for")


async def loses_its_trainer_when_cancelled(database: Database) -> None:
    fence = await cancel_asked(database)
    await in_write(database, endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "Gone.")


async def loses_its_last_trainer(database: Database) -> None:
    fence = await running(database, max_attempts=1)
    await in_write(database, endings.fail_or_requeue, fence, FailureCode.OUT_OF_MEMORY, "Too large.")


async def loses_its_last_worker(database: Database) -> None:
    await submit(database, max_attempts=1)
    await claim(database, lease_seconds=-1)
    await in_write(database, leases.expire)


async def loses_its_worker_when_cancelled(database: Database) -> None:
    job_id = (await submit(database)).id
    await claim(database, lease_seconds=-1)
    await in_write(database, jobs.request_cancel, job_id, DEFAULT_PROJECT)
    await in_write(database, leases.expire)


WAYS: Mapping[Way, str] = {
    succeeds: "job.succeeded",
    fails: "job.failed",
    is_stopped: "job.cancelled",
    is_cancelled_in_the_queue: "job.cancelled",
    is_cancelled_while_paused: "job.cancelled",
    is_handed_back_when_cancelled: "job.cancelled",
    is_paused_when_cancelled: "job.cancelled",
    loses_its_trainer_when_cancelled: "job.cancelled",
    loses_its_last_trainer: "job.failed",
    loses_its_last_worker: "job.failed",
    loses_its_worker_when_cancelled: "job.cancelled",
}


async def test_every_way_to_end_tells_every_webhook_that_wants_it_once(database: Database) -> None:
    for way, told in WAYS.items():
        every, only = await make(database), await make(database, f'["{told}"]')
        others = await make(database, ALL.replace(f'"{told}"', '"none"'))
        off = await make(database, is_enabled=False)
        await way(database)
        for webhook in (every, only):
            (delivery,) = await noted(database, webhook)
            assert (delivery.type, delivery.status, delivery.attempts) == (told, "pending", 0), way
            assert delivery.job_id is not None
        assert await noted(database, others) == await noted(database, off) == []
        for webhook in (every, only, others, off):
            await in_write(database, webhooks.remove, webhook.id, DEFAULT_PROJECT)


async def test_every_step_into_a_final_state_notes_it(database: Database) -> None:
    webhook = await make(database)
    steps = [(source, target) for target in ENDED for source in SOURCES[target]]
    for count, (source, target) in enumerate(steps, 1):
        job_id = (await submit(database)).id
        await change(database, Job, job_id, status=source)
        await in_write(database, transitions.enter, target, Job.id == job_id, {})
        assert len(await noted(database, webhook)) == count, (source, target)
    assert len(steps) == 5


async def test_what_is_rolled_back_or_repeated_is_told_as_often_as_it_happened(database: Database) -> None:
    webhook, fence = await make(database), await running(database)
    with suppress(ZeroDivisionError):
        async with database.write() as connection:
            await endings.finish(connection, fence, SUCCEEDED)
            raise ZeroDivisionError
    assert await noted(database, webhook) == []
    await in_write(database, endings.finish, fence, SUCCEEDED)
    await in_write(database, endings.finish, fence, SUCCEEDED)
    assert len(await noted(database, webhook)) == 1


async def test_no_project_hears_or_touches_what_is_anothers(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Project), [{"id": "other"}])
    other = await make(database, project="other")
    await is_cancelled_in_the_queue(database)
    assert await noted(database, other) == []
    asked: tuple[Callable[..., Awaitable[Any]], ...] = (webhooks.get, webhooks.remove, messages.note_test)
    for ask in asked:
        with pytest.raises(WebhookNotFound):
            await in_write(database, ask, other.id, DEFAULT_PROJECT)
    with pytest.raises(WebhookNotFound):
        await in_write(database, webhooks.change, other.id, DEFAULT_PROJECT, {"is_enabled": False})
    with pytest.raises(WebhookNotFound):
        await in_write(database, webhooks.rotate, other.id, DEFAULT_PROJECT, "whsec_BBBB")
    with pytest.raises(WebhookNotFound):
        await in_read(database, messages.list_page, other.id, DEFAULT_PROJECT, 10)
    test = await in_write(database, messages.note_test, other.id, "other")
    mine = await make(database)
    with pytest.raises(DeliveryNotFound):
        await in_write(database, messages.retry, mine.id, DEFAULT_PROJECT, test.id)
    assert await in_read(database, webhooks.list_page, DEFAULT_PROJECT, 10) == [mine]


async def test_a_project_has_so_many_and_no_more(database: Database) -> None:
    async with asyncio.timeout(30):
        made = await asyncio.gather(*(make(database) for _ in range(25)), return_exceptions=True)
    assert sum(isinstance(one, WebhookRow) for one in made) == webhooks.MAX_PER_PROJECT
    assert sum(isinstance(one, TooManyWebhooks) for one in made) == 25 - webhooks.MAX_PER_PROJECT


async def test_a_message_is_one_process_s_until_its_lease_is_over(database: Database) -> None:
    webhook = await make(database)
    for _ in range(2):
        await is_cancelled_in_the_queue(database)
    found = await asyncio.gather(*(take(database) for _ in range(6)))
    claimed = [one.delivery for one in found if one is not None]
    assert sorted(one.id for one in claimed) == sorted(one.id for one in await noted(database, webhook))
    assert await in_read(database, message_claims.next_due) is None
    await change(database, Delivery, claimed[0].id, next_attempt_at=db_now(-1), claimed_until=db_now(-1))
    assert await in_read(database, message_claims.next_due) is not None
    again = await taken(database)
    assert (again.delivery.id, again.delivery.attempts) == (claimed[0].id, 2)
    # The first process comes back: its word counts no more, for the message nor for its webhook.
    await change(database, Webhook, webhook.id, failing_since=db_now(-60))
    await succeed(database, Claimed(claimed[0], DEFAULT_PROJECT, "", again.secrets, is_enabled=True))
    assert (await in_read(database, webhooks.get, webhook.id, DEFAULT_PROJECT)).failing_since is not None
    assert [one.status for one in await noted(database, webhook)] == ["pending"] * 2
    await succeed(database, again)
    told = next(one for one in await noted(database, webhook) if one.id == again.delivery.id)
    assert (told.status, told.response_status, told.next_attempt_at, told.error) == ("delivered", 204, None, None)
    assert told.delivered_at is not None


async def test_a_webhook_that_fails_for_a_day_is_switched_off_with_the_last_try(database: Database) -> None:
    webhook = await make(database)
    for _ in range(3):
        await in_write(database, messages.note_test, webhook.id, DEFAULT_PROJECT)
    first = await taken(database)
    await fail(database, first, retry_in_seconds=5)
    (told,) = [one for one in await noted(database, webhook) if one.id == first.delivery.id]
    assert (told.status, told.error, told.failures, told.duration_seconds) == ("pending", "no answer", 1, 0.5)
    assert told.next_attempt_at is not None
    assert told.last_attempt_at is not None
    assert 4 < (told.next_attempt_at - told.last_attempt_at).total_seconds() < 10
    second = await taken(database)
    await fail(database, second, retry_in_seconds=None)
    row = await in_read(database, webhooks.get, webhook.id, DEFAULT_PROJECT)
    assert row.is_enabled
    assert row.failing_since is not None
    await succeed(database, await taken(database))
    assert (await in_read(database, webhooks.get, webhook.id, DEFAULT_PROJECT)).failing_since is None
    await in_write(database, messages.retry, webhook.id, DEFAULT_PROJECT, second.delivery.id)
    await change(database, Webhook, webhook.id, failing_since=db_now(-messages.FAILING_SECONDS - 1))
    await fail(database, await taken(database), retry_in_seconds=None)
    row = await in_read(database, webhooks.get, webhook.id, DEFAULT_PROJECT)
    assert (row.is_enabled, row.disabled_reason) == (False, "Nothing could be delivered for more than a day.")
    assert {one.status for one in await noted(database, webhook)} == {"failed", "delivered"}
    with pytest.raises(WebhookDisabled):
        await in_write(database, messages.retry, webhook.id, DEFAULT_PROJECT, first.delivery.id)
    with pytest.raises(WebhookDisabled):
        await in_write(database, messages.note_test, webhook.id, DEFAULT_PROJECT)
    row = await in_write(database, webhooks.change, webhook.id, DEFAULT_PROJECT, {"is_enabled": True})
    assert (row.is_enabled, row.disabled_reason, row.failing_since) == (True, None, None)
    again = await in_write(database, messages.retry, webhook.id, DEFAULT_PROJECT, first.delivery.id)
    assert (again.status, again.failures, again.attempts) == ("pending", 0, 1)


async def test_for_a_day_a_former_secret_signs_too(database: Database) -> None:
    webhook = await make(database)
    await in_write(database, webhooks.rotate, webhook.id, DEFAULT_PROJECT, "whsec_BBBB")
    await in_write(database, messages.note_test, webhook.id, DEFAULT_PROJECT)
    claimed = await taken(database, lease_seconds=-1)
    assert claimed.secrets.values == ("whsec_BBBB", "whsec_AAAA")
    assert "whsec" not in repr(claimed)
    await change(database, Webhook, webhook.id, previous_secret_expires_at=db_now(-1))
    assert (await taken(database)).secrets.values == ("whsec_BBBB",)


async def test_messages_are_forgotten_after_a_week_and_with_their_webhook(database: Database) -> None:
    webhook = await make(database)
    old, new = [await in_write(database, messages.note_test, webhook.id, DEFAULT_PROJECT) for _ in range(2)]
    await change(database, Delivery, old.id, created_at=db_now(-messages.KEPT_SECONDS - 1))
    assert await in_write(database, messages.remove_old) == 0, "it is still to be tried"
    claimed = await taken(database)
    assert claimed.delivery.id == old.id
    await fail(database, claimed, retry_in_seconds=None)
    assert await in_write(database, messages.remove_old) == 1
    assert [one.id for one in await noted(database, webhook)] == [new.id]
    await in_write(database, webhooks.remove, webhook.id, DEFAULT_PROJECT)
    assert await take(database) is None


@pytest.mark.parametrize("is_retry", [False, True])
async def test_who_asks_for_a_message_while_its_webhook_goes_is_told_so(database: Database, is_retry: bool) -> None:
    webhook = await make(database)
    first = await in_write(database, messages.note_test, webhook.id, DEFAULT_PROJECT)
    async with database.write() as connection:
        await webhooks.remove(connection, webhook.id, DEFAULT_PROJECT)
        asked = asyncio.create_task(
            in_write(database, messages.retry, webhook.id, DEFAULT_PROJECT, first.id)
            if is_retry
            else in_write(database, messages.note_test, webhook.id, DEFAULT_PROJECT)
        )
        await asyncio.sleep(0.2)
        assert not asked.done()
    with pytest.raises(WebhookNotFound):
        await asked


async def test_webhooks_may_go_while_jobs_end(database: Database) -> None:
    async def end() -> None:
        for _ in range(5):
            await is_cancelled_in_the_queue(database)

    async def come_and_go() -> None:
        for _ in range(5):
            webhook = await make(database)
            if claimed := await take(database):
                await fail(database, claimed, retry_in_seconds=1)
            await in_write(database, webhooks.remove, webhook.id, DEFAULT_PROJECT)

    async with asyncio.timeout(60):
        await asyncio.gather(*(end() for _ in range(3)), *(come_and_go() for _ in range(3)))
    assert await take(database) is None


async def rows_of(database: Database, job_id: str) -> dict[str, int]:
    """How many rows of each table are a job's."""
    found: dict[str, int] = {}
    tables: tuple[Any, ...] = (JobLabel, Attempt, Checkpoint, Leftover, Epoch, EpochSignals, JobStart, Event, Artifact)
    async with database.read() as connection:
        for table in tables:
            rows = await connection.execute(select(table).where(table.job_id == job_id))
            found[table.__tablename__] = len(rows.all())
    return found


async def test_a_deleted_job_leaves_a_note_of_its_files_and_nothing_else(database: Database) -> None:
    fence = await running(database, epochs=3, metadata={"team": "vision"})
    child = await submit(database, parent=fence.job_id)
    with pytest.raises(JobNotEnded):
        await in_write(database, removals.delete_job, fence.job_id, DEFAULT_PROJECT)
    artifact = endings.NewArtifact("logs", "jobs/1/1/logs", "text/plain", 0, "00")
    await in_write(
        database, endings.finish, fence, Ending(status=JobStatus.SUCCEEDED, results={"a": 1}, artifacts=[artifact])
    )
    assert (await rows_of(database, fence.job_id))["epochs"] == 3
    with pytest.raises(JobNotFound):
        await in_write(database, removals.delete_job, fence.job_id, "other")
    await in_write(database, removals.delete_job, fence.job_id, DEFAULT_PROJECT)
    assert set((await rows_of(database, fence.job_id)).values()) == {0}
    with pytest.raises(JobNotFound):
        await in_write(database, removals.delete_job, fence.job_id, DEFAULT_PROJECT)
    kept = await in_read(database, jobs.get, child.id, DEFAULT_PROJECT)
    assert kept is not None
    assert kept.parent == fence.job_id


async def test_files_are_looked_for_at_once_and_once_more_when_no_worker_can_still_write(database: Database) -> None:
    job_id = (await submit(database)).id
    await in_write(database, jobs.request_cancel, job_id, DEFAULT_PROJECT)
    await in_write(database, removals.delete_job, job_id, DEFAULT_PROJECT)
    (found,) = await in_read(database, removals.pending, 10)
    assert found == Removed(job_id, is_last=False)
    await in_write(database, removals.mark_swept, found)
    assert await in_read(database, removals.pending, 10) == []
    async with database.write() as connection:
        await connection.execute(update(Removal).values(created_at=db_now(-removals.LATE_SECONDS - 1)))
    assert await in_read(database, removals.pending, 10) == [Removed(job_id, is_last=True)]
    await in_write(database, removals.mark_swept, Removed(job_id, is_last=True))
    assert await in_read(database, removals.pending, 10) == []
