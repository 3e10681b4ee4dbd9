"""Jobs that end before their reference is there: looked at once more, by one worker, and then final."""

import json

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import endings, findings, second_looks
from db.attempts.attempts import Fence
from db.attempts.endings import Ending
from db.attempts.findings import NewFindings
from db.connections.engine import Database
from db.datasets import references
from db.jobs import events, removals
from db.tables.attempts import SecondLook
from db.tables.base import DEFAULT_PROJECT
from db.tables.columns import db_now
from spec.states import JobStatus
from tests.db.scenes import in_read, in_write, read, running

KNOWN = {"metric": "accuracy", "guess": 0.1, "models": {"nearest_neighbors": 0.9}}
DEAD_UNITS = {"id": "finding_dead_units", "rule": "dead_units", "severity": "warning"}


async def ended(database: Database, key: str | None = "key", *, is_awaiting: bool = True) -> Fence:
    """A job that has ended, whose reference is awaited."""
    fence = await running(database, epochs=2)
    if key is not None:
        await in_write(database, references.note, fence.job_id, key)
    results = {"evaluation": {"validation": {"accuracy": 0.5}}}
    ending = Ending(status=JobStatus.SUCCEEDED, results=results, is_awaiting=is_awaiting)
    for _ in range(2):  # what a commit of unknown outcome may repeat
        await in_write(database, endings.finish, fence, ending)
    return fence


async def is_final(database: Database, fence: Fence) -> bool:
    return (await in_read(database, findings.read, fence.job_id, DEFAULT_PROJECT)).is_final


async def due(database: Database) -> list[str]:
    return await in_read(database, second_looks.due, "", 10)


async def noted_before(database: Database, fence: Fence, seconds: float) -> None:
    """Have it ended so long ago."""
    async with database.write() as connection:
        of_job = update(SecondLook).where(SecondLook.job_id == fence.job_id)
        await connection.execute(of_job.values(noted_at=db_now(-seconds)))


async def test_it_is_due_once_the_reference_is_known_or_nobody_computes_it_any_more(database: Database) -> None:
    waiting, lonely, without = await ended(database), await ended(database, "other"), await ended(database, None)
    settled = await ended(database, is_awaiting=False)
    assert [await is_final(database, one) for one in (waiting, lonely, without, settled)] == [False, False, False, True]
    assert await due(database) == []
    assert await in_write(database, references.claim, "key", [])
    for one in (waiting, lonely, without):
        await noted_before(database, one, second_looks.WAIT_SECONDS + 1)
    # Of the first, a worker is about to tell.
    assert await due(database) == sorted([lonely.job_id, without.job_id])
    await noted_before(database, waiting, second_looks.LONGEST_WAIT_SECONDS + 1)
    assert waiting.job_id in await due(database)
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
