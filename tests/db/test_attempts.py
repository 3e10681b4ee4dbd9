import math
import struct

from db.attempts import attempts, epochs
from db.attempts.attempts import EpochRecord, Fence, Orders, Progress
from db.attempts.endings import fail_or_requeue
from db.connections.engine import Database
from db.jobs import events, jobs
from db.queue import claims
from db.tables.base import DEFAULT_PROJECT
from spec.language.numbers import decode_metrics
from spec.states import FailureCode
from tests.db.scenes import claim, in_read, in_write, read, record, running, submit

QUIET = Orders(is_cancel_requested=False, is_pause_requested=False)


async def test_epochs_are_stored_together_and_show_in_the_job(database: Database) -> None:
    fence = await running(database)
    before = await read(database, fence.job_id)
    assert await record(database, fence, 1, 2) == QUIET
    row = await read(database, fence.job_id)
    assert (row.epoch, row.epochs, row.fraction, row.eta_seconds) == (2, 3, 2 / 3, 1.5)
    assert row.latest_metrics_json == '{"loss":0.5}'
    assert row.revision == before.revision + 1
    stored = await in_read(database, epochs.page, fence.job_id, 0, 10)
    assert stored == [(1, '{"loss":1.0}', 0.5, 1 / 3, 1.5), (2, '{"loss":0.5}', 0.5, 2 / 3, 1.5)]


async def test_numbers_come_back_to_the_bit(database: Database) -> None:
    fence = await running(database)
    metrics = {
        "nan": math.nan,
        "up": math.inf,
        "down": -math.inf,
        "tenth": 0.1,
        "least": 5e-324,
        "most": 1.7976931348623157e308,
        "minus zero": -0.0,
        "third": 1 / 3,
        'quoted "name" é': 1e22,
    }
    await in_write(database, attempts.record_epochs, fence, [EpochRecord(1, metrics, 1e-9, Progress(1.0, None))])
    (row,) = await in_read(database, epochs.page, fence.job_id, 0, 10)
    assert (row.duration_seconds, row.fraction, row.eta_seconds) == (1e-9, 1.0, None)
    assert '"nan":"NaN","up":"Infinity","down":"-Infinity"' in row.metrics_json
    back = decode_metrics(row.metrics_json)
    assert list(back) == list(metrics)
    for name, value in metrics.items():
        if name != "nan":
            assert struct.pack("d", back[name]) == struct.pack("d", value), name
    assert math.isnan(back["nan"])
    assert (await read(database, fence.job_id)).latest_metrics_json == row.metrics_json


async def test_epochs_recorded_twice_stand_there_once(database: Database) -> None:
    fence = await running(database)
    await record(database, fence, 1, 2)
    await record(database, fence, 2, 3)
    assert [row.epoch for row in await in_read(database, epochs.page, fence.job_id, 0, 10)] == [1, 2, 3]


async def test_a_page_of_epochs_goes_on_where_the_last_one_stopped(database: Database) -> None:
    fence = await running(database)
    await record(database, fence, *range(1, 31))
    first = await in_read(database, epochs.page, fence.job_id, 0, 20)
    rest = await in_read(database, epochs.page, fence.job_id, first[-1].epoch, 20)
    assert [row.epoch for row in [*first, *rest]] == list(range(1, 31))


async def test_a_new_attempt_forgets_the_epochs_it_will_train_again(database: Database) -> None:
    first = await running(database, epochs=3)
    await in_write(database, fail_or_requeue, first, FailureCode.WORKER_LOST, "gone")
    second = await claim(database)
    # Until the second attempt trains, what the first one reached still shows.
    assert (await read(database, first.job_id)).epoch == 3
    await in_write(database, attempts.record_started, second, epochs=3, from_epoch=2, details={"device": "CPU"})
    row = await read(database, first.job_id)
    assert (row.epoch, row.fraction, row.latest_metrics_json) == (2, 2 / 3, '{"loss":0.5}')
    assert [kept.epoch for kept in await in_read(database, epochs.page, first.job_id, 0, 10)] == [1, 2]
    history = await in_read(database, events.list_page, first.job_id, 0, 20)
    assert history[-1].data_json == '{"attempt":2,"epochs":3,"from_epoch":2,"device":"CPU"}'

    await in_write(database, fail_or_requeue, second, FailureCode.WORKER_LOST, "gone")
    third = await claim(database)
    await in_write(database, attempts.record_started, third, epochs=3)
    row = await read(database, first.job_id)
    assert (row.epoch, row.fraction, row.latest_metrics_json) == (0, 0.0, None)
    assert await in_read(database, epochs.page, first.job_id, 0, 10) == []


async def test_every_answer_to_an_attempt_tells_of_a_cancel(database: Database) -> None:
    fence = await running(database)
    assert await in_write(database, attempts.renew_lease, fence, 30) == QUIET
    await in_write(database, jobs.request_cancel, fence.job_id, DEFAULT_PROJECT)
    asked = Orders(is_cancel_requested=True, is_pause_requested=False)
    assert await in_write(database, attempts.renew_lease, fence, 30) == asked
    assert await record(database, fence, 1) == asked
    assert await in_write(database, attempts.record_started, fence, epochs=3) == asked
    assert await in_read(database, attempts.orders_for, "worker_1") == {fence: asked}


async def test_a_worker_reads_the_orders_of_its_own_jobs_alone(database: Database) -> None:
    mine = [await running(database) for _ in range(2)]
    await submit(database)
    other = await in_write(database, claims.claim_next, "worker_2", 0, ["cpu"], 30)
    await submit(database)
    assert other is not None
    assert set(await in_read(database, attempts.orders_for, "worker_1")) == set(mine)
    assert set(await in_read(database, attempts.orders_for, "worker_2")) == {Fence(other.job_id, other.attempt)}


async def test_a_beat_moves_the_lease_and_may_show_progress(database: Database) -> None:
    fence = await running(database)
    before = await read(database, fence.job_id)
    await in_write(database, attempts.renew_lease, fence, 3600)
    beaten = await read(database, fence.job_id)
    assert beaten.lease_expires_at is not None
    assert before.lease_expires_at is not None
    assert 3500 < (beaten.lease_expires_at - before.lease_expires_at).total_seconds() < 3600
    assert beaten.revision == before.revision  # nothing a client sees
    await in_write(database, attempts.renew_lease, fence, 3600, Progress(0.25, 9.0))
    shown = await read(database, fence.job_id)
    assert (shown.fraction, shown.eta_seconds, shown.revision) == (0.25, 9.0, before.revision + 1)
