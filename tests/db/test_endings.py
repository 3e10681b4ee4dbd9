import asyncio
import json
import math
from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import artifacts, attempts, endings, leases
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.endings import Ending, NewArtifact
from db.connections.engine import Database
from db.errors import AttemptSuperseded, JobAlreadyEnded
from db.jobs import events, jobs, outbox
from db.tables.attempts import Attempt
from db.tables.base import DEFAULT_PROJECT
from spec.states import ENDED, FailureCode, JobStatus
from tests.db.scenes import claim, in_read, in_write, read, running

MODEL = NewArtifact("model.keras", "jobs/1/1/model.keras", "application/octet-stream", 2**40, "ab" * 32)
LOG = NewArtifact("logs", "jobs/1/1/logs", "text/plain", 0, "cd" * 32)


async def outcome_of(database: Database, job_id: str) -> list[tuple[int, str | None]]:
    """Number and outcome of each attempt."""
    statement = select(Attempt.attempt, Attempt.outcome).where(Attempt.job_id == job_id).order_by(Attempt.attempt)
    rows = await in_read(database, lambda connection: connection.execute(statement))
    return [tuple(row) for row in rows]


async def types_of(database: Database, job_id: str) -> list[str]:
    """The job's history in short."""
    return [event.type for event in await in_read(database, events.list_page, job_id, 0, 100)]


async def test_success_is_told_with_results_and_artifacts(database: Database) -> None:
    fence = await running(database, epochs=3)
    ending = Ending(
        status=JobStatus.SUCCEEDED,
        results={"final": {"loss": math.nan, "list": [math.inf, 1]}, "tuple": (1.5,)},
        artifacts=[MODEL, LOG],
    )
    await in_write(database, endings.finish, fence, ending)
    row = await read(database, fence.job_id)
    assert (row.status, row.fraction, row.eta_seconds) == (JobStatus.SUCCEEDED, 1.0, None)
    assert row.ended_at is not None
    assert (row.worker_id, row.slot, row.lease_expires_at) == (None, None, None)
    _, stored = await in_read(database, jobs.get_with_results, fence.job_id, DEFAULT_PROJECT)
    assert json.loads(stored) == {"final": {"loss": "NaN", "list": ["Infinity", 1]}, "tuple": [1.5]}
    assert [
        (found.name, found.size_bytes, found.attempt)
        for found in await in_read(database, artifacts.list_for, fence.job_id)
    ] == [
        ("logs", 0, 1),
        ("model.keras", 2**40, 1),
    ]
    found = await in_read(database, artifacts.get, fence.job_id, "model.keras")
    assert (found.key, found.media_type, found.sha256) == (MODEL.key, MODEL.media_type, MODEL.sha256)
    assert await in_read(database, artifacts.get, fence.job_id, "other") is None
    assert await outcome_of(database, fence.job_id) == [(1, "succeeded")]
    assert (await types_of(database, fence.job_id))[-1] == "job.succeeded"


async def test_a_failure_says_whose_fault_it_was(database: Database) -> None:
    fence = await running(database, epochs=1)
    failure = Ending(
        status=JobStatus.FAILED,
        error_code=FailureCode.DIVERGED,
        error_message="The loss is not a number.",
        error_pointer="/training/optimizer",
        artifacts=[LOG],
    )
    await in_write(database, endings.finish, fence, failure)
    row = await read(database, fence.job_id)
    assert (row.status, row.error_code, row.error_message, row.error_pointer, row.fraction) == (
        JobStatus.FAILED,
        "diverged",
        "The loss is not a number.",
        "/training/optimizer",
        1 / 3,
    )
    history = await in_read(database, events.list_page, fence.job_id, 0, 100)
    assert (history[-1].type, history[-1].data_json) == ("job.failed", '{"attempt":1,"code":"diverged"}')


