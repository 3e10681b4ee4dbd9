"""A job's row: as it is made, as it is written, and as the other rooms see it.

What a job is made with, is stored and is read again is said once, in `JobTerms`; its document shows those fields that
its model (`api.jobs.schemas.JobDocument`) names.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Insert, Update, bindparam
from sqlalchemy.sql.selectable import TypedReturnsRows

from db.errors import JobNotFound
from db.tables import row_sizes
from db.tables.jobs import IS_TRAINING, Job
from spec.ids import is_id, made_at
from spec.kinds import TRAIN
from spec.language.numbers import encode_json
from spec.states import JobStatus

Found = TypeVar("Found")

NO_FINDINGS = "[]"
"""Of a job of whose spec the coach found nothing: an empty JSON list, which is not counted among its bytes."""


@dataclass(frozen=True, slots=True)
class JobTerms:
    """What is said of a job when it is made, and read of it ever after: each field is a column of the same name.

    Attributes:
        id: Of `spec.ids.new_id`.
        project: Whose it is.
        spec_json: The whole spec as JSON, its seed filled in; to be spliced into answers.
        seed: The seed in it.
        dataset: Name or id of its data set.
        epochs: How many there will have been in the end: those that were asked for, and ``first_epoch``.
        metadata_json: The client's own pairs as a JSON object, to be spliced into answers.
        created_at: When its id was made.
        accelerator: ``any``, ``cpu`` or ``gpu``.
        priority: Higher ones are claimed first.
        max_attempts: How many attempts may be lost before the job fails.
        max_runtime_seconds: How long it may train; None for as long as it likes.
        parent: The job it was derived from.
        sweep: The sweep it is part of.
        initial_weights: The job whose weights its training begins with; None where all are fresh.
        first_epoch: How many epochs the training that it continues has had; its own count on from there.
        findings_json: What the coach found of the spec alone, as a JSON list, to be spliced into answers.
        request_id: Of the request that makes it.
        traceparent: W3C's, of the span it is made in.
        pause_at_epoch: After which epoch it pauses, to be resumed or cancelled; no client says so.
        kind: ``train``; or an internal kind of work, whose name takes the accelerator's place.
    """

    id: str
    project: str
    name: str | None
    spec_json: str
    seed: int
    dataset: str
    epochs: int
    metadata_json: str
    created_at: datetime
    accelerator: str = "any"
    priority: int = 0
    max_attempts: int = 3
    max_runtime_seconds: float | None = None
    parent: str | None = None
    sweep: str | None = None
    request_id: str | None = None
    traceparent: str | None = None
    pause_at_epoch: int | None = None
    kind: str = TRAIN
    initial_weights: str | None = None
    first_epoch: int = 0
    findings_json: str = NO_FINDINGS


@dataclass(frozen=True, kw_only=True, slots=True)
class NewJob(JobTerms):
    """A job to be made. What is said here is written and not read again.

    Attributes:
        metadata: The client's own pairs.
        dataset_facts_json: What is known of its data set, a `spec.datasets.facts.DatasetFacts` as JSON.
        validation_dataset: The id of the data set that has its validation rows, if another one has.
        gpus: Devices it trains on at once; more than one are GPUs.
        train_rows: Rows of an epoch, for the quotas.
        initial_weights_json: The file of those weights as a JSON object: ``key``, ``sha256`` and
            ``size_bytes``.
    """

    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    dataset_facts_json: str | None = None
    validation_dataset: str | None = None
    gpus: int = 1
    train_rows: int = 0
    initial_weights_json: str | None = None
    metadata_json: str = field(init=False)
    created_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        """What follows from the rest."""
        object.__setattr__(self, "metadata_json", encode_json(self.metadata))
        object.__setattr__(self, "created_at", made_at(self.id))
        if self.kind != TRAIN:
            object.__setattr__(self, "accelerator", self.kind)

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data sets of users that it needs until it has ended, by id."""
        return tuple(name for name in (self.dataset, self.validation_dataset) if name and is_id(name, "ds"))

    @property
    def initial_weights_key(self) -> str | None:
        """Where the storage has the file of the weights that it begins with."""
        return None if self.initial_weights_json is None else json.loads(self.initial_weights_json)["key"]


@dataclass(frozen=True, slots=True)
class JobRow(JobTerms):
    """A job, all but its results, which may be long. The defaults are those of a new one, as in the table.

    Attributes:
        latest_metrics_json: A JSON object as text, to be spliced into answers.
        attempt: Number of the latest claim; the fencing token.
        attempts_counted: Claims that count against ``max_attempts``: those that were not handed back.
        fraction: Of the whole job, 0..1.
        revision: Rises with every visible change.
        is_repairing: Whether its repair is under way, by which it ends for who waits.
    """

    status: JobStatus = JobStatus.QUEUED
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: int = 0
    attempts_counted: int = 0
    worker_id: str | None = None
    slot: int | None = None
    lease_expires_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    pause_requested_at: datetime | None = None
    epoch: int = 0
    fraction: float = 0.0
    eta_seconds: float | None = None
    latest_metrics_json: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    error_pointer: str | None = None
    revision: int = 1
    is_repairing: bool = False


def existing(found: Found | None, job_id: str) -> Found:
    """What was found of a job.

    Raises:
        JobNotFound: If there is nothing: the project has no such job.
    """
    if found is None:
        raise JobNotFound(job_id)
    return found


IS_OWN = (Job.id == bindparam("job_id"), Job.project == bindparam("of_project"), IS_TRAINING)
"""Whether it is this training of this project."""
JOB_COLUMNS: tuple[Any, ...] = tuple(getattr(Job, field.name) for field in fields(JobRow))
_SAID = tuple(field.name for field in fields(NewJob) if field.name != "metadata")
NEW_COLUMNS = (*_SAID, "status", "epoch", "row_bytes")
"""What a new job's row says for itself; the rest is the table's defaults."""
_KEPT = tuple(field.name for field in fields(JobRow) if field.name in NEW_COLUMNS)
_said_of = attrgetter(*_SAID)


def job_row(row: Sequence[Any]) -> JobRow:
    """The row of a statement that returned `JOB_COLUMNS`."""
    return JobRow(*row)


def written(job: NewJob) -> dict[str, Any]:
    """`NEW_COLUMNS` of a new job."""
    row: dict[str, Any] = dict(zip(_SAID, _said_of(job), strict=True))
    row["status"] = JobStatus.QUEUED
    row["epoch"] = job.first_epoch
    row["row_bytes"] = row_sizes.of_new_job(row, len(job.metadata))
    return row


def new_row(written: Mapping[str, Any]) -> JobRow:
    """The row as it will be read; to have it returned would cost as much as writing it."""
    return JobRow(**{name: written[name] for name in _KEPT})


def returning_job(statement: Insert | Update) -> TypedReturnsRows[Any]:
    """The statement, made to return `JOB_COLUMNS` of the row it writes."""
    returning: Any = statement.returning
    return returning(*JOB_COLUMNS)
