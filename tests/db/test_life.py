"""What the data layer promises of a job's life holds, whatever happens in whatever order; and the test would notice."""

import asyncio
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import ColumnElement, and_, bindparam, false, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import attempts, checkpoints, endings
from db.attempts.attempts import Fence
from db.connections.engine import Database
from db.jobs import outbox
from db.queue import claims
from db.tables.jobs import IS_RUNNING, Job
from db.tables.projects import Project
from tests.db.life import Life

IS_FUZZED = not settings().derandomize
"""Whether this is a run of `make fuzz`, which draws anew and more."""
QUIET = settings(
    # A few long lives come upon more than many short ones.
    max_examples=25 if IS_FUZZED else 8,
    stateful_step_count=80,
    suppress_health_check=list(HealthCheck),
)
BRIEF = settings(
    QUIET,
    max_examples=400,
    derandomize=True,
    report_multiple_bugs=False,
    phases=[Phase.generate],
)


@pytest.fixture
def life(database_url: str) -> Iterator[type[Life]]:
    """The machine on a database of each kind."""
    with asyncio.Runner() as runner:
        opened = Database(database_url)
        yield type("LifeHere", (Life,), {"database": opened, "runner": runner})
        runner.run(opened.close())


def test_a_job_lives_as_promised(life: type[Life]) -> None:
    run_state_machine_as_test(life, settings=QUIET)


def without_number(fence: Fence) -> ColumnElement[bool]:
    """The fence, but that any attempt may pass it while the job runs."""
    return and_(Job.id == fence.job_id, IS_RUNNING)


async def forget_to_remove(connection: AsyncConnection, job_id: str) -> None:
    """In place of `outbox.remove`."""


TAKEN_OUT: dict[str, tuple[ModuleType, str, object]] = {
    "the fence of endings": (endings, "holds", without_number),
    "the fence of checkpoints": (checkpoints, "holds", without_number),
    "the fence of epochs": (
        attempts,
        "_RECORD",
        update(Job)
        .where(Job.id == bindparam("fence_job_id"), IS_RUNNING)
        .values(epoch=bindparam("new_epoch"))
        .returning(Job.cancel_requested_at, Job.pause_requested_at, Job.pause_at_epoch),
    ),
    "turns": (
        claims,
        "_TAKE_TURN",
        update(Project).where(Project.id == bindparam("of_project"), false()).values(turn=0),
    ),
    "the end of waiting": (outbox, "remove", forget_to_remove),
}

ALIKE = {"the fence of checkpoints", "the fence of epochs"}
"""Noticed as the fence of endings is; `test_fences` shows each of them."""


@pytest.mark.parametrize("what", [what for what in TAKEN_OUT if IS_FUZZED or what not in ALIKE])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_shows_when_something_is_taken_out(life: type[Life], what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*TAKEN_OUT[what])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(life, settings=BRIEF)
