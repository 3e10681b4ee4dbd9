"""Data sets of projects: made with the internal job that reads them, read, listed, deleted."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.datasets import stray_files
from db.errors import DatasetInUse, DatasetNotFound, FileSwept, JobAlreadyEnded, JobNotFound
from db.jobs import jobs
from db.jobs.rows import NewJob
from db.jobs.standings import Standing
from db.pages import RowPage, fitting, newest_first
from db.tables.columns import byte_length, db_now
from db.tables.datasets import Blob, Dataset
from db.tables.jobs import Job
from db.tables.row_sizes import of_texts
from spec.ids import made_at
from spec.kinds import READ
from spec.states import ENDED

DATASET_BYTES = 1024
"""Of a data set's row beside its texts, with what is noted of its file."""
DRY_RUN_SECONDS = 600.0
"""After how long a dry run is removed whose request never ended, as when the API was killed."""
PROCESSING, READY, FAILED = "processing", "ready", "failed"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that lies in the storage under ``key``, and that nothing refers to yet."""

    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDataset:
    """A data set to be made.

    Attributes:
        description_json: How it is to be read, as a JSON object.
        job: The internal job that reads it.
        is_dry_run: Whether it is only to be looked at (`db.datasets.dry_runs`).
    """

    id: str
    project: str
    name: str | None
    format: str | None
    description_json: str
    job: NewJob
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A data set, all but its facts, which may be long."""

    id: str
    project: str
    name: str | None
    status: str
    format: str | None
    rows: int | None
    columns_json: str | None
    shape_json: str | None
    classes_json: str | None
    sha256: str
    size_bytes: int
    error_json: str | None
    warnings_json: str | None
    description_json: str
    job_id: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetFilter:
    """Which data sets a list shows: those that meet every condition that is not empty."""

    status: Sequence[str] = ()
    name: str | None = None
    sha256: str | None = None


_BLOB = {"sha256": Blob.sha256, "size_bytes": Blob.size_bytes}
_COLUMNS: tuple[Any, ...] = tuple(
    _BLOB[field.name] if field.name in _BLOB else getattr(Dataset, field.name) for field in fields(DatasetRow)
)
_IS_THERE = Dataset.deleted_at.is_(None)
ROWS = select(*_COLUMNS).join(Blob, Blob.sha256 == Dataset.blob_sha256)
"""Of all projects, and also those that are gone for their clients; each is a `DatasetRow`."""
_OWN = (Dataset.id == bindparam("dataset_id"), Dataset.project == bindparam("of_project"), _IS_THERE)
_LONG = (Dataset.columns_json, Dataset.classes_json, Dataset.error_json, Dataset.warnings_json)
_TEXT_BYTES: ColumnElement[int] = sum(
    (func.coalesce(byte_length(column), 0) for column in _LONG), byte_length(Dataset.description_json)
)
_STANDING = (
    select(Job.id, Job.revision, Job.status, Job.epoch, Job.epochs, Job.fraction, Job.eta_seconds)
    .join(Dataset, Dataset.job_id == Job.id)
    .where(*_OWN)
)
_MOST_NAMED = 3
"""So many jobs are named that use a data set."""
_IN_USE = (
    select(Job.id)
    .where(
        Job.project == bindparam("of_project"),
        or_(Job.dataset == bindparam("dataset_id"), Job.validation_dataset == bindparam("dataset_id")),
        Job.status.not_in(sorted(ENDED)),
        Job.kind != READ,
    )
    .order_by(Job.id)
    .limit(_MOST_NAMED)
)


async def create(connection: AsyncConnection, new: NewDataset, file: StoredFile) -> tuple[DatasetRow, bool]:
    """Make a data set of a file that was just stored, with the job that reads it.

    Returns:
        The data set, and whether its bytes were stored already: then the file is not needed, and noted to be removed.

    Raises:
        FileSwept: If the file waited for so long that it was removed.
    """
    if not await stray_files.claim(connection, file.key):
        raise FileSwept("The database is unavailable: the file waited too long to be noted in it.")
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    blob = dialect.insert(Blob).values(sha256=file.sha256, key=file.key, size_bytes=file.size_bytes)
    # What is there is changed to what it is: so its row is locked, and whoever would remove it waits and looks again.
    kept = blob.on_conflict_do_update(index_elements=[Blob.sha256], set_={"size_bytes": blob.excluded.size_bytes})
    key = (await connection.execute(kept.returning(Blob.key))).scalar_one()
    if is_known := key != file.key:
        await stray_files.let_go(connection, file.key)
    return await _create(connection, new, file.sha256), is_known


async def create_from(connection: AsyncConnection, new: NewDataset, source_id: str) -> DatasetRow:
    """Make a data set of the bytes of another one of the same project, with the job that reads it.

    It is called as the other one unless it has a name.

    Raises:
        DatasetNotFound: If the project has no such source.
    """
    # Its key is locked: whoever deletes the source leaves the bytes.
    locked = (
        select(Blob.sha256, Dataset.name).join(Dataset, Dataset.blob_sha256 == Blob.sha256).where(*_OWN)
    ).with_for_update(read=True, key_share=True, of=Blob)
    found = await connection.execute(locked, {"dataset_id": source_id, "of_project": new.project})
    source = found.one_or_none()
    if source is None:
        raise DatasetNotFound(source_id)
    return await _create(connection, replace(new, name=new.name or source.name), source.sha256)


