"""How a job gets to a worker: projects take turns, and within a project the highest priority goes first."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Float, Select, and_, bindparam, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.connections import advisory_locks
from db.jobs import events, outbox
from db.jobs.rows import JOB_COLUMNS, NO_FINDINGS, JobRow, job_row
from db.jobs.transitions import entry
from db.queue.inputs import Input, Sources, inputs_of
from db.tables.attempts import Attempt, Epoch
from db.tables.columns import db_now
from db.tables.jobs import HAS_ACCELERATOR, IS_QUEUED, IS_RUNNING, Job
from db.tables.projects import Project
from spec.kinds import ACCELERATORS, TRAIN
from spec.states import JobStatus

ANY = "any"
"""The accelerator of a job that runs on each."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is now a worker's.

    Attributes:
        attempt: The number its writes are fenced by.
        epochs_recorded: How many epochs, from the first on without a gap, are stored already. Those of the training
            that it continues are counted in.
        first_epoch: How many epochs that training has had.
        pause_at_epoch: After which epoch it is to pause.
        kind: Of the work.
        request_id, traceparent: Of the request that made the job.
        dataset_facts_json: What was known of its data set when it was made; None of a job that is older than that.
        inputs: What files of the storage it begins with.
        project: Whose it is.
        has_findings: Whether the coach found something of its spec.
    """

    job_id: str
    attempt: int
    spec_json: str
    seed: int
    max_attempts: int
    max_runtime_seconds: float | None
    epochs_recorded: int = 0
    request_id: str | None = None
    traceparent: str | None = None
    dataset_facts_json: str | None = None
    inputs: tuple[Input, ...] = ()
    pause_at_epoch: int | None = None
    kind: str = TRAIN
    first_epoch: int = 0
    project: str = ""
    has_findings: bool = False


_BESIDE: tuple[Any, ...] = (Job.dataset_facts_json, Job.initial_weights_json, Job.validation_dataset)
"""Columns of a claimed job that are read of no other."""
_FITS = and_(Job.accelerator.in_(bindparam("accelerators", expanding=True)), Job.gpus <= bindparam("most_gpus"))


def running_in(project: ColumnElement[str], which: ColumnElement[bool] = HAS_ACCELERATOR) -> ColumnElement[int]:
    """How many jobs of a project run: its trainings, or those that are said."""
    return select(func.count()).select_from(Job).where(IS_RUNNING, Job.project == project, which).scalar_subquery()


MOST_RUNNING: ColumnElement[int] = func.coalesce(Project.max_jobs_running, bindparam("most_running"))
"""A project's quota of running jobs."""
NO_LIMIT = 2**62
"""Of a quota: more than there can be."""


@dataclass(frozen=True)
class _Statements:
    """Of a claim: whose turn it is, which job of a project is its best, and the update that takes it."""

    projects_by_turn: Select[str]
    best_of_project: Select[str]
    take: Any

    @property
    def is_claimable(self) -> Select[str]:
        """Asks of the queue first whether it is empty, which ends the search before any project is looked at."""
        return self.projects_by_turn.where(exists().where(IS_QUEUED)).order_by(None).limit(1)

    @classmethod
    def of(cls, *conditions: ColumnElement[bool], has_trainings: bool = True) -> Self:
        """For jobs that meet these conditions too; of a slot that takes trainings, or one for internal work alone."""
        running = running_in(Project.id.expression, HAS_ACCELERATOR if has_trainings else _FITS)

        def best_of(project: ColumnElement[str]) -> Select[str]:
            fitting = select(Job.id).where(IS_QUEUED, Job.project == project, _FITS, *conditions)
            return fitting.order_by(Job.priority.desc(), Job.id).limit(1)

        best_of_project = best_of(bindparam("of_project"))
        # Looks for a best job where any job would do: that leaves PostgreSQL only the index of the claim order,
        # whatever it believes of the queue's length.
        projects_by_turn: Select[str] = (
            select(Project.id)
            .where(
                best_of(Project.id.expression).scalar_subquery().is_not(None),
                *((running < MOST_RUNNING,) if has_trainings else ()),
            )
            .order_by(running, Project.turn, Project.id)
        )
        take: Any = entry(
            JobStatus.RUNNING,
            Job.id == best_of_project.with_for_update(skip_locked=True).scalar_subquery(),
            {
                "attempt": Job.attempt + 1,
                "attempts_counted": Job.attempts_counted + 1,
                "worker_id": bindparam("by_worker"),
                "slot": bindparam("in_slot"),
                "lease_expires_at": db_now(bindparam("lease_seconds", type_=Float())),
                "started_at": func.coalesce(Job.started_at, db_now()),
            },
        )
        return cls(projects_by_turn, best_of_project, take.returning(*_BESIDE))


