"""A job's row as the other rooms see it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Update
from sqlalchemy.sql.selectable import TypedReturnsRows

from db.tables.jobs import Job
from spec.states import JobStatus


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job, all but its results, which may be long.

    Attributes:
        kind: ``train``, or an internal kind of work.
        spec_json, metadata_json, latest_metrics_json: JSON objects as text, to be spliced into answers.
        attempt: Number of the latest claim; the fencing token.
        attempts_counted: Claims that count against ``max_attempts``: those that were not handed back.
        fraction: Of the whole job, 0..1.
        pause_at_epoch: After which epoch it pauses, to be resumed or cancelled; no client says so.
        revision: Rises with every visible change.
        request_id, traceparent: Of the request that made it.
    """

    id: str
    project: str
    name: str | None
    status: JobStatus
    kind: str
    spec_json: str
    seed: int
    metadata_json: str
    dataset: str
    accelerator: str
    priority: int
    max_attempts: int
    max_runtime_seconds: float | None
    parent: str | None
    sweep: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempt: int
    attempts_counted: int
    worker_id: str | None
    slot: int | None
    lease_expires_at: datetime | None
    cancel_requested_at: datetime | None
    pause_requested_at: datetime | None
    pause_at_epoch: int | None
    epoch: int
    epochs: int
    fraction: float
    eta_seconds: float | None
    latest_metrics_json: str | None
    error_code: str | None
    error_message: str | None
    error_pointer: str | None
    revision: int
    request_id: str | None
    traceparent: str | None


JOB_COLUMNS: tuple[Any, ...] = tuple(getattr(Job, field.name) for field in fields(JobRow))


def job_row(row: Sequence[Any]) -> JobRow:
    """The row of a statement that returned `JOB_COLUMNS`."""
    return JobRow(*row)


def returning_job(statement: Insert | Update) -> TypedReturnsRows[Any]:
    """The statement, made to return `JOB_COLUMNS` of the row it writes."""
    returning: Any = statement.returning
    return returning(*JOB_COLUMNS)
