from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts.endings import Ending, finish
from db.connections.engine import Database
from db.errors import JobAlreadyEnded, JobNotFound
from db.jobs import events, jobs, outbox
from db.jobs.jobs import JobFilter, NewJob
from db.queue import claims, positions
from db.tables.base import DEFAULT_PROJECT
from db.tables.jobs import Job
from spec.ids import new_id
from spec.states import JobStatus
from tests.db.scenes import claim, draft, in_read, in_write, read, running, submit


async def test_a_job_is_made_with_its_event_and_its_outbox_entry(database: Database) -> None:
    row = await submit(database, name="a job", metadata={"team": "vision"}, accelerator="cpu", max_runtime_seconds=60)
    assert row == await read(database, row.id)
    assert (row.status, row.attempt, row.epoch, row.epochs, row.fraction) == (JobStatus.QUEUED, 0, 0, 3, 0.0)
    assert row.metadata_json == '{"team":"vision"}'
    assert row.created_at.utcoffset() == timedelta(0)
    assert abs(row.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    history = await in_read(database, events.list_page, row.id, 0, 10)
    assert [event.type for event in history] == ["job.created"]
    assert [entry.job_id for entry in await in_read(database, outbox.unpublished, 10)] == [row.id]


async def test_all_that_is_said_of_a_new_job_is_written_and_read_again(database: Database) -> None:
    parent = await submit(database)
    said = {
        "name": "a job",
        "metadata": {"team": "vision"},
        "accelerator": "gpu",
        "gpus": 2,
        "priority": 4,
        "max_attempts": 5,
        "max_runtime_seconds": 60.5,
        "parent": parent.id,
        "sweep": "a sweep",
        "train_rows": 1000,
        "request_id": "req_1",
        "traceparent": "00-1-2-01",
        "pause_at_epoch": 2,
        "dataset_facts_json": "{}",
        "findings_json": '[{"rule":"missing_nonlinearity"}]',
        "validation_dataset": new_id("ds"),
        "initial_weights": parent.id,
        "initial_weights_json": "{}",
        "first_epoch": 1,
    }
    new = draft(**said)
    blank = draft(id=new.id)
    as_before = {"id", "project", "kind", "spec_json", "seed", "dataset", "epochs", "created_at"}
    for field in fields(NewJob):
        assert (getattr(new, field.name) == getattr(blank, field.name)) == (field.name in as_before), field.name
    row = await in_write(database, jobs.create, new)
    assert row == jobs.as_made(new) == await read(database, new.id)
    stored = await in_read(database, stored_job, new.id)
    columns = {field.name for field in fields(NewJob)} - {"metadata"}
    assert {name: stored[name] for name in columns} == {name: getattr(new, name) for name in columns}
    assert stored["row_bytes"] == jobs.bytes_of(new)


async def stored_job(connection: AsyncConnection, job_id: str) -> dict[str, object]:
    """A job's row as it stands in the table."""
    return dict((await connection.execute(select(Job.__table__).where(Job.id == job_id))).mappings().one())


async def test_a_transaction_that_fails_leaves_nothing_of_a_job(database: Database) -> None:
    made = draft()

    async def create_and_fail(connection: AsyncConnection) -> None:
        await jobs.create(connection, made)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await in_write(database, create_and_fail)
    assert await in_read(database, jobs.get, made.id, DEFAULT_PROJECT) is None
    assert await in_read(database, outbox.unpublished, 10) == []


async def test_lists_are_newest_first_and_go_on_where_they_stopped(database: Database) -> None:
    made = [(await submit(database)).id for _ in range(5)]
    first = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 3)
    rest = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 3, first[-1].id)
    assert [row.id for row in [*first, *rest]] == made[::-1]


