"""What was measured of layers: comes and goes with its epoch, page by page, and counts among a job's rows."""

import math

import pytest
from sqlalchemy import func, select

from coach.evidence import StartSeen
from db.attempts import attempts, signals, starts
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.endings import Ending, fail_or_requeue, finish
from db.attempts.signals import LayerRow, Position, Wanted
from db.connections.engine import Database
from db.errors import AttemptSuperseded
from db.jobs import jobs, removals
from db.projects import quotas
from db.tables import row_sizes
from db.tables.attempts import Epoch, EpochSignals, JobStart
from db.tables.base import DEFAULT_PROJECT
from db.tables.jobs import Job
from spec.states import FailureCode, JobStatus
from tests.db.scenes import claim, in_read, in_write, read, record, running

LAYERS = ("dense", "batch_normalization", "dense_1")


def measured(epoch: int, layers: tuple[str, ...] = LAYERS) -> dict[str, dict[str, float]]:
    return {name: {"gradient_norm": epoch + place / 10} for place, name in enumerate(layers)}


async def record_measured(
    database: Database, fence: Fence, *epochs: int, layers: tuple[str, ...] = LAYERS
) -> attempts.Orders:
    records = [
        EpochRecord(epoch, {"loss": 1 / epoch}, 0.5, Progress(epoch / 3, 1.5), measured(epoch, layers))
        for epoch in epochs
    ]
    return await in_write(database, attempts.record_epochs, fence, records)


async def page(  # noqa: PLR0913 -- what a page is asked for
    database: Database,
    job_id: str,
    start: Position = Position(1),  # noqa: B008 -- cannot be changed
    *,
    limit: int = 100,
    layer: str | None = None,
    most_bytes: int = 2**20,
) -> tuple[list[LayerRow], Position | None]:
    like = await in_read(database, signals.sample, job_id, start)
    if like is None:
        return [], None
    return await in_read(database, signals.page, job_id, Wanted(start, limit, layer, most_bytes), like)


def rows(*epochs: int) -> list[LayerRow]:
    return [LayerRow(epoch, layer, values) for epoch in epochs for layer, values in measured(epoch).items()]


async def growth_of(database: Database, job_id: str) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(select(Job.row_bytes + Job.growth_bytes).where(Job.id == job_id)) or 0)


async def test_they_are_stored_with_their_epochs(database: Database) -> None:
    fence = await running(database)
    await record_measured(database, fence, 1, 2)
    await record(database, fence, 3)
    assert await page(database, fence.job_id) == (rows(1, 2), None)
    assert (await read(database, fence.job_id)).epoch == 3


async def test_numbers_that_are_not_finite_come_back_by_name(database: Database) -> None:
    fence = await running(database)
    told = {"dense": {"gradient_norm": math.nan, "other": -math.inf, "third": 1 / 3}}
    await in_write(
        database, attempts.record_epochs, fence, [EpochRecord(1, {"loss": 1.0}, 0.5, Progress(1.0, None), told)]
    )
    expected = {"gradient_norm": "NaN", "other": "-Infinity", "third": 1 / 3}
    assert await page(database, fence.job_id) == ([LayerRow(1, "dense", expected)], None)


async def test_recorded_twice_they_stand_there_once(database: Database) -> None:
    fence = await running(database)
    await record_measured(database, fence, 1, 2)
    once = await growth_of(database, fence.job_id)
    await record_measured(database, fence, 2)
    assert await page(database, fence.job_id) == (rows(1, 2), None)
    assert await growth_of(database, fence.job_id) == once
    assert await page(database, fence.job_id) == (rows(1, 2), None)


async def test_epochs_that_are_trained_again_replace_theirs(database: Database) -> None:
    first = await running(database)
    await record_measured(database, first, 1, 2, 3)
    await in_write(database, fail_or_requeue, first, FailureCode.WORKER_LOST, "gone")
    second = await claim(database)
    # Until the second attempt trains, what was measured in the first one still shows.
    assert await page(database, first.job_id) == (rows(1, 2, 3), None)
    await in_write(database, attempts.record_started, second, epochs=3, from_epoch=1)
    assert await page(database, first.job_id) == (rows(1), None)
    # This time nothing could be measured in the second epoch.
    await record(database, second, 2)
    await record_measured(database, second, 3)
    assert await page(database, first.job_id) == (rows(1, 3), None)


