"""What the broker is still to be told. A job waits here once at most, from the transaction that queued it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.columns import db_now
from db.tables.jobs import Job, OutboxEntry


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A queued job whose id is to be published; of the request that made it, its id and its span."""

    job_id: str
    accelerator: str
    request_id: str | None = None
    traceparent: str | None = None


def _upsert(insert: Any) -> Any:  # noqa: ANN401 -- the two dialects' inserts have no type in common
    return insert(OutboxEntry).on_conflict_do_update(index_elements=[OutboxEntry.job_id], set_={"created_at": db_now()})


_ROW = (OutboxEntry.job_id, OutboxEntry.accelerator, Job.request_id, Job.traceparent)
_REMOVE = delete(OutboxEntry).where(OutboxEntry.job_id == bindparam("published"))
_UPSERT = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}


async def add(connection: AsyncConnection, job_id: str, accelerator: str) -> None:
    """Note that the broker is to be told of a job; one that waits already begins to wait anew."""
    await add_all(connection, [OutboxRow(job_id, accelerator)])


async def add_all(connection: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
    """As `add`, of several."""
    told = [{"job_id": row.job_id, "accelerator": row.accelerator} for row in rows]
    await connection.execute(_UPSERT[connection.dialect.name], told)


async def remove(connection: AsyncConnection, job_id: str) -> None:
    """The job is queued no more, so nobody need be told; one that does not wait is no error."""
    await connection.execute(_REMOVE, {"published": job_id})


async def unpublished(connection: AsyncConnection, limit: int, older_than_seconds: float = 0.0) -> list[OutboxRow]:
    """What has waited for this long by the database's clock, longest first."""
    rows = await connection.execute(
        select(*_ROW)
        .join(Job, Job.id == OutboxEntry.job_id)
        .where(OutboxEntry.created_at <= db_now(-older_than_seconds))
        .order_by(OutboxEntry.created_at)
        .limit(limit)
    )
    return [OutboxRow(*row) for row in rows]


async def overdue(connection: AsyncConnection, behind: str, limit: int, older_than_seconds: float) -> list[OutboxRow]:
    """As `unpublished`, of the jobs with ids behind this one, by id."""
    rows = await connection.execute(
        select(*_ROW)
        .join(Job, Job.id == OutboxEntry.job_id)
        .where(OutboxEntry.created_at <= db_now(-older_than_seconds), OutboxEntry.job_id > behind)
        .order_by(OutboxEntry.job_id)
        .limit(limit)
    )
    return [OutboxRow(*row) for row in rows]


async def mark_published(connection: AsyncConnection, job_ids: Sequence[str]) -> None:
    """Forget entries whose ids were published; ids without an entry are no error."""
    if job_ids:
        # One order for all, so that two publishers of the same ids cannot deadlock.
        published = [{"published": job_id} for job_id in sorted(job_ids)]
        await connection.execute(_REMOVE, published)
