"""What the coach found: stored as a whole beside its job, told once as events, and fenced like all of an attempt."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select, text

from db.attempts import findings
from db.attempts.attempts import Fence
from db.attempts.endings import Ending, fail_or_requeue, finish
from db.attempts.findings import NewFindings
from db.connections.engine import Database
from db.errors import AttemptSuperseded, JobNotFound
from db.jobs import events, jobs, removals
from db.tables.attempts import JobFindings
from db.tables.base import DEFAULT_PROJECT
from db.tables.jobs import Job
from spec.states import FailureCode, JobStatus
from tests.db.scenes import claim, in_read, in_write, read, running, submit


def found(*rules: str, severity: str = "hint", epoch: int = 1) -> NewFindings:
    return NewFindings([{"id": f"finding_{rule}", "rule": rule, "severity": severity} for rule in rules], epoch)


async def stored(database: Database, job_id: str) -> list[Any]:
    return json.loads((await in_read(database, findings.read, job_id, DEFAULT_PROJECT)).findings_json)


async def told(database: Database, job_id: str) -> list[dict[str, Any]]:
    page = await in_read(database, events.list_page, job_id, 0, 100)
    return [json.loads(event.data_json) for event in page if event.type == events.FINDING]


async def bytes_of(database: Database, job_id: str) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(select(Job.row_bytes + Job.growth_bytes).where(Job.id == job_id)) or 0)


async def test_each_is_told_once_and_again_once_it_is_graver(database: Database) -> None:
    fence = await running(database)
    revision = (await read(database, fence.job_id)).revision
    await in_write(database, findings.record, fence, found("dead_units", "overfitting"))
    # The same again: what a commit of unknown outcome may repeat.
    await in_write(database, findings.record, fence, found("dead_units", "overfitting"))
    await in_write(database, findings.record, fence, found("dead_units", severity="error", epoch=4))
    await in_write(database, findings.record, fence, found("overfitting", "dead_units", epoch=5))
    assert [one["rule"] for one in await stored(database, fence.job_id)] == ["overfitting", "dead_units"]
    expected = [
        {"attempt": 1, "after_epoch": 1, "id": "finding_dead_units", "rule": "dead_units", "severity": "hint"},
        {"attempt": 1, "after_epoch": 1, "id": "finding_overfitting", "rule": "overfitting", "severity": "hint"},
        {"attempt": 1, "after_epoch": 4, "id": "finding_dead_units", "rule": "dead_units", "severity": "error"},
    ]
    assert await told(database, fence.job_id) == expected
    assert (await read(database, fence.job_id)).revision == revision + 4


async def test_a_later_attempt_replaces_them_and_tells_none_again(database: Database) -> None:
    first = await running(database)
    await in_write(database, findings.record, first, found("dead_units"))
    await in_write(database, fail_or_requeue, first, FailureCode.WORKER_LOST, "gone")
    second = await claim(database)
    await in_write(database, findings.record, second, found("dead_units", "overfitting", epoch=3))
    assert [one["rule"] for one in await told(database, first.job_id)] == ["dead_units", "overfitting"]
    with pytest.raises(AttemptSuperseded):
        await in_write(database, findings.record, first, found())
    assert len(await stored(database, first.job_id)) == 2


async def test_what_the_spec_shows_stands_until_a_training_was_looked_at(database: Database) -> None:
    fence = await running(database, findings_json='[{"id":"finding_of_spec"}]')
    assert await stored(database, fence.job_id) == [{"id": "finding_of_spec"}]
    await in_write(database, findings.record, fence, found())
    assert await stored(database, fence.job_id) == []
    assert (await read(database, fence.job_id)).findings_json == '[{"id":"finding_of_spec"}]'
    assert not (await in_read(database, findings.read, fence.job_id, DEFAULT_PROJECT)).is_final
    await in_write(database, finish, fence, Ending(status=JobStatus.SUCCEEDED))
    assert (await in_read(database, findings.read, fence.job_id, DEFAULT_PROJECT)).is_final
    with pytest.raises(JobNotFound):
        await in_read(database, findings.read, fence.job_id, "another")


async def test_their_bytes_are_counted_and_go_with_the_job(database: Database) -> None:
    plain, hinted = await submit(database), await submit(database, findings_json="[12345678]")
    assert await bytes_of(database, hinted.id) == await bytes_of(database, plain.id) + len("[12345678]")
    fence = await running(database)
    before = await bytes_of(database, fence.job_id)
    await in_write(database, findings.record, fence, found("dead_units"))
    once = await bytes_of(database, fence.job_id)
    await in_write(database, findings.record, fence, found("dead_units"))
    assert await bytes_of(database, fence.job_id) == once
    async with database.read() as connection:
        texts = (
            await connection.execute(select(JobFindings.findings_json, JobFindings.told_json).select_from(JobFindings))
        ).one()
    assert once - before > sum(map(len, texts))
    await in_write(database, finish, fence, Ending(status=JobStatus.SUCCEEDED))
    await in_write(database, removals.delete_job, fence.job_id, DEFAULT_PROJECT)
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(JobFindings)) == 0


async def test_beside_an_end_they_fail_alone(database: Database) -> None:
    fence = await running(database)
    async with database.write() as connection:
        await connection.execute(text("DROP TABLE job_findings"))
    async with database.write() as connection:
        error = await findings.record_beside(connection, fence, found("dead_units"))
        await finish(connection, fence, Ending(status=JobStatus.SUCCEEDED))
    assert error is not None
    assert (await read(database, fence.job_id)).status is JobStatus.SUCCEEDED
    assert await told(database, fence.job_id) == []
    async with database.write() as connection:
        refused = await findings.record_beside(connection, Fence(fence.job_id, 7), found())
    assert isinstance(refused, AttemptSuperseded)


async def test_lists_are_bounded_by_what_they_show_of_specs(database: Database) -> None:
    for _ in range(3):
        await submit(database, findings_json=json.dumps(["x" * 1000]))
    page = await in_read(database, jobs.list_page, DEFAULT_PROJECT, jobs.JobFilter(), 10, None, most_bytes=2500)
    assert len(page) == 2
    assert page.has_more
