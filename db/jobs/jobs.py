"""Jobs: made, read, listed, and asked to stop, to pause, to go on."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from db.errors import JobNotFound
from db.jobs import inserts
from db.jobs.controls import order_pause_at, request_cancel, request_pause, request_resume
from db.jobs.rows import IS_OWN, JOB_COLUMNS, JobRow, NewJob, existing, job_row, new_row, written
from db.pages import RowPage, fitting, newest_first
from db.tables.columns import byte_length
from db.tables.jobs import IS_TRAINING, Job, JobLabel
from spec.ids import first_id
from spec.language.numbers import encode_json
from spec.states import JobStatus

__all__ = [
    "JobFilter",
    "JobRow",
    "NewJob",
    "as_made",
    "bytes_of",
    "create",
    "create_all",
    "existing",
    "get",
    "get_with_results",
    "is_there",
    "label_of",
    "list_page",
    "metrics_bytes",
    "order_pause_at",
    "request_cancel",
    "request_pause",
    "request_resume",
    "require",
    "require_still",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class JobFilter:
    """Which jobs a list shows: those that meet every condition that is not None; of a list, a member counts."""

    status: Sequence[JobStatus] = ()
    ids: Sequence[str] = ()
    name: str | None = None
    dataset: str | None = None
    sweep: str | None = None
    parent: str | None = None
    initial_weights: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    created_after: datetime | None = None
    created_before: datetime | None = None


_BY_ID = select(*JOB_COLUMNS).where(*IS_OWN)
SHORT_SPEC_BYTES = 8 * 2**10
"""A spec that is longer, as few are, comes to a list only once it is known that it fits."""
_SPEC_BYTES = byte_length(Job.spec_json)
_LIST_COLUMNS = (
    *(
        case((_SPEC_BYTES <= SHORT_SPEC_BYTES, column), else_="") if column is Job.spec_json else column
        for column in JOB_COLUMNS
    ),
    _SPEC_BYTES,
)
_METRICS_BYTES = select(byte_length(Job.latest_metrics_json)).where(*IS_OWN)
_WITH_RESULTS = select(*JOB_COLUMNS, Job.results_json).where(*IS_OWN)
_IS_THERE = select(Job.id).where(*IS_OWN)


async def create(connection: AsyncConnection, job: NewJob) -> JobRow:
    """Make a queued job, with its first event and its outbox entry, all in the caller's transaction."""
    (row,) = await create_all(connection, [job])
    return row


async def create_all(connection: AsyncConnection, new: Sequence[NewJob]) -> list[JobRow]:
    """Make queued jobs as `create` does, with as many statements as for one; their rows in the order of ``new``."""
    rows = [written(job) for job in new]
    labels = [
        (job.id, label)
        for job in new
        for label in sorted({label_of(job.project, key, value) for key, value in job.metadata.items()})
    ]
    await inserts.write(connection, rows, labels)
    return [new_row(row) for row in rows]


def bytes_of(job: NewJob) -> int:
    """What the rows of a new job take in the database."""
    return written(job)["row_bytes"]


def as_made(job: NewJob) -> JobRow:
    """The row that the job would have if it were made now."""
    return new_row(written(job))


async def get(connection: AsyncConnection, job_id: str, project: str) -> JobRow | None:
    """The job, or None if this project has no such job."""
    row = (await connection.execute(_BY_ID, {"job_id": job_id, "of_project": project})).one_or_none()
    return None if row is None else job_row(row)


async def is_there(connection: AsyncConnection, job_id: str, project: str) -> bool:
    """Whether the project has such a job."""
    return (await connection.execute(_IS_THERE, {"job_id": job_id, "of_project": project})).first() is not None


async def require(connection: AsyncConnection, job_id: str, project: str) -> None:
    """Go on if the project has such a job.

    Raises:
        JobNotFound: If it has none.
    """
    if not await is_there(connection, job_id, project):
        raise JobNotFound(job_id)


async def metrics_bytes(connection: AsyncConnection, job_id: str, project: str) -> int:
    """What the metrics of the job's latest epoch come to; 0 if it has none.

    Raises:
        JobNotFound: If the project has no such job.
    """
    found = await connection.execute(_METRICS_BYTES, {"job_id": job_id, "of_project": project})
    return existing(found.one_or_none(), job_id)[0] or 0


async def require_still(connection: AsyncConnection, job_id: str, project: str, found: Sequence[object]) -> None:
    """Go on if what was found, after `require`, is of a job that is still there: nothing may mean that it was deleted.

    A deletion takes all of a job's rows at once, so anything that was found is as of one moment, and not asked after.

    Raises:
        JobNotFound: If the project has no such job any more.
    """
    if not found:
        await require(connection, job_id, project)


