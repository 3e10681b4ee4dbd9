"""Finds artifacts and reads their bytes."""

import asyncio
from collections.abc import AsyncGenerator
from typing import IO, Any

from api.answers import time
from api.artifacts.ranges import ByteRange
from api.callers import Caller
from api.context import Context
from api.errors import ArtifactNotFound
from api.jobs.service import checked_id
from db import artifacts, jobs
from db.artifacts import ArtifactRow

CHUNK_BYTES = 2**18


async def list_artifacts(context: Context, caller: Caller, job_id: str) -> list[dict[str, Any]]:
    """The documents of a job's artifacts, by name.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    return [
        {
            "object": "artifact",
            "name": row.name,
            "media_type": row.media_type,
            "size_bytes": row.size_bytes,
            "sha256": row.sha256,
            "created_at": time(row.created_at),
            "url": f"/v1/jobs/{job_id}/artifacts/{row.name}",
        }
        for row in await _rows(context, caller, job_id)
    ]


async def find(context: Context, caller: Caller, job_id: str, name: str) -> ArtifactRow:
    """One artifact of a job.

    Raises:
        JobNotFound: If the caller has no such job.
        ArtifactNotFound: If it has no artifact of this name.
        DatabaseUnavailable: If the database does not answer.
    """
    for row in await _rows(context, caller, job_id):
        if row.name == name:
            return row
    raise ArtifactNotFound(f"the job has no artifact {name[:100]!r}")


async def open_content(context: Context, artifact: ArtifactRow, part: ByteRange | None) -> AsyncGenerator[bytes]:
    """The artifact's bytes, or a part of them, piece by piece; its file is opened before anything is answered.

    Raises:
        FileMissing: If the store has lost it.
        StorageUnavailable: If the store does not answer.
    """
    file = await asyncio.to_thread(context.store.open, artifact.key)
    part = part or ByteRange(0, artifact.size_bytes - 1)
    return _pieces(file, part)


async def _pieces(file: IO[bytes], part: ByteRange) -> AsyncGenerator[bytes]:
    left = part.length_bytes
    try:
        await asyncio.to_thread(file.seek, part.first)
        while left > 0:
            piece = await asyncio.to_thread(file.read, min(left, CHUNK_BYTES))
            if not piece:
                # Shorter than was promised in Content-Length: the connection must break, not end as if all were well.
                raise EOFError("an artifact is shorter than when it was stored")
            left -= len(piece)
            yield piece
    finally:
        file.close()


async def _rows(context: Context, caller: Caller, job_id: str) -> list[ArtifactRow]:
    checked_id(job_id)
    async with context.database.read() as connection:
        await jobs.require(connection, job_id, caller.project)
        rows = await artifacts.list_for(connection, job_id)
        await jobs.require_still(connection, job_id, caller.project, rows)
        return rows
