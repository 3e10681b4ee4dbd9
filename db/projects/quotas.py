"""What a project may have, and what it has."""

from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from db.jobs import weights
from db.projects import deleted_use
from db.projects.deleted_use import DAY_SECONDS, EPOCH_SAMPLES
from db.tables.attempts import Artifact, Checkpoint
from db.tables.datasets import Blob, Dataset, Upload
from db.tables.jobs import IS_RUNNING, Job
from db.tables.projects import IdempotencyKey, Project
from db.tables.row_sizes import DELIVERY_BYTES
from db.tables.webhooks import Delivery, Webhook
from spec.ids import first_id
from spec.kinds import TRAIN
from spec.states import JobStatus


@dataclass(frozen=True, slots=True)
class Quotas:
    """What a project may have; None of what it may have any number of.

    Attributes:
        jobs_queued: Jobs in the queue.
        jobs_running: Jobs that run at once; those beyond wait in the queue.
        stored_bytes: Artifacts and checkpoints, files of deleted jobs that others begin with, uploaded files, and what
            has come of uploads in parts.
        epoch_samples_per_day: Training rows times epochs, of the jobs made within the last 24 hours.
        database_bytes: Rows of the database: jobs with their events and epochs, data sets, kept first answers,
            deliveries.
    """

    jobs_queued: int | None = None
    jobs_running: int | None = None
    stored_bytes: int | None = None
    epoch_samples_per_day: int | None = None
    database_bytes: int | None = None

    def or_else(self, defaults: "Quotas") -> "Quotas":
        """These, and of those that are None the defaults."""
        pairs = zip(astuple(self), astuple(defaults), strict=True)
        return Quotas(*(default if own is None else own for own, default in pairs))


NAMES = tuple(field.name for field in fields(Quotas))


@dataclass(frozen=True, slots=True)
class Load:
    """What a project has in the queue and in work."""

    jobs_queued: int
    jobs_running: int


@dataclass(frozen=True, slots=True)
class Consumption:
    """What a project keeps, and what it asked for within the last 24 hours."""

    stored_bytes: int
    epoch_samples_per_day: int
    database_bytes: int


_COLUMNS = (
    Project.max_jobs_queued,
    Project.max_jobs_running,
    Project.max_stored_bytes,
    Project.max_epoch_samples_per_day,
    Project.max_database_bytes,
)
_OF_PROJECT = select(*_COLUMNS).where(Project.id == bindparam("of_project"))
_ALL = select(Project.id, *_COLUMNS).order_by(Project.id)
_internal = aliased(Job)
_INTERNAL = (
    select(func.count())
    .where(
        _internal.kind != literal_column(f"'{TRAIN}'"),
        _internal.project == bindparam("of_project"),
        _internal.status == Job.status,
    )
    .scalar_subquery()
)
# The kind of each job stands in no index: those of internal kinds, which are few, are counted apart.
_LOAD = (
    select(Job.status, func.count() - _INTERNAL)
    .where(Job.status.in_((JobStatus.QUEUED, JobStatus.RUNNING)), Job.project == bindparam("of_project"))
    .group_by(Job.status)
)
_EPOCH_SAMPLES = select(func.coalesce(func.sum(EPOCH_SAMPLES, type_=BigInteger()), 0)).where(
    Job.project == bindparam("of_project"), Job.id >= bindparam("first_id")
)


def _sum(column: Any, *conditions: Any) -> Any:  # noqa: ANN401 -- columns, and the type of a sum that is never NULL
    return select(func.coalesce(func.sum(column, type_=BigInteger()), 0)).where(*conditions)


_IS_MINE = Job.project == bindparam("of_project")
# Each over an index, but for the few that run: their growth stands in none.
_DATABASE = (
    _sum(Job.row_bytes, _IS_MINE),
    _sum(Job.growth_bytes, _IS_MINE, IS_RUNNING),
    _sum(Dataset.row_bytes, Dataset.project == bindparam("of_project")),
    _sum(IdempotencyKey.size_bytes, IdempotencyKey.project == bindparam("of_project")),
    select(func.count() * DELIVERY_BYTES)
    .select_from(Delivery)
    .join(Webhook, Webhook.id == Delivery.webhook_id)
    .where(Webhook.project == bindparam("of_project")),
)


def _stored(table: type[Artifact] | type[Checkpoint]) -> Any:  # noqa: ANN401 -- the type of a sum that is never NULL
    return (
        select(func.coalesce(func.sum(table.size_bytes, type_=BigInteger()), 0))
        .join(Job, Job.id == table.job_id)
        .where(Job.project == bindparam("of_project"))
    )


# A file that several of the project's data sets are read from counts once.
_FILES = select(func.coalesce(func.sum(Blob.size_bytes, type_=BigInteger()), 0)).where(
    Blob.sha256.in_(
        select(Dataset.blob_sha256).where(Dataset.project == bindparam("of_project"), Dataset.deleted_at.is_(None))
    )
)
_UPLOADS = _sum(Upload.offset_bytes, Upload.project == bindparam("of_project"))
_STORED = (_stored(Artifact), _stored(Checkpoint), _FILES, _UPLOADS)


async def of_project(connection: AsyncConnection, project: str) -> Quotas | None:
    """The project's own quotas; None if there is no such project."""
    row = (await connection.execute(_OF_PROJECT, {"of_project": project})).one_or_none()
    return None if row is None else Quotas(*row)


async def of_all(connection: AsyncConnection) -> dict[str, Quotas]:
    """Each project's own quotas."""
    return {project: Quotas(*own) for project, *own in await connection.execute(_ALL)}


async def change(connection: AsyncConnection, project: str, quotas: Quotas) -> bool:
    """Give a project these quotas of its own; None is what the settings say.

    Returns:
        Whether there is such a project.
    """
    values = {f"max_{name}": value for name, value in zip(NAMES, astuple(quotas), strict=True)}
    done = await connection.execute(update(Project).where(Project.id == project).values(**values).returning(Project.id))
    return done.one_or_none() is not None


async def load_of(connection: AsyncConnection, project: str) -> Load:
    """What the project has in the queue and in work: a count over an index."""
    counts = {status: int(count) for status, count in await connection.execute(_LOAD, {"of_project": project})}
    return Load(counts.get(JobStatus.QUEUED, 0), counts.get(JobStatus.RUNNING, 0))


async def consumption_of(connection: AsyncConnection, project: str) -> Consumption:
    """What the project keeps and asked for: sums over its jobs, not to be asked for with every request."""
    place = {"of_project": project}
    stored = [(await connection.execute(statement, place)).scalar_one() for statement in _STORED]
    stored += (await weights.files_of_deleted(connection, project)).values()
    since = {"first_id": first_id("job", datetime.now(UTC) - timedelta(seconds=DAY_SECONDS))}
    samples = (await connection.execute(_EPOCH_SAMPLES, {**place, **since})).scalar_one()
    samples += await deleted_use.epoch_samples_of(connection, project)
    rows = [(await connection.execute(statement, place)).scalar_one() for statement in _DATABASE]
    return Consumption(sum(int(size) for size in stored), int(samples), sum(int(size) for size in rows))
