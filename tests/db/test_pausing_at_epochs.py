"""Jobs that pause by themselves after an epoch: what is ordered, and what becomes of it."""

import pytest

from db.attempts import attempts, endings
from db.attempts.attempts import Fence
from db.connections.engine import Database
from db.errors import AttemptSuperseded, CancelPending, JobAlreadyEnded, JobNotFound
from db.jobs import events, jobs
from db.queue import claims
from db.tables.base import DEFAULT_PROJECT
from spec.ids import new_id
from spec.states import FailureCode, JobStatus
from tests.db.scenes import in_read, in_write, read, record, running, submit


async def order(database: Database, job_id: str, epoch: int | None) -> int | None:
    return (await in_write(database, jobs.order_pause_at, job_id, DEFAULT_PROJECT, epoch)).pause_at_epoch


async def claimed(database: Database) -> claims.Claim:
    found = await in_write(database, claims.claim_next, "worker_1", 0, ["cpu"], 30)
    assert found is not None
    return found


async def test_a_new_job_may_have_the_order_and_its_claim_tells_of_it(database: Database) -> None:
    row = await submit(database, pause_at_epoch=2)
    assert row.pause_at_epoch == 2
    claim = await claimed(database)
    assert claim.pause_at_epoch == 2
    fence = Fence(claim.job_id, claim.attempt)
    started = await in_write(database, attempts.record_started, fence, epochs=3)
    assert started == attempts.Orders(is_cancel_requested=False, is_pause_requested=False, pause_at_epoch=2)
    assert await order(database, row.id, 3) == 3
    assert (await record(database, fence, 1)).pause_at_epoch == 3
    assert (await in_read(database, attempts.orders_for, "worker_1"))[fence].pause_at_epoch == 3


async def test_followed_it_is_forgotten_and_no_attempt_is_counted(database: Database) -> None:
    fence = await running(database, epochs=2, pause_at_epoch=2)
    for _ in range(2):
        assert await in_write(database, endings.pause_at_epoch, fence) is JobStatus.PAUSED
    row = await read(database, fence.job_id)
    assert (row.pause_at_epoch, row.pause_requested_at, row.attempts_counted, row.epochs) == (None, None, 0, 3)
    (attempt,) = await in_read(database, attempts.list_page, fence.job_id, 10)
    assert (attempt.outcome, attempt.reason) == ("paused", "The job was to pause after this epoch.")
    event = (await in_read(database, events.list_page, fence.job_id, 0, 100))[-1]
    assert (event.type, "after this epoch" in event.data_json) == ("job.paused", True)
    # Ordered once more, and resumed, it goes on.
    assert await order(database, fence.job_id, 1) == 3
    await in_write(database, jobs.request_resume, fence.job_id, DEFAULT_PROJECT)
    claim = await claimed(database)
    assert (claim.attempt, claim.pause_at_epoch, claim.epochs_recorded) == (2, 3, 2)
    with pytest.raises(AttemptSuperseded):
        await in_write(database, endings.pause_at_epoch, fence)


@pytest.mark.parametrize("epoch", [None, 3])
async def test_taken_back_while_it_was_followed_the_job_goes_on(database: Database, epoch: int | None) -> None:
    fence = await running(database, epochs=2, pause_at_epoch=2)
    await order(database, fence.job_id, epoch)
    assert await in_write(database, endings.pause_at_epoch, fence) is JobStatus.QUEUED
    row = await read(database, fence.job_id)
    assert (row.pause_at_epoch, row.attempts_counted) == (epoch, 0)


async def test_an_attempt_that_is_lost_there_leaves_the_order_to_the_next(database: Database) -> None:
    fence = await running(database, epochs=2, pause_at_epoch=2)
    lost = await in_write(database, endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "gone")
    assert lost is JobStatus.QUEUED
    claim = await claimed(database)
    assert (claim.pause_at_epoch, claim.epochs_recorded) == (2, 2)


async def test_a_client_s_order_goes_before_it(database: Database) -> None:
    fence = await running(database, epochs=1, pause_at_epoch=2)
    await in_write(database, jobs.request_pause, fence.job_id, DEFAULT_PROJECT)
    assert await in_write(database, endings.pause, fence, "asked for") is JobStatus.PAUSED
    assert (await read(database, fence.job_id)).pause_at_epoch == 2
    cancelled = await running(database, epochs=2, pause_at_epoch=2)
    await in_write(database, jobs.request_cancel, cancelled.job_id, DEFAULT_PROJECT)
    with pytest.raises(CancelPending):
        await order(database, cancelled.job_id, 3)
    assert await in_write(database, endings.pause_at_epoch, cancelled) is JobStatus.CANCELLED
    with pytest.raises(JobAlreadyEnded):
        await order(database, cancelled.job_id, 3)
    with pytest.raises(JobNotFound):
        await order(database, new_id("job"), 3)


async def test_no_client_sees_the_order(database: Database) -> None:
    row = await submit(database)
    await order(database, row.id, 2)
    assert (await read(database, row.id)).revision == row.revision
    assert [event.type for event in await in_read(database, events.list_page, row.id, 0, 100)] == ["job.created"]