_OF_ALL = _Statements.of()
# Hardly ever needed, and another plan: so statements of their own.
_IS_OTHER = Job.id.not_in(bindparam("passed_over", expanding=True))
_OF_OTHERS = _Statements.of(_IS_OTHER)
_INTERNAL = _Statements.of(_IS_OTHER, has_trainings=False)
_IS_ANY_QUEUED = select(exists().where(IS_QUEUED))
_IS_CLAIMABLE, _IS_INTERNAL_CLAIMABLE = _OF_OTHERS.is_claimable, _INTERNAL.is_claimable
# A project's row that another claim has just moved is passed over: that claim is as good as this one. Its key is not
# locked: new jobs refer to it meanwhile.
_TAKE_TURN = (
    update(Project)
    .where(
        Project.id
        == select(Project.id)
        .where(Project.id == bindparam("of_project"))
        .with_for_update(skip_locked=True, key_share=True)
        .scalar_subquery()
    )
    .values(turn=select(func.max(Project.turn) + 1).scalar_subquery())
)
_NUMBERED = (
    select(Epoch.epoch.label("epoch"), func.row_number().over(order_by=Epoch.epoch).label("number"))
    .where(Epoch.job_id == bindparam("job_id"))
    .subquery()
)
_WITHOUT_GAP = (
    select(func.count())
    .select_from(_NUMBERED)
    .where(_NUMBERED.c.epoch == _NUMBERED.c.number + bindparam("first_epoch"))
)
_CLAIM_OF = select(*JOB_COLUMNS, *_BESIDE).where(
    IS_RUNNING, Job.worker_id == bindparam("by_worker"), Job.slot == bindparam("in_slot")
)


async def claim_next(  # noqa: PLR0913 -- the last by keyword
    connection: AsyncConnection,
    worker_id: str,
    slot: int,
    accelerators: Collection[str],
    lease_seconds: float,
    *,
    gpus: int = 1,
    most_running: int | None = None,
    passed_over: Collection[str] = (),
) -> Claim | None:
    """Take the job that is next for this slot.

    Of the projects that have jobs this slot may run, the one with the fewest running jobs is next, and of equals
    the one served longest ago; of its jobs that of the highest priority, and of equals the oldest. A project with as
    many running jobs as it may have is passed over.

    One conditional UPDATE takes the job, raises its attempt and sets its lease, so no two claims get one job.
    Claims follow one another, so that each counts those before it; where one is stuck, the others wait for half a
    second and then go on without that: they skip its job's row.

    Args:
        connection: A write transaction.
        worker_id: Who claims.
        slot: Which of the worker's slots.
        accelerators: What it has (``cpu``, ``gpu``); jobs for ``any`` fit each. Names of internal kinds of work with
            or without: a slot that takes no trainings passes over no project for its quota of them.
        lease_seconds: How long the job is the worker's without a sign of life.
        gpus: How many devices it has; jobs for as many or fewer fit.
        most_running: Running jobs of a project that has no quota of its own; None for any number.
        passed_over: Jobs that are not to be taken now.
    """
    await advisory_locks.wait_for_others(connection, advisory_locks.CLAIMS_OF_JOBS)
    statements, has = _for(accelerators, gpus, passed_over)
    taking = {**has, "by_worker": worker_id, "in_slot": slot, "lease_seconds": lease_seconds}
    projects = (await connection.execute(statements.projects_by_turn, _limited(has, most_running))).scalars().all()
    for project in projects:
        found = await connection.execute(statements.take, {**taking, "of_project": project})
        if (taken := found.one_or_none()) is not None:
            row = job_row(taken[: -len(_BESIDE)])
            await _note(connection, row)
            return await _claim(connection, row, *taken[-len(_BESIDE) :])
    return None


