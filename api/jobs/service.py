"""What is decided about jobs: reads them, asks them to stop, to pause, to go on."""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from api.context import Context
from api.errors import QueryFaulty
from api.jobs.queries import ListQuery, MetricsQuery
from api.pages import METRICS_PAGE_BYTES, PAGE_BYTES, cut, decode_cursor
from api.queries import PageQuery
from db import attempts, audit, epochs, events, jobs, removals
from db.attempts import AttemptRow
from db.audit import Act
from db.epochs import Bound, EpochRow
from db.errors import CommitUncertain, JobNotFound
from db.events import EventRow
from db.jobs import JobFilter, JobRow
from db.places import by_place
from services.actors import Actor
from services.hints import hint_of
from services.quotas.guard import Use
from spec.faults import Fault
from spec.ids import is_id
from spec.states import ENDED, JobStatus

_Asking: TypeAlias = Callable[[Any, str, str, Act], Awaitable[JobRow]]

LARGE_BYTES = 2**18
"""What is read without waiting for a turn comes to no more."""
_JOB_CURSOR = re.compile(r"job_[0-9a-z]{26}")
_EPOCH_CURSOR = re.compile(r"\d{1,9}", re.ASCII)
_ATTEMPT_CURSOR = re.compile(r"\d{1,9}", re.ASCII)
_EVENT_CURSOR = re.compile(r"e\d{1,9}", re.ASCII)
"""Not a number alone: such cursors are of releases that counted events over all jobs."""


@dataclass(frozen=True)
class Job:
    """A job and its place in the queue, which is None unless it is queued."""

    row: JobRow
    queue_position: int | None

    @property
    def tag(self) -> str:
        """Its ETag."""
        return job_tag(self.row.revision, self.queue_position)

    @property
    def has_ended(self) -> bool:
        """Whether nothing follows the state it is in."""
        return self.row.status in ENDED


def job_tag(revision: int, queue_position: int | None) -> str:
    """The ETag of a job: weak, since another release may write the same job otherwise, and for places far behind."""
    place = by_place(queue_position)
    return f'W/"{revision}"' if place is None else f'W/"{revision}-{place}"'


def checked_id(job_id: str) -> str:
    """The id itself; what does not look like one is not asked for.

    Raises:
        JobNotFound: If it is none.
    """
    if not is_id(job_id, "job"):
        raise JobNotFound(job_id[:100])
    return job_id


async def read(context: Context, caller: Actor, job_id: str) -> Job:
    """The job.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id)
    async with context.database.read(is_short=True) as connection:
        row = await jobs.get(connection, job_id, caller.project)
        if row is None:
            raise JobNotFound(job_id)
        return Job(row, await context.places.of(connection, row))


async def list_page(context: Context, caller: Actor, query: ListQuery) -> tuple[list[Job], str | None]:
    """A page of jobs, newest first, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        DatabaseUnavailable: If the database does not answer.
    """
    before_id = None if query.cursor is None else decode_cursor(query.cursor, shape=_JOB_CURSOR)
    wanted = JobFilter(**query.model_dump(exclude={"limit", "cursor"}))
    async with context.database.read() as connection:
        rows = await jobs.list_page(connection, caller.project, wanted, query.limit, before_id, most_bytes=PAGE_BYTES)
        positions = await context.places.of_all(connection, rows)
    return [Job(row, positions.get(row.id)) for row in rows], rows[-1].id if rows.has_more else None


async def read_results(context: Context, caller: Actor, job_id: str) -> tuple[Job, str | None]:
    """The job and, once it has ended, what its trainer told, as JSON text.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id)
    async with context.database.read() as connection:
        found = await jobs.get_with_results(connection, job_id, caller.project)
        if found is None:
            raise JobNotFound(job_id)
        row, results = found
        job = Job(row, await context.places.of(connection, row))
    return job, results if job.has_ended else None