async def test_an_ending_of_unknown_outcome_can_be_repeated(database: Database) -> None:
    fence = await running(database)
    ending = Ending(status=JobStatus.SUCCEEDED, artifacts=[MODEL])
    await in_write(database, endings.finish, fence, ending)
    before = await read(database, fence.job_id)
    await in_write(database, endings.finish, fence, ending)
    assert await read(database, fence.job_id) == before
    with pytest.raises(AttemptSuperseded):
        await in_write(database, endings.finish, fence, Ending(status=JobStatus.FAILED))

    lost = await running(database)
    for _ in range(2):
        assert await in_write(database, endings.hand_back, lost, "stopping") is JobStatus.QUEUED
    assert (await types_of(database, lost.job_id)).count("job.requeued") == 1
    await claim(database)
    with pytest.raises(AttemptSuperseded):
        await in_write(database, endings.hand_back, lost, "stopping")


async def test_a_job_handed_back_burns_no_attempt(database: Database) -> None:
    fence = await running(database, max_attempts=1)
    await in_write(database, outbox.mark_published, [fence.job_id])
    for number in range(1, 4):
        assert await in_write(database, endings.hand_back, fence, "the worker stops") is JobStatus.QUEUED
        row = await read(database, fence.job_id)
        assert (row.attempt, row.attempts_counted, row.worker_id) == (number, 0, None)
        assert [entry.job_id for entry in await in_read(database, outbox.unpublished, 10)] == [fence.job_id]
        fence = await claim(database)
    assert await outcome_of(database, fence.job_id) == [
        (1, "handed_back"),
        (2, "handed_back"),
        (3, "handed_back"),
        (4, None),
    ]


async def test_a_lost_attempt_is_tried_again_until_none_is_left(database: Database) -> None:
    fence = await running(database, max_attempts=2)
    lose = (endings.fail_or_requeue, FailureCode.OUT_OF_MEMORY, "The trainer was killed.")
    assert await in_write(database, lose[0], fence, *lose[1:]) is JobStatus.QUEUED
    fence = await claim(database)
    assert await in_write(database, lose[0], fence, *lose[1:]) is JobStatus.FAILED
    assert await in_write(database, lose[0], fence, *lose[1:]) is JobStatus.FAILED
    row = await read(database, fence.job_id)
    assert (row.error_code, row.error_message) == ("out_of_memory", "The trainer was killed.")
    assert row.ended_at is not None
    assert await outcome_of(database, fence.job_id) == [(1, "lost"), (2, "lost")]
    assert await types_of(database, fence.job_id) == [
        "job.created",
        "job.claimed",
        "job.started",
        "job.requeued",
        "job.claimed",
        "job.failed",
    ]


async def test_a_job_asked_to_stop_is_cancelled_instead_of_tried_again(database: Database) -> None:
    for end in (
        lambda fence: in_write(database, endings.hand_back, fence, "stopping"),
        lambda fence: in_write(database, endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "gone"),
    ):
        fence = await running(database)
        await in_write(database, jobs.request_cancel, fence.job_id, DEFAULT_PROJECT)
        assert await end(fence) is JobStatus.CANCELLED
        row = await read(database, fence.job_id)
        assert (row.status, row.error_code) == (JobStatus.CANCELLED, None)


async def test_a_lease_that_ran_out_gives_the_job_to_another(database: Database) -> None:
    live, dying, last, stopped = [await running(database, max_attempts=1 if last else 3) for last in (0, 0, 1, 0)]
    await in_write(database, jobs.request_cancel, stopped.job_id, DEFAULT_PROJECT)
    for fence in (dying, last, stopped):
        await in_write(database, attempts.renew_lease, fence, 0.05)
    await asyncio.sleep(0.1)
    expired = await in_write(database, leases.expire)
    assert {(found.job_id, found.attempt, found.worker_id, found.status) for found in expired} == {
        (dying.job_id, 1, "worker_1", JobStatus.QUEUED),
        (last.job_id, 1, "worker_1", JobStatus.FAILED),
        (stopped.job_id, 1, "worker_1", JobStatus.CANCELLED),
    }
    assert await in_write(database, leases.expire) == []
    assert (await read(database, live.job_id)).status is JobStatus.RUNNING
    assert (await read(database, last.job_id)).error_code == "worker_lost"
    with pytest.raises(AttemptSuperseded):
        await in_write(database, attempts.renew_lease, dying, 30)


