"""Projects, and what is theirs beside jobs: keys, what was asked and done, what was used of quotas."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import DEFAULT_PROJECT, Base, partial_index
from db.tables.columns import Identifier, db_now


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


class IdempotencyKey(Base):
    """The first answer to a request that carried a key, to be given again; ``digest`` is of the request.

    Where the answer shows the spec of a job that is still there, ``body_json`` is without it: it belongs at
    ``spec_offset``.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index("idempotency_keys_created_at", "created_at"),
        Index("idempotency_keys_project_size_bytes", "project", "size_bytes"),
        partial_index("idempotency_keys_job_id", "job_id", where=text("job_id IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )

    project: Mapped[str] = mapped_column(
        Identifier(), ForeignKey(Project.id, ondelete="CASCADE"), primary_key=True, server_default=DEFAULT_PROJECT
    )
    key: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    digest: Mapped[str]
    status: Mapped[int]
    location: Mapped[str]
    body_json: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    size_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    job_id: Mapped[str | None] = mapped_column(Identifier())
    spec_offset: Mapped[int | None]


class AuditEntry(Base):
    """Who changed something of a project, and when. ``actor`` is a key's id, or ``local`` where none was asked for.

    Its id tells when it was made, and not how many there are of all projects.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index("audit_log_project_id", "project", "id"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    project: Mapped[str] = mapped_column(Identifier(), ForeignKey(Project.id, ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(default=db_now())
    actor: Mapped[str]
    action: Mapped[str]
    object_id: Mapped[str]
    request_id: Mapped[str]
    address: Mapped[str | None]


class DeletedUse(Base):
    """What jobs that are deleted by now had used: the sum of a project's jobs that were made within one hour.

    ``hour`` counts from 1970.
    """

    __tablename__ = "deleted_use"
    __table_args__ = ({"sqlite_with_rowid": False},)

    project: Mapped[str] = mapped_column(Identifier(), ForeignKey(Project.id, ondelete="CASCADE"), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch_samples: Mapped[int] = mapped_column(BigInteger)
