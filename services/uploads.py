"""What can be done with files that are sent in parts."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from db.datasets import uploads
from db.datasets.uploads import Part, UploadRow
from db.errors import CommitUncertain, UploadNotFound
from db.projects import audit
from services.actors import Actor
from services.context import ServiceContext
from services.ids import checked_id
from services.incoming import Incoming, IncomingFile
from services.quotas.guard import Use
from services.quotas.room import Room
from spec.ids import new_id

ALGORITHMS = ("md5", "sha1", "sha256")
"""By which a part's checksum may be made."""


class SenderGone(Exception):
    """The client went away in the middle of a part."""


class ChecksumMismatch(Exception):
    """The part is not what its checksum says, so nothing of it is kept."""

    def __init__(self) -> None:
        super().__init__("The checksum of the part does not match its bytes. Send the part again.")


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a part must come to.

    Attributes:
        algorithm: One of `ALGORITHMS`.
        digest: The digest by it.
    """

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class SentPart:
    """A part that a client sends.

    Attributes:
        first_byte: Where in the file it begins.
        pieces: What comes; it raises `SenderGone` where the client breaks off.
        checksum: Of all of it, if the client says one.
        expected_bytes: How much will come, as far as is known.
    """

    first_byte: int
    pieces: AsyncIterator[bytes]
    checksum: Checksum | None = None
    expected_bytes: int = 1


async def create(context: ServiceContext, actor: Actor, size_bytes: int, metadata_text: str | None) -> UploadRow:
    """Makes an upload of which nothing has come yet.

    Raises:
        TooManyUploads: If the project has as many as it may have.
        QuotaExceeded: If the project has no room for a file of this size.
        DatabaseUnavailable: If the database does not answer.
    """
    await Room.of(context, actor, size_bytes, size_bytes)
    upload_id = new_id("up")
    async with context.database.write() as connection:
        row = await uploads.create(connection, upload_id, actor.project, size_bytes, metadata_text)
        await audit.record(connection, actor.act("upload.create", upload_id))
        return row


async def receive(
    context: ServiceContext, incoming: Incoming, actor: Actor, upload_id: str, sent: SentPart
) -> UploadRow:
    """The upload once a part has come, or as much of it as came before its client went away.

    Of a part with a checksum all counts, or nothing.

    Raises:
        UploadNotFound: If the caller has none such.
        UploadExpired: If it has waited too long.
        UploadMoved: If it is at another byte, or another request goes on with it.
        TooManyUploads: If it came in as many parts as it may.
        TooManyTransfers: If too many files are being received.
        FileTooLarge: If the part goes beyond the upload's size.
        ChecksumMismatch: If it is not what its checksum says.
        SenderGone: If nothing of it can be kept.
        QuotaExceeded: If the project has no room for it.
        DatabaseUnavailable: If the database does not answer.
        StorageUnavailable: If the storage does not.
    """
    checked_id(upload_id, "up", UploadNotFound)
    with incoming.turn(actor.project):
        async with context.database.write() as connection:
            begun = await uploads.begin_part(connection, upload_id, actor.project, sent.first_byte)
        left = begun.size_bytes - begun.offset_bytes
        room = await Room.of(context, actor, left, sent.expected_bytes, is_part=True)
        # Below the upload's own folder, all of which is removed with it.
        async with incoming.file(f"{uploads.folder_of(upload_id)}/{begun.turn}") as file:
            await _fill(file, sent, room)
            if not file.size_bytes:
                return begun
            stored = await file.commit()
        return await _count(context, incoming, begun, Part(stored.key, stored.size_bytes))


async def remove(context: ServiceContext, actor: Actor, upload_id: str) -> None:
    """Deletes the upload with all that has come of it.

    Raises:
        UploadNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(upload_id, "up", UploadNotFound)
    async with context.database.write() as connection:
        await uploads.remove(connection, upload_id, actor.project)
        await audit.record(connection, actor.act("upload.delete", upload_id))


async def _fill(file: IncomingFile, sent: SentPart, room: Room) -> None:
    checksum = sent.checksum
    digest = None if checksum is None else hashlib.new(checksum.algorithm, usedforsecurity=False)
    try:
        async for piece in sent.pieces:
            await room.require(file.size_bytes + len(piece))
            await file.add(piece)
            if digest is not None:
                digest.update(piece)
    except SenderGone:
        if checksum is not None or not file.size_bytes:
            raise
    if checksum is not None and digest is not None and digest.digest() != checksum.digest:
        raise ChecksumMismatch


async def _count(context: ServiceContext, incoming: Incoming, begun: UploadRow, part: Part) -> UploadRow:
    try:
        async with context.quotas.looking(begun.project) as taking, context.database.write() as connection:
            taking.take(begun.project, Use(stored_bytes=part.size_bytes))
            return await uploads.end_part(connection, begun, part)
    except CommitUncertain:
        raise  # it may count
    except Exception:
        await incoming.discard(part.key)
        raise
