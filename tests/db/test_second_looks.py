"""Jobs that end before their reference is there: looked at once more, by one worker, and then final."""

import json

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import endings, findings, second_looks
from db.attempts.attempts import Fence
from db.attempts.endings import Ending
from db.attempts.findings import NewFindings
from db.connections.engine import Database
from db.datasets import references
from db.jobs import controls, events, removals
from db.repairs import repairs
from db.tables import row_sizes
from db.tables.attempts import SecondLook
from db.tables.base import DEFAULT_PROJECT
from db.tables.columns import db_now
from db.tables.jobs import Job
from spec.states import JobStatus
from tests.db.scenes import in_read, in_write, read, running

KNOWN = {"metric": "accuracy", "guess": 0.1, "models": {"nearest_neighbors": 0.9}}
DEAD_UNITS = {"id": "finding_dead_units", "rule": "dead_units", "severity": "warning"}


async def ended(
    database: Database, key: str | None = "key", *, is_awaiting: bool = True, repair_json: str | None = None
) -> Fence:
    """A job that has ended, whose reference is awaited; and whether it is repaired, if that is possible."""
    fence = await running(database, epochs=2)
    if key is not None:
        await in_write(database, references.note, fence.job_id, key)
    results = {"evaluation": {"validation": {"accuracy": 0.5}}}
    ending = Ending(
        status=JobStatus.SUCCEEDED,
        results=results,
        is_awaiting=is_awaiting,
        repair_json=repair_json,
        is_undecided=repair_json is not None,
    )
    for _ in range(2):  # what a commit of unknown outcome may repeat
        await in_write(database, endings.finish, fence, ending)
    return fence


async def is_final(database: Database, fence: Fence) -> bool:
    return (await in_read(database, findings.read, fence.job_id, DEFAULT_PROJECT)).is_final


async def bytes_of(database: Database, job_id: str) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(select(Job.row_bytes + Job.growth_bytes).where(Job.id == job_id)) or 0)


async def due(database: Database) -> list[str]:
    return await in_read(database, second_looks.due, "", 10)


async def noted_before(database: Database, fence: Fence, seconds: float) -> None:
    """Have it ended so long ago."""
    async with database.write() as connection:
        of_job = update(SecondLook).where(SecondLook.job_id == fence.job_id)
        await connection.execute(of_job.values(noted_at=db_now(-seconds)))


async def test_it_is_due_once_the_reference_is_known_or_nobody_computes_it_any_more(database: Database) -> None:
    waiting, lonely, without = await ended(database), await ended(database, "other"), await ended(database, None)
    unbegun = await ended(database, "unbegun")
    held_up = await ended(database, "held up", repair_json="{}")
    settled = await ended(database, is_awaiting=False)
    assert [await is_final(database, one) for one in (waiting, lonely, without, settled)] == [False, False, False, True]
    assert await due(database) == []
    assert await in_write(database, references.claim, "key", [])
    assert await in_write(database, references.claim, "other", [])
    await in_write(database, references.release, "other")
    for one in (waiting, lonely, without, unbegun, held_up):
        await noted_before(database, one, second_looks.WAIT_SECONDS + 1)
    # Of the first, a worker is about to tell; of `unbegun`, one has to compute others before. Results that wait do not
    # wait for that.
    assert await due(database) == sorted([lonely.job_id, without.job_id, held_up.job_id])
    for one in (waiting, unbegun):
        await noted_before(database, one, second_looks.LONGEST_WAIT_SECONDS + 1)
    assert {waiting.job_id, unbegun.job_id} <= set(await due(database))
    await noted_before(database, waiting, 0)
    assert waiting.job_id not in await due(database)
    await in_write(database, references.record, "key", KNOWN)
    assert waiting.job_id in await due(database)
    assert await in_read(database, second_looks.due, waiting.job_id, 10) == [
        one for one in await due(database) if one > waiting.job_id
    ]


async def test_one_look_counts_and_what_it_finds_is_final_and_told(database: Database) -> None:
    fence = await ended(database)
    job = await in_read(database, second_looks.find, fence.job_id)
    assert job is not None
    assert (job.project, job.attempt, job.epoch, job.first_epoch) == (DEFAULT_PROJECT, 1, 2, 0)
    assert (job.error_code, job.findings_json) == (None, "[]")
    assert json.loads(job.results_json or "")["evaluation"]["validation"] == {"accuracy": 0.5}
    revision = (await read(database, fence.job_id)).revision

    async def dies(connection: AsyncConnection) -> None:
        assert await second_looks.take(connection, fence.job_id) == fence
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await in_write(database, dies)
    assert not await is_final(database, fence)
    async with database.write() as connection:
        assert await second_looks.take(connection, fence.job_id) == fence
        assert await findings.replace_beside(connection, fence, NewFindings([DEAD_UNITS], 2)) is None
    assert await is_final(database, fence)
    assert (await read(database, fence.job_id)).revision > revision
    assert await in_write(database, second_looks.take, fence.job_id) is None
    assert await in_read(database, second_looks.find, fence.job_id) is None
    stored = await in_read(database, findings.read, fence.job_id, DEFAULT_PROJECT)
    assert json.loads(stored.findings_json) == [DEAD_UNITS]
    page = await in_read(database, events.list_page, fence.job_id, 0, 100)
    assert [event.type for event in page][-2:] == ["job.succeeded", events.FINDING]
    assert json.loads(page[-1].data_json) == {"attempt": 1, "after_epoch": 2, **DEAD_UNITS}