async def test_what_was_seen_once_is_stored_with_the_epoch_it_is_told_with(database: Database) -> None:
    fence = await running(database)
    assert await in_read(database, starts.read, fence.job_id) is None

    def told(loss: float) -> EpochRecord:
        seen = {"train_rows": 9, "inputs": {}, "loss": loss, "signals": {"dense": {"gradient_norm": math.inf}}}
        return EpochRecord(1, {"loss": 1.0}, 0.5, Progress(0.1, None), measured(1), seen)

    before = await growth_of(database, fence.job_id)
    await in_write(database, attempts.record_epochs, fence, [told(1.5)])
    once = await growth_of(database, fence.job_id)
    (text,) = (await starts_of(database))[fence.job_id]
    assert once == before + await stored_bytes(database, fence.job_id) + row_sizes.of_signals(text)
    # It is told again by an attempt that begins again, and stands there once.
    await in_write(database, attempts.record_epochs, fence, [told(2.5)])
    assert await growth_of(database, fence.job_id) == once
    stored = await in_read(database, starts.read, fence.job_id)
    assert stored is not None
    start = StartSeen.of(stored)
    assert (start.loss, start.train_rows, start.target_mean) == (2.5, 9, None)
    assert start.signals == {"dense": {"gradient_norm": math.inf}}
    await in_write(database, fail_or_requeue, fence, FailureCode.WORKER_LOST, "gone")
    with pytest.raises(AttemptSuperseded):
        await in_write(database, attempts.record_epochs, fence, [told(3.5)])
    assert await in_read(database, starts.read, fence.job_id) == stored


async def starts_of(database: Database) -> dict[str, list[str]]:
    async with database.read() as connection:
        rows = await connection.execute(select(JobStart.job_id, JobStart.start_json))
        return {job_id: [text] for job_id, text in rows}


async def stored_bytes(database: Database, job_id: str) -> int:
    async with database.read() as connection:
        epochs = select(row_sizes.of_epochs(Epoch.metrics_json.expression)).where(Epoch.job_id == job_id)
        own = select(row_sizes.of_all_signals(EpochSignals.signals_json.expression))
        found = [await connection.scalar(epochs), await connection.scalar(own.where(EpochSignals.job_id == job_id))]
        return sum(int(size or 0) for size in found)


async def test_their_rows_count_among_the_jobs_and_go_with_it(database: Database) -> None:
    fence = await running(database)
    before = await growth_of(database, fence.job_id)
    await record_measured(database, fence, 1, 2, 3)
    assert await growth_of(database, fence.job_id) == before + await stored_bytes(database, fence.job_id)
    used = (await in_read(database, quotas.consumption_of, DEFAULT_PROJECT)).database_bytes
    assert used == await growth_of(database, fence.job_id)
    await in_write(database, fail_or_requeue, fence, FailureCode.WORKER_LOST, "gone")
    again = await claim(database)
    changed = await growth_of(database, fence.job_id)
    kept = await stored_bytes(database, fence.job_id)
    await in_write(database, attempts.record_started, again, epochs=3, from_epoch=1)
    freed = kept - await stored_bytes(database, fence.job_id)
    assert freed > 0
    assert await growth_of(database, fence.job_id) == changed + row_sizes.CHANGE_BYTES - freed
    await in_write(database, finish, again, Ending(status=JobStatus.SUCCEEDED, results={}))
    await in_write(database, removals.delete_job, fence.job_id, DEFAULT_PROJECT)
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(EpochSignals)) == 0
    assert await in_read(database, jobs.get, fence.job_id, DEFAULT_PROJECT) is None


# --- pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 30, 31])
@pytest.mark.parametrize("layer", [None, "dense", "dense_1"])
async def test_pages_go_on_where_the_last_one_stopped(database: Database, limit: int, layer: str | None) -> None:
    fence = await running(database)
    await record_measured(database, fence, *range(1, 11))
    expected = [row for row in rows(*range(1, 11)) if layer in {None, row.layer}]
    start: Position | None = Position(1)
    found: list[LayerRow] = []
    while start is not None:
        shown, start = await page(database, fence.job_id, start, limit=limit, layer=layer)
        assert 1 <= len(shown) <= limit
        assert start is None or len(shown) == limit
        found += shown
    assert found == expected


async def test_a_page_ends_early_where_it_would_be_long(database: Database) -> None:
    fence = await running(database)
    layers = tuple(f"layer_{number}" for number in range(20))
    await record_measured(database, fence, *range(1, 5), layers=layers)
    for layer in (None, "layer_7"):
        start: Position | None = Position(1)
        found: list[LayerRow] = []
        pages = 0
        while start is not None:
            shown, start = await page(database, fence.job_id, start, layer=layer, most_bytes=1000)
            assert 1 <= len(shown) <= 3
            found += shown
            pages += 1
        assert pages > 2
        assert [(row.epoch, row.layer) for row in found] == [
            (epoch, name) for epoch in range(1, 5) for name in layers if layer in {None, name}
        ]


async def test_a_layer_without_signals_has_no_rows(database: Database) -> None:
    fence = await running(database)
    await record_measured(database, fence, *range(1, 4))
    assert await page(database, fence.job_id, layer="dropout", limit=1) == ([], None)


async def test_the_measure_of_a_page_is_what_is_read_and_what_is_answered(database: Database) -> None:
    fence = await running(database)
    await record_measured(database, fence, 1, 2)
    like = await in_read(database, signals.sample, fence.job_id, Position(1))
    assert like is not None
    assert like.layers == LAYERS
    short, long = (Wanted(Position(1), limit, None, 2**22).estimated_bytes(like) for limit in (3, 9999))
    assert short == 2 * 3 * signals.ROW_BYTES
    assert 2**21 < long <= 2**22
