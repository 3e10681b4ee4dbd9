"""Files that are sent in parts, by several requests: where each is, fenced, so that any process can go on."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.datasets import stray_files
from db.errors import TooManyUploads, UploadExpired, UploadIncomplete, UploadMoved, UploadNotFound
from db.pages import PageReader
from db.projects import projects
from db.tables.columns import db_now, returning
from db.tables.datasets import Upload, UploadPart
from spec.ids import made_at

MAX_PER_PROJECT = 100
MAX_PARTS = 10_000
KEPT_SECONDS = 24 * 60 * 60.0
"""How long an upload waits for its next part."""


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload; ``metadata_text`` is what the client said of it, as it said it."""

    id: str
    project: str
    metadata_text: str | None
    size_bytes: int
    offset_bytes: int
    turn: int
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A part that lies in the storage under ``key``."""

    key: str
    size_bytes: int


_COLUMNS: tuple[Any, ...] = tuple(getattr(Upload, field.name) for field in fields(UploadRow))
_OWN = (Upload.id == bindparam("upload_id"), Upload.project == bindparam("of_project"))
_BY_ID = select(*_COLUMNS).where(*_OWN)
IS_EXPIRED = Upload.expires_at <= db_now()
"""Whether an upload has waited too long."""


def folder_of(upload_id: str) -> str:
    """Where all parts of an upload lie."""
    return f"uploads/{upload_id}"


async def create(
    connection: AsyncConnection, upload_id: str, project: str, size_bytes: int, metadata_text: str | None
) -> UploadRow:
    """Make an upload of which nothing has come yet.

    Raises:
        TooManyUploads: If the project has as many as it may have.
    """
    await projects.lock(connection, project)
    count = await connection.scalar(select(func.count()).select_from(Upload).where(Upload.project == project))
    if (count or 0) >= MAX_PER_PROJECT:
        raise TooManyUploads.of_project(MAX_PER_PROJECT)
    values = {
        "id": upload_id,
        "project": project,
        "size_bytes": size_bytes,
        "metadata_text": metadata_text,
        "created_at": made_at(upload_id),
        "expires_at": db_now(KEPT_SECONDS),
    }
    made = await connection.execute(returning(insert(Upload).values(**values), _COLUMNS))
    return UploadRow(*made.one())


async def get(connection: AsyncConnection, upload_id: str, project: str) -> UploadRow:
    """The upload.

    Raises:
        UploadNotFound: If the project has none such.
    """
    found = (await connection.execute(_BY_ID, {"upload_id": upload_id, "of_project": project})).one_or_none()
    if found is None:
        raise UploadNotFound(upload_id)
    return UploadRow(*found)


list_page = PageReader(_COLUMNS, Upload.project, Upload.id, UploadRow)
"""A project's uploads, newest first, at most ``limit``; with ``before_id`` those made before that one."""


async def begin_part(connection: AsyncConnection, upload_id: str, project: str, first_byte: int) -> UploadRow:
    """A part is about to come: the upload as it is now, its turn being the part's.

    Raises:
        UploadNotFound: If the project has none such.
        UploadExpired: If it has waited too long.
        UploadMoved: If it is not at this byte.
        TooManyUploads: If it came in as many parts as it may.
    """
    begun = update(Upload).where(
        Upload.id == upload_id,
        Upload.project == project,
        Upload.offset_bytes == first_byte,
        Upload.turn < MAX_PARTS,
        Upload.expires_at > db_now(),
    )
    found = (await connection.execute(returning(begun.values(turn=Upload.turn + 1), _COLUMNS))).one_or_none()
    if found is not None:
        return UploadRow(*found)
    row = await get(connection, upload_id, project)
    if row.offset_bytes != first_byte:
        raise UploadMoved(upload_id, row.offset_bytes)
    if row.turn >= MAX_PARTS:
        raise TooManyUploads.of_parts(MAX_PARTS)
    raise UploadExpired(upload_id)


async def end_part(connection: AsyncConnection, begun: UploadRow, part: Part) -> UploadRow:
    """The part has come: the upload as it is now.

    Args:
        connection: A write transaction.
        begun: What `begin_part` gave.
        part: What was stored.

    Raises:
        UploadNotFound: If it was deleted meanwhile.
        UploadMoved: If another request goes on with it.
    """
    moved = update(Upload).where(
        Upload.id == begun.id, Upload.turn == begun.turn, Upload.offset_bytes == begun.offset_bytes
    )
    values = {"offset_bytes": Upload.offset_bytes + part.size_bytes, "expires_at": db_now(KEPT_SECONDS)}
    found = (await connection.execute(returning(moved.values(**values), _COLUMNS))).one_or_none()
    if found is None:
        raise UploadMoved(begun.id, (await get(connection, begun.id, begun.project)).offset_bytes)
    await connection.execute(
        insert(UploadPart).values(
            upload_id=begun.id, first_byte=begun.offset_bytes, size_bytes=part.size_bytes, key=part.key
        )
    )
    return UploadRow(*found)


async def parts_of(connection: AsyncConnection, upload_id: str, project: str) -> list[Part]:
    """The parts of a complete upload, in their order.

    Raises:
        UploadNotFound: If the project has none such.
        UploadIncomplete: If not all of it has come.
    """
    row = await get(connection, upload_id, project)
    if row.offset_bytes < row.size_bytes:
        raise UploadIncomplete(upload_id, row.offset_bytes, row.size_bytes)
    ordered = select(UploadPart.key, UploadPart.size_bytes).order_by(UploadPart.first_byte)
    return [Part(*found) for found in await connection.execute(ordered.where(UploadPart.upload_id == upload_id))]


async def remove(connection: AsyncConnection, upload_id: str, project: str) -> None:
    """Delete an upload; its parts are noted to be removed.

    Raises:
        UploadNotFound: If the project has none such.
    """
    gone = delete(Upload).where(Upload.id == upload_id, Upload.project == project)
    if (await connection.execute(gone.returning(Upload.id))).one_or_none() is None:
        raise UploadNotFound(upload_id)
    await stray_files.let_go(connection, folder_of(upload_id), is_folder=True)


async def expired(connection: AsyncConnection, behind: str, limit: int) -> list[str]:
    """Uploads that have waited too long, by id."""
    rows = select(Upload.id).where(IS_EXPIRED, Upload.id > behind).order_by(Upload.id).limit(limit)
    return list((await connection.execute(rows)).scalars())


async def remove_expired(connection: AsyncConnection, among: Sequence[str]) -> None:
    """Delete those of these uploads that have waited too long."""
    gone = delete(Upload).where(Upload.id.in_(among), IS_EXPIRED).returning(Upload.id)
    for upload_id in sorted((await connection.execute(gone)).scalars()):
        await stray_files.let_go(connection, folder_of(upload_id), is_folder=True)