async def read_epochs(
    context: Context, caller: Actor, job_id: str, query: MetricsQuery
) -> tuple[Sequence[EpochRow], int | None]:
    """A page of epochs, from the first on, and the epoch the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none, or said beside ``after_epoch``.
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    after_epoch = start_of(query)
    checked_id(job_id)
    async with context.database.read() as connection:
        bound = Bound(METRICS_PAGE_BYTES, await jobs.metrics_bytes(connection, job_id, caller.project))
        is_large = bound.estimated_bytes(query.limit) > LARGE_BYTES
        rows = None if is_large else await epochs.page(connection, job_id, after_epoch, query.limit, bound)
        if rows is not None:
            await jobs.require_still(connection, job_id, caller.project, rows)
    if rows is None:
        # Who waits for a turn holds no connection. Until the answer is written nothing else is awaited, so that the
        # next one begins when this one's rows are gone.
        async with context.large_reads, context.database.read() as connection:
            rows = await epochs.page(connection, job_id, after_epoch, query.limit, bound)
            await jobs.require_still(connection, job_id, caller.project, rows)
    return rows, rows[-1].epoch if rows.has_more else None


def start_of(query: MetricsQuery) -> int:
    """The epoch that a page of epochs starts behind.

    Raises:
        QueryFaulty: If the cursor is none, or said beside ``after_epoch``.
    """
    if query.cursor is None:
        return query.after_epoch or 0
    if query.after_epoch is not None:
        fault = Fault(pointer="", message="say `cursor` or `after_epoch`", code="contradicting_parameters")
        raise QueryFaulty([("cursor", fault)])
    return int(decode_cursor(query.cursor, shape=_EPOCH_CURSOR))


async def read_events(
    context: Context, caller: Actor, job_id: str, query: PageQuery
) -> tuple[Sequence[EventRow], str | None]:
    """A page of a job's events, from the first on, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    after_id = last_event_of(query)
    checked_id(job_id)
    async with context.database.read() as connection:
        await jobs.require(connection, job_id, caller.project)
        rows = await events.list_page(connection, job_id, after_id, query.limit + 1)
        await jobs.require_still(connection, job_id, caller.project, rows)
    return cut(rows, query.limit, lambda row: f"e{row.id}")


def last_event_of(query: PageQuery) -> int:
    """The event that a page of events starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
    """
    return 0 if query.cursor is None else int(decode_cursor(query.cursor, shape=_EVENT_CURSOR).removeprefix("e"))


async def read_attempts(
    context: Context, caller: Actor, job_id: str, query: PageQuery
) -> tuple[Sequence[AttemptRow], str | None]:
    """A page of a job's attempts, the newest first, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    before = None if query.cursor is None else int(decode_cursor(query.cursor, shape=_ATTEMPT_CURSOR))
    checked_id(job_id)
    async with context.database.read() as connection:
        await jobs.require(connection, job_id, caller.project)
        rows = await attempts.list_page(connection, job_id, query.limit + 1, before)
        await jobs.require_still(connection, job_id, caller.project, rows)
    return cut(rows, query.limit, lambda row: str(row.attempt))


async def cancel(context: Context, caller: Actor, job_id: str) -> Job:
    """The job, cancelled or asked to stop.

    Raises:
        JobNotFound: If the caller has no such job.
        JobAlreadyEnded: If it has ended otherwise.
        DatabaseUnavailable: If the database does not answer.
    """
    return await _ask(context, caller, job_id, "cancel", jobs.request_cancel)


async def pause(context: Context, caller: Actor, job_id: str) -> Job:
    """The job, paused or asked to pause.

    Raises:
        JobNotFound: If the caller has no such job.
        JobAlreadyEnded: If it has ended.
        CancelPending: If it is being cancelled.
        DatabaseUnavailable: If the database does not answer.
    """
    return await _ask(context, caller, job_id, "pause", jobs.request_pause)


async def resume(context: Context, caller: Actor, job_id: str) -> Job:
    """The job, queued again if it was paused.

    Raises:
        JobNotFound: If the caller has no such job.
        JobAlreadyEnded: If it has ended.
        CancelPending: If it is being cancelled.
        QuotaExceeded: If it is paused, and the project's queue is full.
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.quotas.looking(caller.project) as taking:
        admit = partial(taking.take, caller.project, Use(jobs=1))
        job = await _ask(context, caller, job_id, "resume", partial(jobs.request_resume, admit=admit))
    if job.row.status is JobStatus.QUEUED:
        context.hints.offer(hint_of(job.row))
    return job


async def delete(context: Context, caller: Actor, job_id: str) -> None:
    """Deletes an ended job, at once for all who look; its files are removed afterwards.

    Raises:
        JobNotFound: If the caller has no such job.
        JobNotEnded: If it has not ended.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id)
    try:
        await _delete_once(context, caller, job_id)
    except CommitUncertain:
        with suppress(JobNotFound):  # the commit took place
            await _delete_once(context, caller, job_id)


async def _delete_once(context: Context, caller: Actor, job_id: str) -> None:
    async with context.database.write() as connection:
        await removals.delete_job(connection, job_id, caller.project)
        await audit.record(connection, caller.act("job.delete", job_id))


async def _ask(context: Context, caller: Actor, job_id: str, what: str, request: _Asking) -> Job:
    """The job after what was asked of it; asked again once where the outcome is unknown, which changes nothing then."""
    checked_id(job_id)
    try:
        return await _ask_once(context, caller, job_id, what, request)
    except CommitUncertain:
        return await _ask_once(context, caller, job_id, what, request)


async def _ask_once(context: Context, caller: Actor, job_id: str, what: str, request: _Asking) -> Job:
    async with context.database.write() as connection:
        row = await request(connection, job_id, caller.project, caller.act(f"job.{what}", job_id))
        return Job(row, await context.places.of(connection, row))
