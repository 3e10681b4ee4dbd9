"""Jobs, what they are found by, what happened to them, and what is still to be done about them."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKey, Index, false, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import DEFAULT_PROJECT, RISING, Base, partial_index
from db.tables.columns import Identifier, db_now
from db.tables.projects import Project
from spec.kinds import ACCELERATORS, TRAIN
from spec.states import ENDED, JobStatus


class Job(Base):
    """A job: what was asked, where it stands, what came of it."""

    __tablename__ = "jobs"
    # Room on each page for the new version of a row that changes every epoch.
    __table_args__: ClassVar = ({"postgresql_with": {"fillfactor": "70"}},)

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    project: Mapped[str] = mapped_column(Identifier(), ForeignKey(Project.id), server_default=DEFAULT_PROJECT)
    name: Mapped[str | None]
    status: Mapped[JobStatus]
    # Of what kind the work is (`spec.kinds`); a job of an internal kind is seen by no client.
    kind: Mapped[str] = mapped_column(server_default=TRAIN)
    spec_json: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    metadata_json: Mapped[str]
    # What the coach found of the spec alone, as a JSON list.
    findings_json: Mapped[str] = mapped_column(server_default="[]")
    dataset: Mapped[str]
    # Another one, which has the validation rows. Neither is deleted before the job has ended.
    validation_dataset: Mapped[str | None]
    # What was known of the data set when the job was made; unknown of jobs older than the column.
    dataset_facts_json: Mapped[str | None]
    accelerator: Mapped[str]
    gpus: Mapped[int] = mapped_column(server_default="1")
    priority: Mapped[int]
    max_attempts: Mapped[int]
    max_runtime_seconds: Mapped[float | None]
    parent: Mapped[str | None]
    sweep: Mapped[str | None]
    # The job whose weights the training begins with, and the file that has them, with what it is known by.
    initial_weights: Mapped[str | None]
    initial_weights_json: Mapped[str | None]
    # How many epochs a training has had that this one continues: they count in `epoch` and `epochs`.
    first_epoch: Mapped[int] = mapped_column(server_default="0")
    # When its id was made: what the id is greater or less than, it is later or earlier than.
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    attempt: Mapped[int] = mapped_column(server_default="0")
    attempts_counted: Mapped[int] = mapped_column(server_default="0")
    worker_id: Mapped[str | None]
    slot: Mapped[int | None]
    lease_expires_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    pause_requested_at: Mapped[datetime | None]
    # After which epoch it pauses by itself, with a checkpoint; no client says so.
    pause_at_epoch: Mapped[int | None]

    epoch: Mapped[int] = mapped_column(server_default="0")
    epochs: Mapped[int]
    fraction: Mapped[float] = mapped_column(default=0.0)
    eta_seconds: Mapped[float | None]
    latest_metrics_json: Mapped[str | None]

    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    error_pointer: Mapped[str | None]
    results_json: Mapped[str | None]
    # Whether jobs are made to find out what would have helped it: only then has it come to its end.
    is_repairing: Mapped[bool] = mapped_column(server_default=false())
    # What the job is counted by; unknown of jobs older than the column.
    train_rows: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # Of the request that made it, to be found again in logs and traces.
    request_id: Mapped[str | None]
    traceparent: Mapped[str | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    # Bytes of all its rows (`db.tables.row_sizes`) are the sum of the two: as of its last visible change, and since
    # then. Only the first stands in an index, so that recording an epoch touches none.
    row_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    growth_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")


# Literals and not parameters, so that PostgreSQL knows when it plans how few such jobs there are.
IS_QUEUED = Job.status == literal_column("'queued'")
IS_RUNNING = Job.status == literal_column("'running'")
HAS_ENDED = Job.status.in_(sorted(ENDED))
# Which jobs are trainings: the first for a row that is read anyway; the second, to the same effect, stands in the index
# of the claim order, so that long queues are counted without a look at their jobs.
IS_TRAINING = Job.kind == literal_column(f"'{TRAIN}'")
HAS_ACCELERATOR = Job.accelerator.in_([literal_column(f"'{name}'") for name in ACCELERATORS])
# Each project's queue in the order of its claims. Not a partial index: SQLite would pass it over and sort the queue
# instead.
Index("jobs_claim_order", Job.status, Job.project, Job.priority.desc(), Job.id, Job.accelerator, Job.gpus)
# Serves the search for running jobs. The lease's end stands in no index: renewing it then touches none (a heap-only
# update on PostgreSQL).
Index("jobs_status_id", Job.status, Job.id)
# Serve a project's lists, so that none walks another project's jobs.
Index("jobs_project_id", Job.project, Job.id)
Index("jobs_project_status_id", Job.project, Job.status, Job.id)
Index("jobs_project_name_id", Job.project, Job.name, Job.id)
Index("jobs_project_dataset_id", Job.project, Job.dataset, Job.id)
# A project's bytes are summed without a look at its jobs, whose specs may be long.
Index("jobs_project_row_bytes", Job.project, Job.row_bytes)
# Takes what no client sees off a project's count of jobs, which is made over an index that does not know the kind.
partial_index("jobs_internal", Job.project, Job.status, where=Job.kind != literal_column(f"'{TRAIN}'"))
partial_index("jobs_project_sweep_id", Job.project, Job.sweep, Job.id, where=Job.sweep.is_not(None))
partial_index("jobs_project_parent_id", Job.project, Job.parent, Job.id, where=Job.parent.is_not(None))
partial_index("jobs_validation_dataset", Job.validation_dataset, Job.project, where=Job.validation_dataset.is_not(None))
# Serves lists, and the search for jobs that need the files of a deleted one, whose project is not known any more.
partial_index(
    "jobs_initial_weights_project_id",
    Job.initial_weights,
    Job.project,
    Job.id,
    where=Job.initial_weights.is_not(None),
)


class JobLabel(Base):
    """One pair of a job's metadata, to find jobs by: as a digest of it and the project.

    An index takes no text of any length; and so nobody walks another project's jobs.
    """

    __tablename__ = "job_labels"
    __table_args__ = (Index("job_labels_label_job_id", "label", "job_id"), {"sqlite_with_rowid": False})

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(Identifier(), primary_key=True)


class Leftover(Base):
    """A job of which files may be left that nobody else knows of."""

    __tablename__ = "leftovers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)


class Event(Base):
    """Something that happened to a job.

    ``number`` counts a job's events from 1, in the order of their commits. ``id`` counts over all projects and is shown
    to nobody: it would tell how busy others are.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("events_job_id_number", "job_id", "number", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RISING, primary_key=True)
    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"))
    # The default is no number: SQLite adds no column without one, and of two that forgot theirs the index takes one.
    number: Mapped[int] = mapped_column(server_default="0")
    at: Mapped[datetime] = mapped_column(default=db_now())
    type: Mapped[str]
    data_json: Mapped[str]


class OutboxEntry(Base):
    """A job that the broker is to be told of; gone once it was."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_created_at", "created_at"), {"sqlite_with_rowid": False})

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    accelerator: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=db_now())


class Removal(Base):
    """A job that was deleted and whose files are to be removed. It refers to nothing: the job is gone."""

    __tablename__ = "removals"
    __table_args__ = (Index("removals_created_at", "created_at"), {"sqlite_with_rowid": False})

    job_id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    swept_at: Mapped[datetime | None]
