"""The one way a job's row changes: every change of status goes by `spec.states.TRANSITIONS`."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import TypedReturnsRows

from db.jobs.ends import ENDS
from db.jobs.rows import JobRow, job_row, returning_job
from db.tables import row_sizes
from db.tables.columns import db_now
from db.tables.jobs import Job
from spec.states import ENDED, TRANSITIONS, JobStatus

SOURCES: dict[JobStatus, frozenset[JobStatus]] = {
    target: frozenset(status for status, followers in TRANSITIONS.items() if target in followers)
    for target in JobStatus
}
"""The states each state may follow."""


def entry(target: JobStatus, condition: ColumnElement[bool], values: Mapping[str, Any]) -> TypedReturnsRows[Any]:
    """The conditional UPDATE by which the job that meets ``condition`` enters ``target``, if that may follow its state.

    A job that leaves its worker keeps no lease; one that ends gets its end. Returns `JOB_COLUMNS`.
    """
    changes: dict[str, Any] = {"status": target}
    if target is not JobStatus.RUNNING:
        changes |= {"worker_id": None, "slot": None, "lease_expires_at": None, "eta_seconds": None}
    if target in ENDED:
        changes["ended_at"] = db_now()
    return _change(and_(condition, Job.status.in_(sorted(SOURCES[target]))), {**changes, **values})


async def enter(
    connection: AsyncConnection, target: JobStatus, condition: ColumnElement[bool], values: Mapping[str, Any]
) -> JobRow | None:
    """Move the job that meets ``condition`` to ``target``, as `entry` says.

    Where that is its end, the webhooks that want to hear of it are noted here, so that no way to end can forget them;
    for an internal kind of work, what `db.jobs.ends` says of it is written.

    Returns:
        The job as it is now; None if there is none such, or none from whose state ``target`` may follow.
    """
    row = await _run(connection, entry(target, condition, values))
    if row is not None and target in ENDED:
        await ENDS[row.kind](connection, row)
    return row


async def touch(
    connection: AsyncConnection, condition: ColumnElement[bool], values: Mapping[str, Any]
) -> JobRow | None:
    """Change the job that meets ``condition`` visibly: its revision rises.

    Returns:
        The job as it is now; None if there is none such.
    """
    return await _run(connection, _change(condition, values))


def _change(condition: ColumnElement[bool], values: Mapping[str, Any]) -> TypedReturnsRows[Any]:
    changes = {
        "revision": Job.revision + 1,
        "row_bytes": Job.row_bytes + Job.growth_bytes + row_sizes.of_change(values),
        "growth_bytes": 0,
    }
    return returning_job(update(Job).where(condition).values(**changes, **values))


async def _run(connection: AsyncConnection, statement: TypedReturnsRows[Any]) -> JobRow | None:
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else job_row(row)
