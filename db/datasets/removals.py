"""What is left of deleted data sets, removed once nothing reads it any more."""

from contextlib import suppress

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.datasets import stray_files
from db.errors import JobNotFound
from db.jobs import removals
from db.tables.columns import db_now
from db.tables.datasets import Blob, Dataset
from db.tables.jobs import Job
from spec.kinds import READ
from spec.states import ENDED

IS_DUE = (
    Dataset.deleted_at.is_not(None),
    Dataset.deleted_at <= db_now(),
    ~exists().where(Job.id == Dataset.job_id, Job.status.not_in(sorted(ENDED))),
)
"""Whether a data set was deleted, and the job that reads it has ended."""


async def due(connection: AsyncConnection, behind: str, limit: int) -> list[str]:
    """Deleted data sets of which something is left, by id."""
    rows = select(Dataset.id).where(*IS_DUE, Dataset.id > behind).order_by(Dataset.id).limit(limit)
    return list((await connection.execute(rows)).scalars())


async def remove(connection: AsyncConnection, dataset_id: str) -> None:
    """Remove the rows of a deleted data set, with the job that read it; its file too if no other is read from it.

    The files themselves are noted to be removed.
    """
    own = select(Dataset.project, Dataset.job_id).where(*IS_DUE, Dataset.id == dataset_id)
    found = (await connection.execute(own)).one_or_none()
    if found is None:
        return
    with suppress(JobNotFound):
        await removals.delete_job(connection, found.job_id, found.project, kind=READ)
    gone = await connection.execute(delete(Dataset).where(Dataset.id == dataset_id).returning(Dataset.blob_sha256))
    sha256 = gone.scalar_one_or_none()
    if sha256 is None:
        return
    # A statement of its own: the next one sees what whoever had the lock has made of the same bytes.
    blob = select(Blob.key).where(Blob.sha256 == sha256).with_for_update()
    key = (await connection.execute(blob)).scalar_one_or_none()
    others = await connection.execute(select(Dataset.id).where(Dataset.blob_sha256 == sha256).limit(1))
    if key is not None and others.one_or_none() is None:
        await connection.execute(delete(Blob).where(Blob.sha256 == sha256))
        await stray_files.let_go(connection, key)