async def _create(connection: AsyncConnection, new: NewDataset, sha256: str) -> DatasetRow:
    await jobs.create(connection, new.job)
    values: dict[str, Any] = {
        "id": new.id,
        "project": new.project,
        "name": new.name,
        "status": PROCESSING,
        "format": new.format,
        "blob_sha256": sha256,
        "description_json": new.description_json,
        "job_id": new.job.id,
        "warnings_json": "[]",
        "created_at": made_at(new.id),
        "row_bytes": bytes_of(new),
        "deleted_at": db_now(DRY_RUN_SECONDS) if new.is_dry_run else None,
    }
    await connection.execute(insert(Dataset).values(**values))
    return _existing((await connection.execute(ROWS.where(Dataset.id == new.id))).one_or_none(), new.id)


def bytes_of(new: NewDataset) -> int:
    """What the row of a new data set takes in the database."""
    return DATASET_BYTES + of_texts([new.name, new.description_json])


async def get(connection: AsyncConnection, dataset_id: str, project: str) -> DatasetRow:
    """The data set.

    Raises:
        DatasetNotFound: If the project has none such.
    """
    found = await connection.execute(ROWS.where(*_OWN), {"dataset_id": dataset_id, "of_project": project})
    return _existing(found.one_or_none(), dataset_id)


async def standing_of(connection: AsyncConnection, dataset_id: str, project: str) -> Standing:
    """Where the job stands that reads the data set.

    Raises:
        DatasetNotFound: If the project has no such data set.
    """
    found = (await connection.execute(_STANDING, {"dataset_id": dataset_id, "of_project": project})).one_or_none()
    if found is None:
        raise DatasetNotFound(dataset_id)
    return Standing(*found)


async def list_page(  # noqa: PLR0913 -- what a list is asked for
    connection: AsyncConnection,
    project: str,
    wanted: DatasetFilter,
    limit: int,
    before_id: str | None = None,
    *,
    most_bytes: int | None = None,
) -> RowPage[DatasetRow]:
    """A project's data sets, newest first.

    What is told of columns may be long: it is read only of as many as fit.

    Args:
        connection: To read with.
        project: Whose.
        wanted: Which of them.
        limit: How many at most.
        before_id: Only those made before this one.
        most_bytes: What their texts may come to; one comes in any case.
    """
    conditions = [Dataset.project == project, _IS_THERE]
    if wanted.status:
        conditions.append(Dataset.status.in_(wanted.status))
    if wanted.name is not None:
        conditions.append(Dataset.name == wanted.name)
    if wanted.sha256 is not None:
        conditions.append(Dataset.blob_sha256 == wanted.sha256)
    sizes = select(Dataset.id, _TEXT_BYTES).where(*conditions)
    found = (await connection.execute(newest_first(sizes, Dataset.id, limit, before_id))).all()
    count = fitting([size for _, size in found[:limit]], most_bytes)
    ids = [dataset_id for dataset_id, _ in found[:count]]
    rows = await connection.execute(ROWS.where(Dataset.id.in_(ids), _IS_THERE).order_by(Dataset.id.desc()))
    return RowPage([DatasetRow(*row) for row in rows], has_more=len(found) > count)


async def delete(connection: AsyncConnection, dataset_id: str, project: str) -> None:
    """Have a data set be gone for every client; the sweeper removes what is left of it.

    If it is still being read, that is cancelled.

    Raises:
        DatasetNotFound: If the project has none such.
        DatasetInUse: If a job that has not ended uses it.
    """
    place = {"dataset_id": dataset_id, "of_project": project}
    job_id = (await connection.execute(select(Dataset.job_id).where(*_OWN), place)).scalar_one_or_none()
    if job_id is None:
        raise DatasetNotFound(dataset_id)
    # First the job and then the data set, as whoever ends the job. As a rule it has been read.
    with suppress(JobAlreadyEnded, JobNotFound):
        await jobs.request_cancel(connection, job_id, project, kind=READ)
    gone = update(Dataset).where(Dataset.id == dataset_id, Dataset.project == project, _IS_THERE)
    done = await connection.execute(gone.values(deleted_at=db_now()).returning(Dataset.id))
    if done.one_or_none() is None:
        raise DatasetNotFound(dataset_id)
    # Who made a job on it meanwhile had locked it, and is found now.
    if users := await users_of(connection, dataset_id, project):
        raise DatasetInUse(dataset_id, users)


async def users_of(connection: AsyncConnection, dataset_id: str, project: str) -> list[str]:
    """The first few jobs that use the data set and have not ended, by id."""
    place = {"dataset_id": dataset_id, "of_project": project}
    return list((await connection.execute(_IN_USE, place)).scalars())


def _existing(found: Any, dataset_id: str) -> DatasetRow:  # noqa: ANN401 -- a row of whatever was asked
    if found is None:
        raise DatasetNotFound(dataset_id)
    return DatasetRow(*found)
