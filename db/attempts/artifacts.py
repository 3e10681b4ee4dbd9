"""The files that jobs left, as they are read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.attempts import Artifact


@dataclass(frozen=True, slots=True)
class ArtifactRow:
    """One file; ``key`` is where the storage has it."""

    job_id: str
    name: str
    attempt: int
    key: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime


_COLUMNS = (
    Artifact.job_id,
    Artifact.name,
    Artifact.attempt,
    Artifact.key,
    Artifact.media_type,
    Artifact.size_bytes,
    Artifact.sha256,
    Artifact.created_at,
)


async def list_for(connection: AsyncConnection, job_id: str) -> list[ArtifactRow]:
    """A job's artifacts, by name."""
    rows = await connection.execute(select(*_COLUMNS).where(Artifact.job_id == job_id).order_by(Artifact.name))
    return [ArtifactRow(*row) for row in rows]


async def get(connection: AsyncConnection, job_id: str, name: str) -> ArtifactRow | None:
    """One of a job's artifacts, or None."""
    found = await connection.execute(select(*_COLUMNS).where(Artifact.job_id == job_id, Artifact.name == name))
    row = found.one_or_none()
    return None if row is None else ArtifactRow(*row)
