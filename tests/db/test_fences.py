"""Every write of an attempt is refused once a later attempt owns the job, or none does; and works while it does."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import attempts, checkpoints, endings, findings
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.checkpoints import NewCheckpoint
from db.attempts.endings import Ending
from db.attempts.findings import NewFindings
from db.connections.engine import Database
from db.errors import AttemptSuperseded
from spec.states import FailureCode, JobStatus
from tests.db.scenes import claim, in_read, in_write, read, running

Write = Callable[[AsyncConnection, Fence], Awaitable[Any]]

WRITES: dict[str, Write] = {
    "record_started": lambda connection, fence: attempts.record_started(connection, fence, epochs=3),
    "record_epochs": lambda connection, fence: attempts.record_epochs(
        connection, fence, [EpochRecord(2, {"loss": 9.0}, 0.1, Progress(0.6, None))]
    ),
    "record_epochs with signals": lambda connection, fence: attempts.record_epochs(
        connection, fence, [EpochRecord(2, {"loss": 9.0}, 0.1, Progress(0.6, None), {"dense": {"gradient_norm": 1.0}})]
    ),
    "renew_lease": lambda connection, fence: attempts.renew_lease(connection, fence, 60),
    "renew_lease with progress": lambda connection, fence: attempts.renew_lease(
        connection, fence, 60, Progress(0.5, 3.0)
    ),
    "finish succeeded": lambda connection, fence: endings.finish(
        connection, fence, Ending(status=JobStatus.SUCCEEDED, results={"a": 1})
    ),
    "finish failed": lambda connection, fence: endings.finish(
        connection, fence, Ending(status=JobStatus.FAILED, error_code=FailureCode.DIVERGED, error_message="no")
    ),
    "finish cancelled": lambda connection, fence: endings.finish(connection, fence, Ending(status=JobStatus.CANCELLED)),
    "hand_back": lambda connection, fence: endings.hand_back(connection, fence, "stopping"),
    "pause": lambda connection, fence: endings.pause(connection, fence, "asked for"),
    "record a checkpoint": lambda connection, fence: checkpoints.record(
        connection, fence, NewCheckpoint(1, 0, "key", 1, "00"), keep=2
    ),
    "record findings": lambda connection, fence: findings.record(
        connection, fence, NewFindings([{"id": "finding_1", "severity": "hint"}], 1)
    ),
    "fail_or_requeue": lambda connection, fence: endings.fail_or_requeue(
        connection, fence, FailureCode.WORKER_LOST, "gone"
    ),
}

TABLES = (
    *(
        "jobs",
        "attempts",
        "epochs",
        "epoch_signals",
        "job_starts",
        "job_findings",
        "events",
        "outbox",
        "artifacts",
        "checkpoints",
        "leftovers",
    ),
    "projects",
)


async def everything(database: Database) -> list[Any]:
    """All rows of all tables."""

    async def rows(connection: AsyncConnection) -> list[Any]:
        return [sorted(map(str, await connection.execute(text(f"SELECT * FROM {table}")))) for table in TABLES]  # noqa: S608 -- constants

    return await in_read(database, rows)


@pytest.mark.parametrize("name", WRITES)
async def test_a_superseded_attempt_writes_nothing(database: Database, name: str) -> None:
    stale = await running(database, epochs=1)
    await in_write(database, endings.fail_or_requeue, stale, FailureCode.WORKER_LOST, "frozen")
    current = await claim(database, worker="worker_2")
    assert current == Fence(stale.job_id, stale.attempt + 1)
    before = await everything(database)
    with pytest.raises(AttemptSuperseded):
        await in_write(database, WRITES[name], stale)
    assert await everything(database) == before
    await in_write(database, WRITES[name], current)
    assert await everything(database) != before


@pytest.mark.parametrize("name", WRITES)
async def test_nothing_is_written_to_an_ended_job(database: Database, name: str) -> None:
    fence = await running(database, epochs=1)
    ended_otherwise = JobStatus.CANCELLED if name != "finish cancelled" else JobStatus.SUCCEEDED
    await in_write(database, endings.finish, fence, Ending(status=ended_otherwise))
    before = await everything(database)
    with pytest.raises(AttemptSuperseded):
        await in_write(database, WRITES[name], fence)
    assert await everything(database) == before


@pytest.mark.parametrize("attempt", [0, 2])
async def test_no_other_number_opens_the_fence(database: Database, attempt: int) -> None:
    fence = await running(database)
    with pytest.raises(AttemptSuperseded):
        await in_write(database, attempts.renew_lease, Fence(fence.job_id, attempt), 60)
    assert (await read(database, fence.job_id)).attempt == 1