async def is_any_queued(connection: AsyncConnection) -> bool:
    """Whether there is any job in the queue, for whichever slot. Reads only."""
    return bool((await connection.execute(_IS_ANY_QUEUED)).scalar_one())


async def is_claimable(
    connection: AsyncConnection,
    accelerators: Collection[str],
    *,
    gpus: int = 1,
    most_running: int | None = None,
    passed_over: Collection[str] = (),
) -> bool:
    """Whether `claim_next` would find a job for such a slot. Reads only, next to nothing of an empty queue."""
    statements, has = _for(accelerators, gpus, passed_over)
    looking = _limited({**has, "passed_over": list(passed_over)}, most_running)
    statement = _IS_INTERNAL_CLAIMABLE if statements is _INTERNAL else _IS_CLAIMABLE
    return (await connection.execute(statement, looking)).first() is not None


async def next_of(
    connection: AsyncConnection,
    accelerators: Collection[str],
    *,
    gpus: int = 1,
    most_running: int | None = None,
    passed_over: Collection[str] = (),
) -> str | None:
    """The job that `claim_next` would take for such a slot. Reads only."""
    statements, has = _for(accelerators, gpus, passed_over)
    project = (await connection.execute(statements.projects_by_turn, _limited(has, most_running))).scalars().first()
    if project is None:
        return None
    found = await connection.execute(statements.best_of_project, {**has, "of_project": project})
    return found.scalars().first()


async def claim_of(connection: AsyncConnection, worker_id: str, slot: int) -> Claim | None:
    """The job that this slot has by a claim it does not know of: its connection was lost in the commit. Reads only."""
    found = await connection.execute(_CLAIM_OF, {"by_worker": worker_id, "in_slot": slot})
    row = found.first()
    if row is None:
        return None
    return await _claim(connection, job_row(row[: -len(_BESIDE)]), *row[-len(_BESIDE) :])


def _for(accelerators: Collection[str], gpus: int, passed_over: Collection[str]) -> tuple[_Statements, dict[str, Any]]:
    """The statements for such a slot, and what they are told of it."""
    if not set(accelerators).intersection(ACCELERATORS):
        lanes: dict[str, Any] = {"accelerators": sorted(accelerators), "most_gpus": gpus}
        return _INTERNAL, {**lanes, "passed_over": list(passed_over)}
    has: dict[str, Any] = {"accelerators": [ANY, *sorted(accelerators)], "most_gpus": gpus}
    return (_OF_OTHERS, {**has, "passed_over": list(passed_over)}) if passed_over else (_OF_ALL, has)


def _limited(has: dict[str, Any], most_running: int | None) -> dict[str, Any]:
    return {**has, "most_running": NO_LIMIT if most_running is None else most_running}


async def _note(connection: AsyncConnection, row: JobRow) -> None:
    told = {"attempt": row.attempt, "worker_id": row.worker_id, "slot": row.slot}
    await connection.execute(_TAKE_TURN, {"of_project": row.project})
    await connection.execute(insert(Attempt), {"job_id": row.id, **told})
    await outbox.remove(connection, row.id)
    await events.append(connection, row.id, events.CLAIMED, told)


async def _claim(
    connection: AsyncConnection,
    row: JobRow,
    dataset_facts_json: str | None,
    initial_weights_json: str | None,
    validation_dataset: str | None,
) -> Claim:
    sources = Sources(initial_weights_json, row.dataset, validation_dataset)
    epochs_recorded = row.first_epoch
    if row.attempt > 1:
        place = {"job_id": row.id, "first_epoch": row.first_epoch}
        epochs_recorded += (await connection.execute(_WITHOUT_GAP, place)).scalar_one()
    return Claim(
        row.id,
        row.attempt,
        row.spec_json,
        row.seed,
        row.max_attempts,
        row.max_runtime_seconds,
        epochs_recorded,
        row.request_id,
        row.traceparent,
        dataset_facts_json,
        await inputs_of(connection, row.id, row.attempt, sources, kind=row.kind),
        row.pause_at_epoch,
        row.kind,
        row.first_epoch,
        row.project,
        row.findings_json != NO_FINDINGS,
    )