async def test_two_reconcilers_expire_each_lease_once(database: Database) -> None:
    fences = [await running(database) for _ in range(20)]
    for fence in fences:
        await in_write(database, attempts.renew_lease, fence, -1)
    rounds = await asyncio.gather(*(in_write(database, leases.expire) for _ in range(4)))
    assert Counter(found.job_id for expired in rounds for found in expired) == {fence.job_id: 1 for fence in fences}


async def test_cancel_and_end_race_to_one_final_state(database: Database) -> None:
    for number in range(100):
        fence = await running(database)

        finish = in_write(database, endings.finish, fence, Ending(status=JobStatus.SUCCEEDED))
        cancel = in_write(database, jobs.request_cancel, fence.job_id, DEFAULT_PROJECT)
        racers = [finish, cancel] if number % 2 else [cancel, finish]
        said = await asyncio.gather(*racers, return_exceptions=True)
        refusals = [refusal for refusal in said if isinstance(refusal, Exception)]
        assert all(isinstance(refusal, JobAlreadyEnded) for refusal in refusals), refusals
        history = await types_of(database, fence.job_id)
        assert (await read(database, fence.job_id)).status is JobStatus.SUCCEEDED
        assert history[-1] == "job.succeeded"
        assert sum(event in events.ENDED.values() for event in history) == 1
        assert ("job.cancel_requested" in history) is not bool(refusals)


async def test_two_endings_race_to_one_final_state(database: Database) -> None:
    for _ in range(50):
        fence = await running(database)
        said = await asyncio.gather(
            *(in_write(database, endings.finish, fence, Ending(status=status)) for status in sorted(ENDED)),
            return_exceptions=True,
        )
        assert sorted(type(answer).__name__ for answer in said) == [
            "AttemptSuperseded",
            "AttemptSuperseded",
            "NoneType",
        ]
        history = await types_of(database, fence.job_id)
        assert sum(event in events.ENDED.values() for event in history) == 1


async def test_last_epochs_and_the_end_may_be_written_twice_and_by_no_former_attempt(database: Database) -> None:
    """A commit of unknown outcome is repeated as a whole: the epochs that came with the end, too."""
    lost, fence = await running(database, epochs=1), await running(database, epochs=1)
    records = [EpochRecord(epoch, {"loss": 0.5}, 0.1, Progress(epoch / 3, None)) for epoch in (2, 3)]

    async def end(connection: AsyncConnection, of: Fence, how: str) -> None:
        await endings.record_last_epochs(connection, of, records)
        if how == "succeeded":
            await endings.finish(connection, of, Ending(status=JobStatus.SUCCEEDED, results={}, artifacts=[MODEL]))
        else:
            await endings.hand_back(connection, of, "stopping")

    for _ in range(2):
        await in_write(database, end, fence, "succeeded")
        await in_write(database, end, lost, "handed back")
    rows = [await read(database, one.job_id) for one in (fence, lost)]
    assert [(row.status, row.epoch) for row in rows] == [(JobStatus.SUCCEEDED, 3), (JobStatus.QUEUED, 3)]
    assert [one.name for one in await in_read(database, artifacts.list_for, fence.job_id)] == ["model.keras"]
    second = await claim(database)
    assert second.job_id == lost.job_id
    before = await read(database, lost.job_id)
    for how in ("succeeded", "handed back"):
        with pytest.raises(AttemptSuperseded):
            await in_write(database, end, lost, how)
    assert await read(database, lost.job_id) == before