async def test_lists_by_metadata_are_in_the_same_order(database: Database) -> None:
    made = [
        (await submit(database, metadata={"a": "b", "c": "d"} if number % 2 else {"a": "b"})).id for number in range(7)
    ]
    for metadata, expected in (
        ({"a": "b"}, made[::-1]),
        ({"a": "b", "c": "d"}, made[5::-2]),
        ({"c": "d"}, made[5::-2]),
    ):
        first = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(metadata=metadata), 2)
        rest = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(metadata=metadata), 10, first[-1].id)
        assert [row.id for row in [*first, *rest]] == expected


async def test_each_filter_finds_its_jobs_alone(database: Database) -> None:
    wanted = await submit(
        database,
        name="it",
        dataset="iris",
        sweep="sweep_1",
        parent="job_1",
        metadata={"team": "vision", "odd key \"'": "x"},
    )
    other = await submit(database, name="other", metadata={"team": "speech", "vision": "team"})
    await in_write(database, jobs.request_cancel, other.id, DEFAULT_PROJECT)
    after = wanted.created_at - timedelta(milliseconds=5)
    for job_filter in (
        JobFilter(status=(JobStatus.QUEUED,)),
        JobFilter(status=(JobStatus.RUNNING, JobStatus.QUEUED)),
        JobFilter(status=(JobStatus.RUNNING, JobStatus.QUEUED), metadata={"team": "vision"}),
        JobFilter(ids=(wanted.id, "job_1")),
        JobFilter(name="it"),
        JobFilter(dataset="iris"),
        JobFilter(sweep="sweep_1"),
        JobFilter(parent="job_1"),
        JobFilter(metadata={"team": "vision"}),
        JobFilter(metadata={"team": "vision", "odd key \"'": "x"}),
        JobFilter(name="it", created_after=after, created_before=after + timedelta(hours=1)),
    ):
        assert [row.id for row in await in_read(database, jobs.list_page, DEFAULT_PROJECT, job_filter, 10)] == [
            wanted.id
        ], job_filter
    for job_filter in (
        JobFilter(metadata={"team": "vision", "vision": "team"}),
        JobFilter(name="it", status=(JobStatus.RUNNING,)),
        JobFilter(name="it", status=(JobStatus.RUNNING, JobStatus.CANCELLED)),
        JobFilter(ids=(other.id,), name="it"),
        JobFilter(created_after=datetime.max.replace(tzinfo=UTC)),
        JobFilter(created_before=datetime.min.replace(tzinfo=UTC)),
    ):
        assert await in_read(database, jobs.list_page, DEFAULT_PROJECT, job_filter, 10) == [], job_filter


async def test_jobs_of_several_states_are_paged_as_all_are(database: Database) -> None:
    made = [(await submit(database)).id for _ in range(7)][::-1]
    for number in (1, 4):
        await in_write(database, jobs.request_cancel, made[number], DEFAULT_PROJECT)
    both, before, seen = JobFilter(status=(JobStatus.CANCELLED, JobStatus.QUEUED)), None, list[str]()
    while rows := await in_read(database, jobs.list_page, DEFAULT_PROJECT, both, 2, before):
        seen += [row.id for row in rows]
        before = seen[-1]
    assert seen == made


async def test_times_of_making_part_the_jobs_to_the_microsecond(database: Database) -> None:
    job = await submit(database, metadata={"team": "vision"})
    tick = timedelta(microseconds=1)
    for metadata in ({}, {"team": "vision"}):
        for is_in, times in (
            (False, {"created_after": job.created_at}),
            (True, {"created_after": job.created_at - tick}),
            (False, {"created_before": job.created_at}),
            (True, {"created_before": job.created_at + tick}),
        ):
            found = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(metadata=metadata, **times), 10)
            assert [row.id for row in found] == [job.id] * is_in, times


async def test_metadata_of_any_length_is_kept_and_found(database: Database) -> None:
    long = {"k" * 500: "v" * 20_000}
    row = await submit(database, metadata=long)
    found = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(metadata=long), 10)
    assert [job.id for job in found] == [row.id]


