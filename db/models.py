"""The tables. Statements are written on these classes with SQLAlchemy Core; no ORM session is ever opened."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Index, Integer, MetaData, literal_column, true
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.columns import Identifier, PlainText, UtcTime, db_now
from spec.states import JobStatus

DEFAULT_PROJECT = "default"
"""The project of all jobs while nobody is asked for a key."""

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


def _values(statuses: Iterable[JobStatus]) -> list[str]:
    return [status.value for status in statuses]


JOB_STATUS = Enum(
    JobStatus,
    name="status",
    native_enum=False,
    length=16,
    create_constraint=True,
    values_callable=_values,
)
RISING = BigInteger().with_variant(Integer(), "sqlite")
"""A key the database counts up: SQLite does so for its own INTEGER only."""


class Base(DeclarativeBase):
    """What the tables share. Times are the database's own."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {str: PlainText(), datetime: UtcTime(), JobStatus: JOB_STATUS}


class Project(Base):
    """Whose jobs they are. ``turn`` rises with each claim of one: the project with the least was served longest ago.

    A quota that is NULL is what the settings say.
    """

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    turn: Mapped[int] = mapped_column(BigInteger, server_default="0")
    max_jobs_queued: Mapped[int | None] = mapped_column(BigInteger)
    max_jobs_running: Mapped[int | None] = mapped_column(BigInteger)
    max_stored_bytes: Mapped[int | None] = mapped_column(BigInteger)
    max_epoch_samples_per_day: Mapped[int | None] = mapped_column(BigInteger)
    max_database_bytes: Mapped[int | None] = mapped_column(BigInteger)


class Job(Base):
    """A job: what was asked, where it stands, what came of it."""

    __tablename__ = "jobs"
    # Room on each page for the new version of a row that changes every epoch.
    __table_args__: ClassVar = ({"postgresql_with": {"fillfactor": "70"}},)

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    project: Mapped[str] = mapped_column(Identifier(), ForeignKey(Project.id), server_default=DEFAULT_PROJECT)
    name: Mapped[str | None]
    status: Mapped[JobStatus]
    spec_json: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    metadata_json: Mapped[str]
    dataset: Mapped[str]
    accelerator: Mapped[str]
    gpus: Mapped[int] = mapped_column(server_default="1")
    priority: Mapped[int]
    max_attempts: Mapped[int]
    max_runtime_seconds: Mapped[float | None]
    parent: Mapped[str | None]
    sweep: Mapped[str | None]
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

    epoch: Mapped[int] = mapped_column(server_default="0")
    epochs: Mapped[int]
    fraction: Mapped[float] = mapped_column(default=0.0)
    eta_seconds: Mapped[float | None]
    latest_metrics_json: Mapped[str | None]

    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    error_pointer: Mapped[str | None]
    results_json: Mapped[str | None]
    # What the job is counted by; unknown of jobs older than the column.
    train_rows: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # Of the request that made it, to be found again in logs and traces.
    request_id: Mapped[str | None]
    traceparent: Mapped[str | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    # Bytes of all its rows (`db.row_sizes`) are the sum of the two: as of its last visible change, and since then. Only
    # the first stands in an index, so that recording an epoch touches none.
    row_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    growth_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")


# Literals and not parameters, so that PostgreSQL knows when it plans how few such jobs there are.
IS_QUEUED = Job.status == literal_column("'queued'")
IS_RUNNING = Job.status == literal_column("'running'")

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
Index(
    "jobs_project_sweep_id",
    Job.project,
    Job.sweep,
    Job.id,
    postgresql_where=Job.sweep.is_not(None),
    sqlite_where=Job.sweep.is_not(None),
)
Index(
    "jobs_project_parent_id",
    Job.project,
    Job.parent,
    Job.id,
    postgresql_where=Job.parent.is_not(None),
    sqlite_where=Job.parent.is_not(None),
)


class JobLabel(Base):
    """One pair of a job's metadata, to find jobs by: as a digest of it and the project.

    An index takes no text of any length; and so nobody walks another project's jobs.
    """

    __tablename__ = "job_labels"
    __table_args__ = (Index("job_labels_label_job_id", "label", "job_id"), {"sqlite_with_rowid": False})

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(Identifier(), primary_key=True)


class Attempt(Base):
    """One claim of a job by a worker's slot."""

    __tablename__ = "attempts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    worker_id: Mapped[str]
    slot: Mapped[int]
    claimed_at: Mapped[datetime] = mapped_column(default=db_now())
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    error_code: Mapped[str | None]
    from_epoch: Mapped[int | None]
    is_counted: Mapped[bool] = mapped_column(server_default=true())


class Checkpoint(Base):
    """A file in the storage from which a job's training can go on."""

    __tablename__ = "checkpoints"
    __table_args__ = (CheckConstraint("size_bytes >= 0", name="size"), {"sqlite_with_rowid": False})

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    key: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=db_now())


class Leftover(Base):
    """A job of which files may be left that nobody else knows of."""

    __tablename__ = "leftovers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)


class Epoch(Base):
    """One epoch's metrics, as JSON text that goes into an answer as it stands."""

    __tablename__ = "epochs"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[int]
    metrics_json: Mapped[str]
    duration_seconds: Mapped[float]
    fraction: Mapped[float]
    eta_seconds: Mapped[float | None]
    recorded_at: Mapped[datetime] = mapped_column(default=db_now())


class EpochSignals(Base):
    """What was measured of the layers after an epoch, as a JSON object by layer; only of jobs that ask for it.

    Apart from the epoch's own row, which is read by thousands and makes up most of an answer.
    """

    __tablename__ = "epoch_signals"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signals_json: Mapped[str]


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


class Worker(Base):
    """A worker's own word about itself."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    hostname: Mapped[str]
    pid: Mapped[int]
    accelerators_json: Mapped[str]
    slots: Mapped[int]
    busy: Mapped[int] = mapped_column(server_default="0")
    versions_json: Mapped[str]
    devices_json: Mapped[str]
    state: Mapped[str]
    # Its background loops that fail now.
    failing_json: Mapped[str] = mapped_column(server_default="[]")
    lease_seconds: Mapped[float] = mapped_column(server_default=literal_column("30"))
    started_at: Mapped[datetime] = mapped_column(default=db_now())
    heartbeat_at: Mapped[datetime] = mapped_column(default=db_now())


class Total(Base):
    """A sum that only rises: what all workers did so far, for the metrics."""

    __tablename__ = "totals"
    __table_args__ = ({"sqlite_with_rowid": False},)

    name: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    labels: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    value: Mapped[float]


class Artifact(Base):
    """A file that a job left in the storage."""

    __tablename__ = "artifacts"
    __table_args__ = (CheckConstraint("size_bytes >= 0", name="size"), {"sqlite_with_rowid": False})

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    key: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=db_now())


class ApiKey(Base):
    """Lets a client in: into one project, for some scopes. ``digest`` is the SHA-256 of its secret, in hex."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("api_keys_project_id", "project", "id"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    project: Mapped[str] = mapped_column(Identifier(), ForeignKey(Project.id, ondelete="CASCADE"))
    name: Mapped[str | None]
    digest: Mapped[str]
    scopes: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
