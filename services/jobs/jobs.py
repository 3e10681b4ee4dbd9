"""A job as it is told of, and how one is found."""

from dataclasses import dataclass

from db.errors import JobNotFound
from db.jobs import jobs
from db.jobs.jobs import JobRow
from services.actors import Actor
from services.context import ServiceContext
from services.ids import checked_id
from spec.states import ENDED


@dataclass(frozen=True)
class Job:
    """A job and its place in the queue, which is None unless it is queued."""

    row: JobRow
    queue_position: int | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing follows the state it is in, and no repair is under way."""
        return self.row.status in ENDED and not self.row.is_repairing


async def read(context: ServiceContext, actor: Actor, job_id: str) -> Job:
    """The job.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    async with context.database.read(is_short=True) as connection:
        row = jobs.existing(await jobs.get(connection, job_id, actor.project), job_id)
        return Job(row, await context.places.of(connection, row))
