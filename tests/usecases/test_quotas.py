"""The guard of quotas, as a process has it."""

import pytest

from db.attempts.endings import Ending, finish
from db.connections.engine import Database
from db.jobs import removals
from db.projects.quotas import Quotas
from services.errors import QuotaExceeded
from services.quotas import guard
from services.quotas.guard import QuotaGuard, Use
from spec.states import JobStatus
from tests.db.scenes import in_write, running


async def test_a_deleted_job_stays_in_the_account_of_the_day(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard, as a process has it: deletion and cancellation of what was trained make no room."""
    monkeypatch.setattr(guard, "LOAD_SECONDS", 0.0)
    monkeypatch.setattr(guard, "CONSUMPTION_SECONDS", 0.0)
    monkeypatch.setattr(guard, "READING_SHARE", 0.0)
    asked = QuotaGuard(database, Quotas(epoch_samples_per_day=500))

    async def take(samples: int) -> None:
        async with asked.looking("default") as attempt:
            attempt.take("default", Use(jobs=1, epoch_samples=samples))
            raise Undone

    for status in (JobStatus.SUCCEEDED, JobStatus.CANCELLED):
        fence = await running(database, epochs=2, train_rows=100)
        await in_write(database, finish, fence, Ending(status=status))
        await in_write(database, removals.delete_job, fence.job_id, "default")
    with pytest.raises(Undone):
        await take(100)
    with pytest.raises(QuotaExceeded) as refused:
        await take(101)
    assert refused.value.told() == {"name": "epoch_samples_per_day", "limit": 500, "used": 400, "requested": 101}


class Undone(Exception):
    """So that what was taken is given back."""


async def test_what_is_known_of_a_project_survives_that_of_many_others(database: Database) -> None:
    """Between two looks of one group others come and go; what the group took is not forgotten."""
    asked = QuotaGuard(database, Quotas(jobs_queued=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "_MOST_PROJECTS", 3)
        with asked.attempt() as group:
            names = [f"project {number}" for number in range(7)]
            for name in names:
                await group.look(name)
            for name in names:
                group.take(name, Use(jobs=1))
            for name in names[-3:]:
                with pytest.raises(QuotaExceeded):
                    group.take(name, Use(jobs=1))
            # Another transaction of this process counts what this one has under way, though it reads anew.
            patch.setattr(guard, "LOAD_SECONDS", 0.0)
            with pytest.raises(QuotaExceeded):
                async with asked.looking(names[0]) as other:
                    other.take(names[0], Use(jobs=1))