async def list_page(  # noqa: PLR0913 -- what a list is asked for
    connection: AsyncConnection,
    project: str,
    job_filter: JobFilter,
    limit: int,
    before_id: str | None = None,
    *,
    most_bytes: int | None = None,
) -> RowPage[JobRow]:
    """A project's jobs, newest first.

    Args:
        connection: To read with.
        project: Whose.
        job_filter: Which of them.
        limit: How many at most.
        before_id: Only those made before this one.
        most_bytes: What they may come to; one comes in any case.
    """
    statement = select(*_LIST_COLUMNS)
    conditions = [Job.project == project, IS_TRAINING, *_conditions(job_filter)]
    order: ColumnElement[str] = Job.id.expression
    labels = [label_of(project, key, value) for key, value in job_filter.metadata.items()]
    if labels:
        # Walk the jobs of one label in the order of the list, instead of all jobs in search of those that have it.
        order = JobLabel.job_id.expression
        statement = statement.join(JobLabel, JobLabel.job_id == Job.id).where(JobLabel.label == labels[0])
        conditions += [Job.status.in_(job_filter.status)] if job_filter.status else []
        if connection.dialect.name == "sqlite":
            # It has counted nothing, and would go through all of the project's jobs; for a case it finds no index.
            conditions = [case((and_(*conditions), 1), else_=0) == 1]
    # An id tells when it was made, so no job is looked at that is too old or too new.
    if job_filter.created_after is not None:
        conditions.append(order >= first_id("job", job_filter.created_after, is_after=True))
    if job_filter.created_before is not None:
        conditions.append(order < first_id("job", job_filter.created_before))
    if job_filter.status and not labels:
        conditions.append(_in_states(job_filter.status, conditions, limit, before_id))
    statement = statement.where(*conditions)
    for label in labels[1:]:
        other = aliased(JobLabel)
        statement = statement.where(exists().where(other.job_id == Job.id, other.label == label))
    found = (await connection.execute(newest_first(statement, order, limit, before_id))).all()
    rows = [job_row(row[:-1]) for row in found[:limit]]
    specs_bytes: list[int] = [row[-1] for row in found[:limit]]
    count = fitting(map(_bytes_of, rows, specs_bytes), most_bytes)
    long = [row.id for row, size in zip(rows[:count], specs_bytes, strict=False) if size > SHORT_SPEC_BYTES]
    shown = rows[:count] if not long else await _with_specs(connection, rows[:count], long)
    return RowPage(shown, has_more=len(found) > count)


def _bytes_of(row: JobRow, spec_bytes: int) -> int:
    texts = (row.name, row.metadata_json, row.latest_metrics_json, row.error_message, row.findings_json)
    return spec_bytes + sum(len(text) for text in texts if text is not None)


async def _with_specs(connection: AsyncConnection, rows: Sequence[JobRow], long: Sequence[str]) -> list[JobRow]:
    """The rows, with those specs that were left out as too long; a job that was deleted meanwhile is left out."""
    found = await connection.execute(select(Job.id, Job.spec_json).where(Job.id.in_(long)))
    specs: dict[str, str | None] = {**dict.fromkeys(long), **{row.id: row.spec_json for row in found}}
    return [
        row if row.id not in specs else replace(row, spec_json=spec)
        for row in rows
        if (spec := specs.get(row.id, row.spec_json)) is not None
    ]


async def get_with_results(connection: AsyncConnection, job_id: str, project: str) -> tuple[JobRow, str | None] | None:
    """The job and what its trainer told at the end, as JSON text, both of one moment; None if there is no such job."""
    row = (await connection.execute(_WITH_RESULTS, {"job_id": job_id, "of_project": project})).one_or_none()
    return None if row is None else (job_row(row[:-1]), row[-1])


def _conditions(job_filter: JobFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if job_filter.ids:
        conditions.append(Job.id.in_(job_filter.ids))
    if job_filter.name is not None:
        conditions.append(Job.name == job_filter.name)
    if job_filter.dataset is not None:
        conditions.append(Job.dataset == job_filter.dataset)
    if job_filter.sweep is not None:
        conditions.append(Job.sweep == job_filter.sweep)
    if job_filter.parent is not None:
        conditions.append(Job.parent == job_filter.parent)
    if job_filter.initial_weights is not None:
        conditions.append(Job.initial_weights == job_filter.initial_weights)
    return conditions


def _in_states(
    states: Sequence[JobStatus], conditions: Sequence[ColumnElement[bool]], limit: int, before_id: str | None
) -> ColumnElement[bool]:
    """Whether a job is in one of these states; of several, among the newest of each, which an index has in order."""
    if len(set(states)) == 1:
        return Job.status == states[0]
    newest = [
        newest_first(select(Job.id).where(*conditions, Job.status == state), Job.id.expression, limit, before_id)
        for state in sorted(set(states))
    ]
    return Job.id.in_(union_all(*(select(one.subquery().c.id) for one in newest)))


def label_of(project: str, key: str, value: str) -> str:
    """The label by which a project's jobs are found that have this pair of metadata."""
    # A digest, since an index takes no value of unlimited length; 128 bits, so that none meets another by chance.
    return hashlib.sha256(encode_json([project, key, value]).encode()).hexdigest()[:32]
