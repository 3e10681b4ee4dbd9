"""What can be asked of a job: to stop, to pause, to go on, to be gone."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

from db.errors import CommitUncertain, JobNotFound
from db.jobs import jobs, removals
from db.jobs.jobs import JobRow
from db.projects import audit
from db.projects.audit import Act
from services.actors import Actor
from services.context import ServiceContext
from services.hints import hint_of
from services.ids import checked_id
from services.jobs.jobs import Job
from services.quotas.guard import Use
from spec.states import JobStatus

_Asking: TypeAlias = Callable[[Any, str, str, Act], Awaitable[JobRow]]


async def cancel(context: ServiceContext, actor: Actor, job_id: str) -> Job:
    """The job, cancelled or asked to stop.

    Raises:
        JobNotFound: If the caller has no such job.
        JobAlreadyEnded: If it has ended otherwise.
        DatabaseUnavailable: If the database does not answer.
    """
    return await _ask(context, actor, job_id, "cancel", jobs.request_cancel)


async def pause(context: ServiceContext, actor: Actor, job_id: str) -> Job:
    """The job, paused or asked to pause.

    Raises:
        JobNotFound: If the caller has no such job.
        JobAlreadyEnded: If it has ended.
        CancelPending: If it is being cancelled.
        DatabaseUnavailable: If the database does not answer.
    """
    return await _ask(context, actor, job_id, "pause", jobs.request_pause)


async def resume(context: ServiceContext, actor: Actor, job_id: str) -> Job:
    """The job, queued again if it was paused.

    Raises:
        JobNotFound: If the caller has no such job.
        JobAlreadyEnded: If it has ended.
        CancelPending: If it is being cancelled.
        QuotaExceeded: If it is paused, and the project's queue is full.
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.quotas.looking(actor.project) as taking:
        admit = partial(taking.take, actor.project, Use(jobs=1))
        job = await _ask(context, actor, job_id, "resume", partial(jobs.request_resume, admit=admit))
    if job.row.status is JobStatus.QUEUED:
        context.hints.offer(hint_of(job.row))
    return job


async def pause_at_epoch(context: ServiceContext, project: str, job_id: str, epoch: int | None) -> JobRow:
    """The job, which is to pause by itself after this epoch, with a checkpoint; None lets it go on to its end.

    It is no client's order, and none is told. `db.jobs.controls.order_pause_at` says what becomes of it.

    Raises:
        JobNotFound: If the project has no such job.
        JobAlreadyEnded: If it has ended.
        CancelPending: If it is being cancelled.
        DatabaseUnavailable: If the database does not answer.
    """
    try:
        return await _order_pause_once(context, project, job_id, epoch)
    except CommitUncertain:
        return await _order_pause_once(context, project, job_id, epoch)


async def _order_pause_once(context: ServiceContext, project: str, job_id: str, epoch: int | None) -> JobRow:
    async with context.database.write() as connection:
        return await jobs.order_pause_at(connection, job_id, project, epoch)


async def delete(context: ServiceContext, actor: Actor, job_id: str) -> None:
    """Deletes an ended job, at once for all who look; its files are removed afterwards.

    Raises:
        JobNotFound: If the caller has no such job.
        JobNotEnded: If it has not ended.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    try:
        await _delete_once(context, actor, job_id)
    except CommitUncertain:
        with suppress(JobNotFound):  # the commit took place
            await _delete_once(context, actor, job_id)


async def _delete_once(context: ServiceContext, actor: Actor, job_id: str) -> None:
    async with context.database.write() as connection:
        await removals.delete_job(connection, job_id, actor.project)
        await audit.record(connection, actor.act("job.delete", job_id))


async def _ask(context: ServiceContext, actor: Actor, job_id: str, what: str, request: _Asking) -> Job:
    """The job after what was asked of it; asked again once where the outcome is unknown, which changes nothing then."""
    checked_id(job_id, "job", JobNotFound)
    try:
        return await _ask_once(context, actor, job_id, what, request)
    except CommitUncertain:
        return await _ask_once(context, actor, job_id, what, request)


async def _ask_once(context: ServiceContext, actor: Actor, job_id: str, what: str, request: _Asking) -> Job:
    async with context.database.write() as connection:
        row = await request(connection, job_id, actor.project, actor.act(f"job.{what}", job_id))
        return Job(row, await context.places.of(connection, row))