async def test_it_goes_with_its_job(database: Database) -> None:
    fence = await ended(database)
    await in_write(database, removals.delete_job, fence.job_id, DEFAULT_PROJECT)
    assert await in_write(database, second_looks.take, fence.job_id) is None
    await noted_before(database, fence, 1e6)
    assert await due(database) == []


async def test_what_was_asked_to_be_cancelled_is_not_repaired_though_it_came_to_its_end(database: Database) -> None:
    """Decided at once, or left to the second look, which has nothing to decide then."""
    for status, is_undecided in ((JobStatus.SUCCEEDED, False), (JobStatus.FAILED, True)):
        ending = Ending(status=status, repair_json="{}", is_awaiting=True, is_undecided=is_undecided)
        fence = await running(database, epochs=2)
        await in_write(database, controls.request_cancel, fence.job_id, DEFAULT_PROJECT)
        for _ in range(2):
            await in_write(database, endings.finish, fence, ending)
        row = await read(database, fence.job_id)
        assert (row.status, row.is_repairing) == (ending.status, False)
        assert await in_read(database, repairs.find, fence.job_id) is None
        assert await types_of(database, fence) == ["job.cancel_requested", f"job.{ending.status}"]
        job = await in_read(database, second_looks.find, fence.job_id)
        assert job is not None
        assert not job.decides_repair


async def decided(database: Database, fence: Fence, *, is_poor: bool) -> None:
    """What a second look does that decides on a repair."""
    async with database.write() as connection:
        assert await second_looks.take(connection, fence.job_id) == fence
        if is_poor:
            await repairs.decide(connection, fence.job_id, '{"a":1}')
        else:
            await repairs.withdraw(connection, fence.job_id)


async def types_of(database: Database, fence: Fence) -> list[str]:
    page = await in_read(database, events.list_page, fence.job_id, 0, 100)
    return [event.type for event in page][-2:]


@pytest.mark.parametrize("is_poor", [True, False])
async def test_a_repair_takes_no_step_before_it_is_decided(database: Database, is_poor: bool) -> None:
    fence = await ended(database, repair_json="{}")
    job = await in_read(database, second_looks.find, fence.job_id)
    assert job is not None
    assert job.decides_repair
    assert (await read(database, fence.job_id)).is_repairing
    assert await in_read(database, repairs.due, "", 10) == []
    before = await bytes_of(database, fence.job_id)
    await decided(database, fence, is_poor=is_poor)
    row = await in_read(database, repairs.find, fence.job_id)
    assert (row and row.plan_json) == ('{"a":1}' if is_poor else None)
    assert await in_read(database, repairs.due, "", 10) == ([fence.job_id] if is_poor else [])
    assert (await read(database, fence.job_id)).is_repairing is is_poor
    assert await types_of(database, fence) == [
        "job.succeeded",
        events.REPAIR_STARTED if is_poor else events.REPAIR_ENDED,
    ]
    # What a repair takes is given back, but for the event.
    grown = row_sizes.CHANGE_BYTES - row_sizes.of_repair("{}")
    assert await bytes_of(database, fence.job_id) - before == (len('{"a":1}') - len("{}") if is_poor else grown)


@pytest.mark.parametrize("is_poor", [True, False])
async def test_a_repair_that_is_cancelled_first_stays_so(database: Database, is_poor: bool) -> None:
    fence = await ended(database, repair_json="{}")
    await in_write(database, controls.request_cancel, fence.job_id, DEFAULT_PROJECT)
    await in_write(database, controls.request_cancel, fence.job_id, DEFAULT_PROJECT)
    await decided(database, fence, is_poor=is_poor)
    row = await in_read(database, repairs.find, fence.job_id)
    assert row is not None
    assert (row.status, row.plan_json) == ("cancelled", "{}")
    assert not (await read(database, fence.job_id)).is_repairing
    assert await types_of(database, fence) == ["job.succeeded", events.REPAIR_ENDED]
    assert await in_read(database, repairs.due, "", 10) == []
