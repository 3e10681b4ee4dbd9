"""Data sets that are only read to be looked at: gone for every client from the beginning, and soon altogether.

They are data sets like others, but deleted at a moment that is still to come: no client finds them, their reading goes
on, and the sweeper removes what is left of them even if nobody asks for it.
"""

from contextlib import suppress

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.datasets import removals
from db.datasets.datasets import ROWS, DatasetRow
from db.errors import DatasetNotFound, JobAlreadyEnded, JobNotFound
from db.jobs import jobs, standings
from db.jobs.standings import Standing
from db.tables.columns import db_now
from db.tables.datasets import Dataset
from spec.kinds import READ


async def look(connection: AsyncConnection, dataset_id: str) -> tuple[Standing, DatasetRow]:
    """Where the job stands that reads it, and what came of it so far.

    Raises:
        DatasetNotFound: If it is gone.
    """
    # In this order: a job that ends in between is news at once.
    job_id = await connection.scalar(select(Dataset.job_id).where(Dataset.id == dataset_id))
    standing = None if job_id is None else await standings.of_job(connection, job_id)
    row = (await connection.execute(ROWS.where(Dataset.id == dataset_id))).one_or_none()
    if standing is None or row is None:
        raise DatasetNotFound(dataset_id)
    return standing, DatasetRow(*row)


async def end(connection: AsyncConnection, row: DatasetRow) -> None:
    """Nobody looks at it any more: its reading is cancelled, and its rows go with it, or as soon as it has ended."""
    # First the job and then the data set, as whoever ends the job.
    with suppress(JobAlreadyEnded, JobNotFound):
        await jobs.request_cancel(connection, row.job_id, row.project, kind=READ)
    await connection.execute(update(Dataset).where(Dataset.id == row.id).values(deleted_at=db_now()))
    await removals.remove(connection, row.id)
