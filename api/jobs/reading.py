"""Jobs as they are read: one, page by page, and what is known of their course."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from api.answers.pages import METRICS_PAGE_BYTES, PAGE_BYTES, check_start, id_of, next_behind, numbers_of
from api.context import Context
from api.jobs.queries import ListQuery, MetricsQuery
from api.requests.queries import PageQuery
from db.attempts import attempts, epochs
from db.attempts.attempts import AttemptRow
from db.attempts.epochs import Bound, EpochRow
from db.datasets import references
from db.errors import JobNotFound
from db.jobs import events, jobs
from db.jobs.events import EventRow
from db.jobs.jobs import JobFilter
from db.repairs import repairs
from services.actors import Actor
from services.ids import checked_id
from services.jobs.jobs import Job
from services.repairs.reports import Report, may_have_repair, report_of

Rows = TypeVar("Rows", bound=Sequence[object])

LARGE_BYTES = 2**18
"""What is read without waiting for a turn comes to no more."""
_EVENT_MARK = "e"
"""Not a number alone: such cursors are of releases that counted events over all jobs."""


@dataclass(frozen=True)
class Outcome:
    """What came of a job, once it has ended.

    Attributes:
        job: The job.
        results_json: What its trainer told, as JSON text.
        reference: How good simple models are on its rows, as it is stored, if that is known.
        repair: How it was repaired, if it was.
    """

    job: Job
    results_json: str | None = None
    reference: Mapping[str, Any] | None = None
    repair: Report | None = None


async def list_page(context: Context, caller: Actor, query: ListQuery) -> tuple[list[Job], str | None]:
    """A page of jobs, newest first, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        DatabaseUnavailable: If the database does not answer.
    """
    before_id = id_of(query.cursor, "job")
    wanted = JobFilter(**query.model_dump(exclude={"limit", "cursor"}))
    async with context.database.read() as connection:
        rows = await jobs.list_page(connection, caller.project, wanted, query.limit, before_id, most_bytes=PAGE_BYTES)
        positions = await context.places.of_all(connection, rows)
    return [Job(row, positions.get(row.id)) for row in rows], next_behind(rows, lambda row: row.id)


async def read_results(context: Context, caller: Actor, job_id: str) -> Outcome:
    """The job and, once it has ended, what came of it.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    async with context.database.read() as connection:
        row, results = jobs.existing(await jobs.get_with_results(connection, job_id, caller.project), job_id)
        job = Job(row, await context.places.of(connection, row))
        if not job.has_ended:
            return Outcome(job)
        reference = (await references.of_job(connection, job_id)).document
        may_have = may_have_repair(row)
        repair = await repairs.find(connection, job_id) if may_have else None
        last = repair if may_have else reference
        await jobs.require_still(connection, job_id, caller.project, () if last is None else (last,))
    return Outcome(job, results, reference, None if repair is None else report_of(repair))


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
    checked_id(job_id, "job", JobNotFound)
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
    return rows, next_behind(rows, lambda row: row.epoch)


async def rows_of_job(context: Context, caller: Actor, job_id: str, read: Callable[[Any], Awaitable[Rows]]) -> Rows:
    """Rows of a job that is there before they are read and, if there are none, afterwards too.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    async with context.database.read() as connection:
        await jobs.require(connection, job_id, caller.project)
        rows = await read(connection)
        await jobs.require_still(connection, job_id, caller.project, rows)
    return rows


def start_of(query: MetricsQuery) -> int:
    """The epoch that a page of epochs starts behind.

    Raises:
        QueryFaulty: If the cursor is none, or said beside ``after_epoch``.
    """
    check_start(query.cursor, query.after_epoch)
    if query.cursor is None:
        return query.after_epoch or 0
    return numbers_of(query.cursor)[0]


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
    rows = await rows_of_job(
        context,
        caller,
        job_id,
        lambda connection: events.list_page(connection, job_id, after_id, query.limit, most_bytes=PAGE_BYTES),
    )
    return rows, next_behind(rows, lambda row: f"{_EVENT_MARK}{row.id}")


def last_event_of(query: PageQuery) -> int:
    """The event that a page of events starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
    """
    return 0 if query.cursor is None else numbers_of(query.cursor, mark=_EVENT_MARK)[0]


async def read_attempts(
    context: Context, caller: Actor, job_id: str, query: PageQuery
) -> tuple[Sequence[AttemptRow], str | None]:
    """A page of a job's attempts, the newest first, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    before = None if query.cursor is None else numbers_of(query.cursor)[0]
    rows = await rows_of_job(
        context,
        caller,
        job_id,
        lambda connection: attempts.list_page(connection, job_id, query.limit, before, most_bytes=PAGE_BYTES),
    )
    return rows, next_behind(rows, lambda row: str(row.attempt))
