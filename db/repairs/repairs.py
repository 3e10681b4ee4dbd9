"""Repairs of jobs: begun with a plan, read, cancelled; and which of them have a step to take.

All that changes one has the row of its job locked first, as all that changes a job has.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.jobs import events
from db.jobs.rows import JobRow, existing
from db.jobs.transitions import touch
from db.tables import row_sizes
from db.tables.attempts import SecondLook
from db.tables.columns import db_now
from db.tables.jobs import HAS_ENDED, Job
from db.tables.repairs import CANCELLED, IS_RUNNING, RUNNING, Repair, RepairTrial
from db.webhooks import messages
from spec.states import JobStatus


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A job of a repair, and where it stands.

    Attributes:
        number: Of the repair's trials, from 0.
        child: The job's id; None where it could not be made.
        candidate: Of the plan's; None is the original.
        seed: Of the plan's, by number.
        rung: How far it goes now.
        until_epoch: The epoch at which that rung ends; None for the job's own end.
        is_settled: Whether that end was seen.
        is_out: Whether it goes no further.
        is_lost: Whether it has no score, for a reason that tells nothing of the network.
        score: At the end of the rung.
        status, epoch, first_epoch, error_code, spec_json: Of the job; None once that is deleted.
    """

    number: int
    child: str | None
    candidate: int | None
    seed: int
    rung: int
    until_epoch: int | None
    is_settled: bool
    is_out: bool
    is_lost: bool
    score: float | None
    status: JobStatus | None
    epoch: int | None
    first_epoch: int | None
    error_code: str | None
    spec_json: str | None


@dataclass(frozen=True, slots=True)
class RepairRow:
    """A repair.

    Attributes:
        job_id: Of the job that is repaired.
        project: Whose.
        spec_json: Of that job.
        status: ``running``, ``done``, ``cancelled``.
        step: How many steps were taken.
        plan_json: As `coach.repairs.plan.Plan` tells it.
        decision_json: What came of it; None until it is done.
        waits_for: Why it does not go on, though none of its jobs is under way; None where it does.
        trials: Its jobs, in the order in which they were made.
    """

    job_id: str
    project: str
    spec_json: str
    request_id: str | None
    status: str
    step: int
    plan_json: str
    decision_json: str | None
    waits_for: str | None
    created_at: datetime
    ended_at: datetime | None
    trials: Sequence[TrialRow]

    @property
    def is_running(self) -> bool:
        """Whether there may be something to do."""
        return self.status == RUNNING

    def trial(self, candidate: int | None, seed: int) -> TrialRow | None:
        """The job of a candidate, or of the original (None), on a seed; None before it is made."""
        return next((one for one in self.trials if (one.candidate, one.seed) == (candidate, seed)), None)

    def child(self, candidate: int | None, seed: int) -> str | None:
        """The same job's id; None if it could not be made as well."""
        trial = self.trial(candidate, seed)
        return None if trial is None else trial.child


_OF_JOB = Repair.job_id == bindparam("job_id")
_READ = (
    select(
        Repair.job_id,
        Job.project,
        Job.spec_json,
        Job.request_id,
        Repair.status,
        Repair.step,
        Repair.plan_json,
        Repair.decision_json,
        Repair.waits_for,
        Repair.created_at,
        Repair.ended_at,
    )
    .join(Job, Job.id == Repair.job_id)
    .where(_OF_JOB)
)
_TRIALS = (
    select(
        RepairTrial.number,
        RepairTrial.child,
        RepairTrial.candidate,
        RepairTrial.seed,
        RepairTrial.rung,
        RepairTrial.until_epoch,
        RepairTrial.is_settled,
        RepairTrial.is_out,
        RepairTrial.is_lost,
        RepairTrial.score,
        Job.status,
        Job.epoch,
        Job.first_epoch,
        Job.error_code,
        Job.spec_json,
    )
    .outerjoin(Job, Job.id == RepairTrial.child)
    .where(RepairTrial.job_id == bindparam("job_id"))
    .order_by(RepairTrial.number)
)
IS_UNDER_WAY = and_(
    ~HAS_ENDED,
    or_(
        RepairTrial.until_epoch.is_(None),
        Job.epoch < RepairTrial.until_epoch,
        and_(Job.epoch == RepairTrial.until_epoch, Job.status == JobStatus.RUNNING),
    ),
)
"""Whether a job has not come to the end of its rung; at that epoch it pauses, which takes a moment."""
_IS_WAITING = exists().where(
    RepairTrial.job_id == Repair.job_id, ~RepairTrial.is_settled, Job.id == RepairTrial.child, IS_UNDER_WAY
)
_IS_UNDECIDED = exists().where(SecondLook.job_id == Repair.job_id, SecondLook.decides_repair)
IS_DUE = (IS_RUNNING, ~_IS_WAITING, ~_IS_UNDECIDED)
"""Whether a repair has a step to take: none of its jobs is awaited, and it is decided that there is a repair."""
_UNDER_WAY = (
    select(RepairTrial.child)
    .join(Job, Job.id == RepairTrial.child)
    .where(RepairTrial.job_id == bindparam("job_id"), ~HAS_ENDED)
    .order_by(RepairTrial.number)
)
_GROW = (
    update(Job)
    .where(Job.id == bindparam("grown_job_id"))
    .values(growth_bytes=Job.growth_bytes + bindparam("more_bytes", type_=BigInteger()))
)


