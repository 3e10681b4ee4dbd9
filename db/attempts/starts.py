"""What was seen once of a job's training: its rows, and the network with its first weights. It goes with the job."""

import json
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import row_sizes
from db.tables.attempts import JobStart

STORE = insert(JobStart)
FORGET = delete(JobStart).where(JobStart.job_id == bindparam("job_id"))
_READ = select(JobStart.start_json).where(JobStart.job_id == bindparam("job_id"))


def stored_bytes(job_id: Any) -> ColumnElement[int]:  # noqa: ANN401 -- a bound parameter
    """What a job's row takes that is to be replaced."""
    stored = select(row_sizes.of_all_signals(JobStart.start_json.expression))
    return stored.where(JobStart.job_id == job_id).scalar_subquery()


async def read(connection: AsyncConnection, job_id: str) -> dict[str, Any] | None:
    """By the names of `coach.evidence.StartSeen`, numbers that are not finite as strings; None if it is not told."""
    text = await connection.scalar(_READ, {"job_id": job_id})
    return None if text is None else json.loads(text)
