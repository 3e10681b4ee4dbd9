import pytest

from db.attempts import checkpoints
from db.attempts.attempts import Fence
from db.attempts.checkpoints import NewCheckpoint
from db.attempts.endings import fail_or_requeue
from db.connections.engine import Database
from db.errors import AttemptSuperseded
from db.queue import claims
from spec.states import FailureCode
from tests.db.scenes import claim, in_read, in_write, running


def new(epoch: int, step: int = 0, key: str | None = None) -> NewCheckpoint:
    return NewCheckpoint(epoch, step, key or f"{epoch}-{step}", 2**40, "ab" * 32)


async def places(database: Database, fence: Fence) -> list[tuple[int, int, int]]:
    rows = await in_read(database, checkpoints.list_for, fence.job_id)
    return [(row.attempt, row.epoch, row.step) for row in rows]


async def test_the_newest_are_kept_and_the_keys_of_the_others_are_told(database: Database) -> None:
    fence = await running(database)
    assert await in_write(database, checkpoints.record, fence, new(1), keep=2) == []
    assert await in_write(database, checkpoints.record, fence, new(1, 7), keep=2) == []
    assert await in_write(database, checkpoints.record, fence, new(2), keep=2) == ["1-0"]
    assert await in_write(database, checkpoints.record, fence, new(10), keep=1) == ["1-7", "2-0"]
    (row,) = await in_read(database, checkpoints.list_for, fence.job_id)
    assert (row.job_id, row.attempt, row.epoch, row.step) == (fence.job_id, 1, 10, 0)
    assert (row.key, row.size_bytes, row.sha256) == ("10-0", 2**40, "ab" * 32)


async def test_the_same_one_again_is_no_error(database: Database) -> None:
    fence = await running(database)
    for _ in range(2):
        assert await in_write(database, checkpoints.record, fence, new(1), keep=1) == []
    assert await places(database, fence) == [(1, 1, 0)]


async def test_a_later_attempts_are_newer_whatever_they_reached(database: Database) -> None:
    first = await running(database)
    await in_write(database, checkpoints.record, first, new(5, key="of the first"), keep=2)
    await in_write(database, fail_or_requeue, first, FailureCode.WORKER_LOST, "gone")
    second = await claim(database)
    with pytest.raises(AttemptSuperseded):
        await in_write(database, checkpoints.record, first, new(6), keep=2)
    await in_write(database, checkpoints.record, second, new(1), keep=2)
    assert await places(database, second) == [(2, 1, 0), (1, 5, 0)]
    assert await in_write(database, checkpoints.record, second, new(2), keep=2) == ["of the first"]


async def test_a_key_that_still_stands_for_one_is_not_given_up(database: Database) -> None:
    fence = await running(database)
    await in_write(database, checkpoints.record, fence, new(1, key="one place for all"), keep=1)
    assert await in_write(database, checkpoints.record, fence, new(2, key="one place for all"), keep=1) == []


async def test_a_slot_finds_the_claim_it_does_not_know_of(database: Database) -> None:
    fence = await running(database, epochs=2)
    found = await in_read(database, claims.claim_of, "worker_1", 0)
    assert found is not None
    assert (found.job_id, found.attempt, found.epochs_recorded) == (fence.job_id, 1, 0)
    assert await in_read(database, claims.claim_of, "worker_1", 1) is None
    assert await in_read(database, claims.claim_of, "worker_2", 0) is None
    await in_write(database, fail_or_requeue, fence, FailureCode.WORKER_LOST, "gone")
    assert await in_read(database, claims.claim_of, "worker_1", 0) is None
