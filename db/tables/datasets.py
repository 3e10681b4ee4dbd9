"""Users' data sets, the files that they were read from, and files that are still being sent."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, partial_index
from db.tables.columns import Identifier, db_now
from db.tables.projects import Project


class Blob(Base):
    """The bytes of an uploaded file, stored once however many data sets are read from them.

    The data sets that name it are its references: it goes with the last of them. No client sees it, or could tell from
    anything whether another project has sent the same bytes.
    """

    __tablename__ = "blobs"
    __table_args__ = ({"sqlite_with_rowid": False},)

    sha256: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    # Of this copy alone: where the same bytes come again after they were removed, they get another.
    key: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=db_now())


class Dataset(Base):
    """A data set of a project: which bytes, how they are to be read, and what came of reading them.

    ``status`` is ``processing`` until the internal job that reads it has ended. With ``deleted_at`` it is gone for
    every client, and from that moment on the sweeper removes what is left of it; of a dry run, the moment is still to
    come.
    """

    __tablename__ = "datasets"
    __table_args__: ClassVar = (
        Index("datasets_project_id", "project", "id"),
        Index("datasets_project_name_id", "project", "name", "id"),
        Index("datasets_project_status_id", "project", "status", "id"),
        Index("datasets_project_row_bytes", "project", "row_bytes"),
        Index("datasets_blob_sha256", "blob_sha256"),
        Index("datasets_job_id", "job_id", unique=True),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    project: Mapped[str] = mapped_column(Identifier(), ForeignKey(Project.id))
    name: Mapped[str | None]
    status: Mapped[str]
    format: Mapped[str | None]
    blob_sha256: Mapped[str] = mapped_column(Identifier(), ForeignKey(Blob.sha256))
    description_json: Mapped[str]
    # The internal job that reads it. It refers to nothing, since the job is deleted first.
    job_id: Mapped[str] = mapped_column(Identifier())
    rows: Mapped[int | None] = mapped_column(BigInteger)
    columns_json: Mapped[str | None]
    shape_json: Mapped[str | None]
    classes_json: Mapped[str | None]
    warnings_json: Mapped[str | None]
    # What a job on it is checked by; may be long, and is read for no answer.
    facts_json: Mapped[str | None]
    error_json: Mapped[str | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    row_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")


partial_index("datasets_deleted", Dataset.id, where=Dataset.deleted_at.is_not(None))


class Upload(Base):
    """A file that is sent in parts, by several requests to any process.

    ``turn`` rises with each request that brings a part: only what the latest of them brings is counted, so that a
    request whose client has gone cannot add to what was sent again.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        Index("uploads_project_id", "project", "id"),
        Index("uploads_expires_at", "expires_at"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    project: Mapped[str] = mapped_column(Identifier(), ForeignKey(Project.id))
    metadata_text: Mapped[str | None]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    offset_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    turn: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class UploadPart(Base):
    """A part of an upload that lies in the storage."""

    __tablename__ = "upload_parts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    upload_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Upload.id, ondelete="CASCADE"), primary_key=True)
    first_byte: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]


class StrayFile(Base):
    """A file of the storage, or all files of a folder there, that nothing refers to: not yet, or not any more.

    Whoever is about to store a file notes it first. What is still noted at ``remove_at`` is removed, so that no process
    that dies in between leaves anything behind.
    """

    __tablename__ = "stray_files"
    __table_args__ = (Index("stray_files_remove_at", "remove_at"), {"sqlite_with_rowid": False})

    key: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    is_folder: Mapped[bool] = mapped_column(server_default=false())
    # Whether somebody is about to refer to it. Whoever removes it says first that nobody can any more.
    is_awaited: Mapped[bool] = mapped_column(server_default=false())
    # Whether it was removed before: a folder is looked at once more, since who was writing into it may have been slow.
    is_last: Mapped[bool] = mapped_column(server_default=false())
    remove_at: Mapped[datetime]
