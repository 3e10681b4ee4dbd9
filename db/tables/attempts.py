"""Attempts at jobs, and what they leave: epochs, checkpoints, files."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, false, true
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base
from db.tables.columns import Identifier, db_now
from db.tables.jobs import Job


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


class JobStart(Base):
    """What was seen once of a job's training: its rows, and its first weights; as JSON. It is told with an epoch."""

    __tablename__ = "job_starts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    start_json: Mapped[str]


class JobFindings(Base):
    """What the coach has found of a job's training by now, in one row, which is replaced as a whole.

    ``told_json`` has the id of every finding that was ever told as an event, and how grave it was at its gravest.
    """

    __tablename__ = "job_findings"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int]
    findings_json: Mapped[str]
    told_json: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(default=db_now())


class SecondLook(Base):
    """A job that has ended before it was known how good simple models are on its rows: it is looked at once more."""

    __tablename__ = "second_looks"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    noted_at: Mapped[datetime] = mapped_column(default=db_now())
    # Whether it depends on that whether the job is repaired.
    decides_repair: Mapped[bool] = mapped_column(server_default=false())


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
