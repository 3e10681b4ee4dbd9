import pytest

from db.attempts import attempts, endings
from db.attempts.attempts import Fence
from db.connections.engine import Database
from db.errors import CancelPending, JobAlreadyEnded, JobNotFound
from db.jobs import events, jobs, outbox
from db.queue import claims
from db.tables.base import DEFAULT_PROJECT
from spec.ids import new_id
from spec.states import FailureCode, JobStatus
from tests.db.scenes import claim, in_read, in_write, read, running, submit


async def waiting(database: Database) -> list[str]:
    return [entry.job_id for entry in await in_read(database, outbox.unpublished, 10)]


async def last_event(database: Database, job_id: str) -> tuple[str, str]:
    event = (await in_read(database, events.list_page, job_id, 0, 100))[-1]
    return event.type, event.data_json


async def let_go(database: Database, fence: Fence, how: str) -> JobStatus:
    if how == "lost":
        return await in_write(database, endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "gone")
    act = endings.pause if how == "paused" else endings.hand_back
    return await in_write(database, act, fence, "asked for")


async def test_a_queued_job_is_paused_at_once_and_holds_no_worker(database: Database) -> None:
    row = await submit(database)
    paused = await in_write(database, jobs.request_pause, row.id, DEFAULT_PROJECT)
    assert (paused.status, paused.revision, paused.ended_at) == (JobStatus.PAUSED, row.revision + 1, None)
    assert await in_write(database, jobs.request_pause, row.id, DEFAULT_PROJECT) == paused
    assert await waiting(database) == []
    assert await in_write(database, claims.claim_next, "worker_1", 0, ["cpu"], 30) is None
    resumed = await in_write(database, jobs.request_resume, row.id, DEFAULT_PROJECT)
    assert (resumed.status, resumed.pause_requested_at) == (JobStatus.QUEUED, None)
    assert await in_write(database, jobs.request_resume, row.id, DEFAULT_PROJECT) == resumed
    assert await waiting(database) == [row.id]
    assert (await claim(database)).job_id == row.id
    assert await waiting(database) == []


@pytest.mark.parametrize("how", ["paused", "handed_back", "lost"])
async def test_a_worker_that_lets_go_of_a_job_asked_to_pause_leaves_it_paused(database: Database, how: str) -> None:
    fence = await running(database, epochs=2)
    asked = await in_write(database, jobs.request_pause, fence.job_id, DEFAULT_PROJECT)
    assert (asked.status, await in_write(database, jobs.request_pause, fence.job_id, DEFAULT_PROJECT)) == (
        JobStatus.RUNNING,
        asked,
    )
    assert (await in_write(database, attempts.renew_lease, fence, 30)).is_pause_requested
    for _ in range(2):
        assert await let_go(database, fence, how) is JobStatus.PAUSED
    row = await read(database, fence.job_id)
    assert (row.worker_id, row.slot, row.lease_expires_at, row.eta_seconds) == (None, None, None, None)
    assert (row.epoch, row.attempts_counted) == (2, how == "lost")
    assert (await last_event(database, fence.job_id))[0] == "job.paused"
    (attempt,) = await in_read(database, attempts.list_page, fence.job_id, 10)
    assert (attempt.outcome, attempt.is_counted, attempt.from_epoch) == (how, how == "lost", 0)
    assert attempt.error_code == ("worker_lost" if how == "lost" else None)
    assert attempt.ended_at is not None
    assert await waiting(database) == []
    await in_write(database, jobs.request_resume, fence.job_id, DEFAULT_PROJECT)
    taken = await in_write(database, claims.claim_next, "worker_2", 0, ["cpu"], 30)
    assert taken is not None
    assert (taken.attempt, taken.epochs_recorded) == (2, 2)
    again = Fence(taken.job_id, taken.attempt)
    assert not (await in_write(database, attempts.renew_lease, again, 30)).is_pause_requested


async def test_a_pause_that_was_withdrawn_leaves_the_job_in_the_queue(database: Database) -> None:
    fence = await running(database)
    await in_write(database, jobs.request_pause, fence.job_id, DEFAULT_PROJECT)
    withdrawn = await in_write(database, jobs.request_resume, fence.job_id, DEFAULT_PROJECT)
    assert (withdrawn.status, withdrawn.pause_requested_at) == (JobStatus.RUNNING, None)
    assert await last_event(database, fence.job_id) == ("job.resumed", "{}")
    # Its worker has stopped the training already.
    assert await let_go(database, fence, "paused") is JobStatus.QUEUED
    assert await waiting(database) == [fence.job_id]
    assert (await read(database, fence.job_id)).attempts_counted == 0


@pytest.mark.parametrize("how", ["paused", "handed_back", "lost"])
async def test_a_cancel_goes_before_a_pause(database: Database, how: str) -> None:
    fence = await running(database)
    await in_write(database, jobs.request_pause, fence.job_id, DEFAULT_PROJECT)
    await in_write(database, jobs.request_cancel, fence.job_id, DEFAULT_PROJECT)
    for ask in (jobs.request_pause, jobs.request_resume):
        with pytest.raises(CancelPending):
            await in_write(database, ask, fence.job_id, DEFAULT_PROJECT)
    assert await let_go(database, fence, how) is JobStatus.CANCELLED


async def test_the_last_attempt_lost_fails_the_job_pause_or_not(database: Database) -> None:
    fence = await running(database, max_attempts=1)
    await in_write(database, jobs.request_pause, fence.job_id, DEFAULT_PROJECT)
    assert await let_go(database, fence, "lost") is JobStatus.FAILED


async def test_a_paused_job_can_be_cancelled_and_then_nothing_more(database: Database) -> None:
    row = await submit(database)
    await in_write(database, jobs.request_pause, row.id, DEFAULT_PROJECT)
    assert (await in_write(database, jobs.request_cancel, row.id, DEFAULT_PROJECT)).status is JobStatus.CANCELLED
    for ask in (jobs.request_pause, jobs.request_resume):
        with pytest.raises(JobAlreadyEnded):
            await in_write(database, ask, row.id, DEFAULT_PROJECT)
        with pytest.raises(JobNotFound):
            await in_write(database, ask, new_id("job"), DEFAULT_PROJECT)


async def test_a_gap_in_the_epochs_ends_what_counts_as_recorded(database: Database) -> None:
    fence = await running(database, epochs=2)
    records = [attempts.EpochRecord(epoch, {}, 0.1, attempts.Progress(0.5, None)) for epoch in (4, 5)]
    await in_write(database, attempts.record_epochs, fence, records)
    await let_go(database, fence, "lost")
    taken = await in_write(database, claims.claim_next, "worker_1", 0, ["cpu"], 30)
    assert taken is not None
    assert taken.epochs_recorded == 2
    assert await in_read(database, claims.claim_of, "worker_1", 0) == taken
