"""Which ended jobs are to be cleared up after."""

from db.attempts import checkpoints, endings, leases
from db.attempts.checkpoints import NewCheckpoint
from db.attempts.endings import Ending, NewArtifact
from db.connections.engine import Database
from db.jobs import leftovers
from db.jobs.leftovers import EndedJob
from spec.states import FailureCode, JobStatus
from tests.db.scenes import claim, in_read, in_write, running, submit

SUCCEEDED = Ending(status=JobStatus.SUCCEEDED, artifacts=[NewArtifact("logs", "jobs/1/2/logs", "text/plain", 0, "00")])


async def to_sweep(database: Database) -> list[EndedJob]:
    return await in_read(database, leftovers.of_ended_jobs, 10)


async def test_a_job_that_ended_at_once_leaves_nothing(database: Database) -> None:
    await in_write(database, endings.finish, await running(database), SUCCEEDED)
    assert await to_sweep(database) == []


async def test_checkpoints_are_left_once_the_job_has_ended(database: Database) -> None:
    fence = await running(database)
    new = NewCheckpoint(epoch=1, step=0, key="checkpoints/1", size_bytes=1, sha256="00")
    await in_write(database, lambda connection: checkpoints.record(connection, fence, new, keep=2))
    assert await to_sweep(database) == []
    await in_write(database, endings.finish, fence, SUCCEEDED)
    assert await to_sweep(database) == [EndedJob(fence.job_id, attempts=1, kept_attempt=1)]
    await in_write(database, leftovers.forget, fence.job_id)
    assert await to_sweep(database) == []
    assert await in_read(database, checkpoints.list_for, fence.job_id) == []


async def test_an_attempt_that_was_lost_may_have_left_files(database: Database) -> None:
    job_id = (await submit(database)).id
    await claim(database, lease_seconds=-1)
    await in_write(database, leases.expire)
    assert await to_sweep(database) == []
    second = await claim(database)
    await in_write(database, endings.finish, second, SUCCEEDED)
    assert await to_sweep(database) == [EndedJob(job_id, attempts=2, kept_attempt=2)]


async def test_of_a_job_that_failed_without_files_nothing_is_kept(database: Database) -> None:
    job_id = (await submit(database, max_attempts=1)).id
    fence = await claim(database)
    await in_write(database, endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "Gone.")
    assert await to_sweep(database) == [EndedJob(job_id, attempts=1, kept_attempt=None)]