async def begin(connection: AsyncConnection, job_id: str, plan_json: str, *, is_decided: bool = True) -> None:
    """Have a job repaired that ends in this transaction. To begin twice changes nothing.

    Args:
        connection: The transaction, which has written the job's row.
        job_id: Of the job.
        plan_json: How.
        is_decided: Whether it is sure that it is repaired; else `decide` or `withdraw` follows.
    """
    insert = (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(Repair)
    row = insert.values(job_id=job_id, status=RUNNING, step=0, plan_json=plan_json)
    made = await connection.execute(row.on_conflict_do_nothing().returning(Repair.job_id))
    if made.one_or_none() is None:
        return
    if is_decided:
        await events.append(connection, job_id, events.REPAIR_STARTED)
    await connection.execute(_GROW, {"grown_job_id": job_id, "more_bytes": row_sizes.of_repair(plan_json)})


async def decide(connection: AsyncConnection, job_id: str, plan_json: str) -> None:
    """Have a job repaired that is known to need it by now, unless its repair was cancelled meanwhile.

    Args:
        connection: A transaction that has the job's row locked.
        job_id: Of the job.
        plan_json: How.
    """
    is_undecided = (Repair.job_id == job_id, IS_RUNNING, Repair.step == 0)
    former = (await connection.execute(select(Repair.plan_json).where(*is_undecided))).scalar_one_or_none()
    if former is None:
        return
    await connection.execute(update(Repair).where(*is_undecided).values(plan_json=plan_json))
    await events.append(connection, job_id, events.REPAIR_STARTED)
    grown = row_sizes.of_repair(plan_json) - row_sizes.of_repair(former)
    await connection.execute(_GROW, {"grown_job_id": job_id, "more_bytes": grown})


async def withdraw(connection: AsyncConnection, job_id: str) -> None:
    """Let a job be that is known to need no repair by now: it has none, and has ended for who waits for it.

    Args:
        connection: A transaction that has the job's row locked.
        job_id: Of the job.
    """
    gone = delete(Repair).where(Repair.job_id == job_id, IS_RUNNING, Repair.step == 0)
    plan_json = (await connection.execute(gone.returning(Repair.plan_json))).scalar_one_or_none()
    if plan_json is None:
        return
    await connection.execute(_GROW, {"grown_job_id": job_id, "more_bytes": -row_sizes.of_repair(plan_json)})
    await tell_end(connection, job_id, {"is_needed": False})


async def tell_end(connection: AsyncConnection, job_id: str, data: Mapping[str, Any] | None = None) -> JobRow | None:
    """The job has ended for who waits for it, as its repair has, however that came: an event and webhooks tell.

    Args:
        connection: A transaction that has the job's row locked.
        job_id: Of the repaired job.
        data: Of the event.

    Returns:
        The job as it is now.
    """
    job = await touch(connection, Job.id == job_id, {"is_repairing": False})
    await events.append(connection, job_id, events.REPAIR_ENDED, data)
    if job is not None:
        await messages.note_event(connection, job, events.REPAIR_ENDED)
    return job


async def find(connection: AsyncConnection, job_id: str) -> RepairRow | None:
    """The repair of a job, whose ever it is; None if there is none."""
    row = (await connection.execute(_READ, {"job_id": job_id})).one_or_none()
    if row is None:
        return None
    trials = await connection.execute(_TRIALS, {"job_id": job_id})
    return RepairRow(*row, trials=[TrialRow(*trial) for trial in trials])


async def require(connection: AsyncConnection, job_id: str, project: str) -> RepairRow | None:
    """The repair of a job; None if the job has none.

    Raises:
        JobNotFound: If the project has no such job.
    """
    there = select(Job.id).where(Job.id == job_id, Job.project == project)
    existing((await connection.execute(there)).one_or_none(), job_id)
    return await find(connection, job_id)


async def due(connection: AsyncConnection, behind: str, limit: int) -> list[str]:
    """Repairs that have a step to take, by their jobs' ids."""
    rows = select(Repair.job_id).where(*IS_DUE, Repair.job_id > behind).order_by(Repair.job_id).limit(limit)
    return list((await connection.execute(rows)).scalars())


async def children_under_way(connection: AsyncConnection, job_id: str) -> list[str]:
    """The jobs of a repair that have not ended."""
    return [child for child in (await connection.execute(_UNDER_WAY, {"job_id": job_id})).scalars() if child]


async def cancel(connection: AsyncConnection, job_id: str) -> None:
    """No step is taken any more of a job's repair. Its jobs are not touched.

    Args:
        connection: A transaction that has the job's row locked.
        job_id: Of the job.
    """
    ended = {"status": CANCELLED, "ended_at": db_now(), "waits_for": None}
    await connection.execute(update(Repair).where(Repair.job_id == job_id, IS_RUNNING).values(ended))


async def is_cancelled(connection: AsyncConnection, job_id: str) -> bool:
    """Whether a job's repair was cancelled."""
    there = select(Repair.job_id).where(Repair.job_id == job_id, Repair.status == CANCELLED)
    return (await connection.execute(there)).one_or_none() is not None


def decision_of(row: RepairRow) -> Mapping[str, Any]:
    """What came of a repair; nothing until it is done."""
    return {} if row.decision_json is None else json.loads(row.decision_json)
