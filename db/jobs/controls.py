"""What is asked of a job from outside: to be cancelled, to be paused, to be resumed. Asking again changes nothing.

What did change something is written into the log of who changed what, if it is told who.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.errors import CancelPending, JobAlreadyEnded, JobNotFound
from db.jobs import events, outbox
from db.jobs.rows import JOB_COLUMNS, JobRow, existing, job_row, returning_job
from db.jobs.transitions import enter, touch
from db.projects import audit
from db.projects.audit import Act
from db.repairs import repairs
from db.tables.columns import db_now
from db.tables.jobs import Job
from spec.kinds import TRAIN
from spec.states import ENDED, JobStatus

_LOCKED = (
    select(*JOB_COLUMNS)
    .where(Job.id == bindparam("job_id"), Job.project == bindparam("of_project"), Job.kind == bindparam("of_kind"))
    .with_for_update()
)


async def request_cancel(
    connection: AsyncConnection, job_id: str, project: str, act: Act | None = None, *, kind: str = TRAIN
) -> JobRow:
    """Cancel a queued or paused job at once; ask a running one's worker to stop; end a repair, and cancel its jobs.

    Raises:
        JobNotFound: If the project has no such job of this kind.
        JobAlreadyEnded: If it has succeeded or failed, and no repair of it was cancelled.
    """
    row = await lock(connection, job_id, project, kind=kind)
    if row.is_repairing:
        return await _cancel_repair(connection, row, act)
    if row.status is JobStatus.CANCELLED or (row.status in ENDED and await repairs.is_cancelled(connection, job_id)):
        return row
    _refuse_ended(row)
    if row.cancel_requested_at is not None:
        return row
    if row.status is JobStatus.RUNNING:
        return await _note(connection, row, {"cancel_requested_at": db_now()}, events.CANCEL_REQUESTED, act)
    cancelled = await enter(connection, JobStatus.CANCELLED, Job.id == job_id, {"cancel_requested_at": db_now()})
    await outbox.remove(connection, job_id)
    await _tell(connection, job_id, events.ENDED[JobStatus.CANCELLED], act)
    return cancelled or row


async def _cancel_repair(connection: AsyncConnection, row: JobRow, act: Act | None) -> JobRow:
    """End the repair of a job, whose own training has ended, and cancel the jobs of the repair."""
    await repairs.cancel(connection, row.id)
    for child in await repairs.children_under_way(connection, row.id):
        with suppress(JobAlreadyEnded, JobNotFound):
            await request_cancel(connection, child, row.project, act and replace(act, object_id=child))
    cancelled = await repairs.tell_end(connection, row.id)
    if act is not None:
        await audit.record(connection, act)
    return cancelled or row


async def request_pause(connection: AsyncConnection, job_id: str, project: str, act: Act | None = None) -> JobRow:
    """Pause a queued job at once; ask a running one's worker to leave a checkpoint and let it go.

    Raises:
        JobNotFound: If the project has no such job.
        JobAlreadyEnded: If it has ended.
        CancelPending: If it is being cancelled.
    """
    row = await _lock_live(connection, job_id, project)
    if row.status is JobStatus.QUEUED:
        paused = await enter(connection, JobStatus.PAUSED, Job.id == job_id, {"pause_requested_at": db_now()})
        await outbox.remove(connection, job_id)
        await _tell(connection, job_id, events.PAUSED, act)
        return paused or row
    if row.status is JobStatus.RUNNING and row.pause_requested_at is None:
        return await _note(connection, row, {"pause_requested_at": db_now()}, events.PAUSE_REQUESTED, act)
    return row


async def request_resume(
    connection: AsyncConnection,
    job_id: str,
    project: str,
    act: Act | None = None,
    *,
    admit: Callable[[], None] | None = None,
) -> JobRow:
    """Queue a paused job again; withdraw the pause that a running one was asked for and has not come to yet.

    Args:
        connection: A write transaction.
        job_id: Which job.
        project: Whose it must be.
        act: Who asks.
        admit: Called before a job goes back to the queue; what it raises keeps the job paused.

    Raises:
        JobNotFound: If the project has no such job.
        JobAlreadyEnded: If it has ended.
        CancelPending: If it is being cancelled.
    """
    row = await _lock_live(connection, job_id, project)
    if row.status is JobStatus.PAUSED:
        if admit is not None:
            admit()
        resumed = await enter(connection, JobStatus.QUEUED, Job.id == job_id, {"pause_requested_at": None})
        await outbox.add(connection, job_id, row.accelerator)
        await _tell(connection, job_id, events.RESUMED, act)
        return resumed or row
    if row.pause_requested_at is not None:
        return await _note(connection, row, {"pause_requested_at": None}, events.RESUMED, act)
    return row


async def order_pause_at(connection: AsyncConnection, job_id: str, project: str, epoch: int | None) -> JobRow:
    """Have a job pause by itself after an epoch, in place of what was ordered before; None lets it go on to its end.

    It is no client's order, and none sees it. The job's epochs and its schedules stay those of its full length. Where
    the epoch has ended already, the job pauses after the next one that ends; where it is the job's last, it ends.

    Args:
        connection: A write transaction.
        job_id: Which job.
        project: Whose it must be.
        epoch: From 1.

    Raises:
        JobNotFound: If the project has no such job.
        JobAlreadyEnded: If it has ended.
        CancelPending: If it is being cancelled.
    """
    row = await _lock_live(connection, job_id, project)
    # A job that is paused at this very epoch is to go on from it.
    at_epoch = None if epoch is None else max(epoch, row.epoch + 1)
    ordered = await connection.execute(
        returning_job(update(Job).where(Job.id == job_id).values(pause_at_epoch=at_epoch))
    )
    return job_row(ordered.one())


async def _note(
    connection: AsyncConnection, row: JobRow, values: Mapping[str, Any], event: str, act: Act | None
) -> JobRow:
    """The job, of which something is asked, or not any more, while its status stays."""
    noted = await touch(connection, Job.id == row.id, values)
    await _tell(connection, row.id, event, act)
    return noted or row


async def _tell(connection: AsyncConnection, job_id: str, event: str, act: Act | None) -> None:
    await events.append(connection, job_id, event)
    if act is not None:
        await audit.record(connection, act)


async def _lock_live(connection: AsyncConnection, job_id: str, project: str) -> JobRow:
    row = await lock(connection, job_id, project)
    _refuse_ended(row)
    if row.cancel_requested_at is not None:
        raise CancelPending(job_id)
    return row


async def lock(connection: AsyncConnection, job_id: str, project: str, *, kind: str = TRAIN) -> JobRow:
    """The job, which nobody else changes until the transaction ends.

    Raises:
        JobNotFound: If the project has no such job of this kind.
    """
    place = {"job_id": job_id, "of_project": project, "of_kind": kind}
    return job_row(existing((await connection.execute(_LOCKED, place)).one_or_none(), job_id))


def _refuse_ended(row: JobRow) -> None:
    if row.status in ENDED:
        raise JobAlreadyEnded(row.id, row.status)