async def test_text_no_database_takes_is_no_error(database: Database) -> None:
    await submit(database, name="nul \0 and half a pair \ud800")
    for text in ("\0", "\ud800", "job_\0"):
        assert await in_read(database, jobs.get, text, DEFAULT_PROJECT) is None
        assert (
            await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(name=text, metadata={text: text}), 10)
            == []
        )


async def test_cancelling_a_queued_job_ends_it_at_once(database: Database) -> None:
    row = await submit(database)
    cancelled = await in_write(database, jobs.request_cancel, row.id, DEFAULT_PROJECT)
    assert cancelled.status is JobStatus.CANCELLED
    assert cancelled.ended_at is not None
    assert cancelled.revision == row.revision + 1
    assert await in_write(database, jobs.request_cancel, row.id, DEFAULT_PROJECT) == cancelled
    assert await in_write(database, claims.claim_next, "worker_1", 0, ["cpu"], 30) is None
    history = await in_read(database, events.list_page, row.id, 0, 10)
    assert [event.type for event in history] == ["job.created", "job.cancelled"]


async def test_cancelling_a_running_job_asks_its_worker_once(database: Database) -> None:
    fence = await running(database)
    asked = await in_write(database, jobs.request_cancel, fence.job_id, DEFAULT_PROJECT)
    assert asked.status is JobStatus.RUNNING
    assert asked.cancel_requested_at is not None
    assert await in_write(database, jobs.request_cancel, fence.job_id, DEFAULT_PROJECT) == asked
    history = await in_read(database, events.list_page, fence.job_id, 0, 10)
    assert [event.type for event in history].count("job.cancel_requested") == 1


async def test_another_projects_job_is_not_there(database: Database) -> None:
    row = await submit(database)
    for ask in (jobs.request_cancel, jobs.request_pause, jobs.request_resume):
        with pytest.raises(JobNotFound):
            await in_write(database, ask, row.id, "another")
    assert await in_read(database, jobs.get, row.id, "another") is None
    assert not await in_read(database, jobs.is_there, row.id, "another")
    assert await in_read(database, jobs.list_page, "another", JobFilter(), 10) == []
    assert await in_read(database, jobs.get, row.id, DEFAULT_PROJECT) == row
    assert await in_read(database, jobs.is_there, row.id, DEFAULT_PROJECT)


async def test_cancelling_what_is_not_there_or_has_ended_is_refused(database: Database) -> None:
    with pytest.raises(JobNotFound):
        await in_write(database, jobs.request_cancel, new_id("job"), DEFAULT_PROJECT)
    fence = await running(database)
    await in_write(database, finish, fence, Ending(status=JobStatus.SUCCEEDED))
    with pytest.raises(JobAlreadyEnded) as refused:
        await in_write(database, jobs.request_cancel, fence.job_id, DEFAULT_PROJECT)
    assert refused.value.status is JobStatus.SUCCEEDED


async def test_places_in_the_queue_are_the_order_of_the_claims(database: Database) -> None:
    plan = [("any", 0), ("gpu", 0), ("cpu", 5), ("cpu", 0), ("any", -1), ("gpu", 9), ("any", 5), ("cpu", 0)]
    made = [(await submit(database, accelerator=kind, priority=priority)).id for kind, priority in plan]
    expected = dict(zip(made, [4, 4, 1, 4, 8, 1, 3, 5], strict=True))
    together = await in_read(database, positions.queue_positions, made)
    assert together == expected
    for job_id, place in expected.items():
        assert await in_read(database, positions.queue_position, job_id) == place
    order = [(await claim(database)).job_id for _ in range(6)]
    assert order == [made[index] for index in (2, 6, 0, 3, 7, 4)]
    assert await in_read(database, positions.queue_position, made[2]) is None
    assert await in_read(database, positions.queue_positions, [made[2], made[1]]) == {made[1]: 2}
