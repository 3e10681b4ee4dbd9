"""What a job is called: its name and its metadata, which may change in any state; no training depends on them."""

from collections.abc import Mapping

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.jobs.jobs import label_of
from db.jobs.rows import JobRow
from db.jobs.transitions import touch
from db.projects import audit, idempotency
from db.projects.audit import Act
from db.tables.jobs import Job, JobLabel
from spec.language.numbers import encode_json


async def change(  # noqa: PLR0913 -- all but two by keyword
    connection: AsyncConnection,
    row: JobRow,
    *,
    name: str | None,
    metadata: Mapping[str, str],
    spec_json: str,
    act: Act,
) -> JobRow:
    """The job with this name and metadata, which its lists find it by from now on.

    Args:
        connection: The write transaction in which the row was locked (`db.jobs.controls.lock`).
        row: The job as it is.
        name: Its new name.
        metadata: All of its new pairs.
        spec_json: Its spec, in which both stand as well.
        act: For the log of who changed what.
    """
    await idempotency.keep_spec_of(connection, row.id)
    values = {"name": name, "metadata_json": encode_json(metadata), "spec_json": spec_json}
    changed = await touch(connection, Job.id == row.id, values)
    await connection.execute(delete(JobLabel).where(JobLabel.job_id == row.id))
    labels = sorted({label_of(row.project, key, value) for key, value in metadata.items()})
    if labels:
        await connection.execute(insert(JobLabel), [{"job_id": row.id, "label": label} for label in labels])
    await audit.record(connection, act)
    return changed or row
