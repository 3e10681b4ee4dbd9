"""The epochs of a job, as they are read."""

from typing import NamedTuple, cast

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Epoch


class EpochRow(NamedTuple):
    """One epoch; ``metrics_json`` is a JSON object as text, to be spliced into an answer or decoded.

    A tuple and no more columns than are shown: a page may hold 10,000 of them.
    """

    epoch: int
    metrics_json: str
    duration_seconds: float
    fraction: float
    eta_seconds: float | None


_PAGE = (
    select(Epoch.epoch, Epoch.metrics_json, Epoch.duration_seconds, Epoch.fraction, Epoch.eta_seconds)
    .where(Epoch.job_id == bindparam("job_id"), Epoch.epoch > bindparam("after_epoch"))
    .order_by(Epoch.epoch)
    .limit(bindparam("page_rows"))
)


async def page(connection: AsyncConnection, job_id: str, after_epoch: int, limit: int) -> list[EpochRow]:
    """A job's epochs after ``after_epoch`` (0 for all), rising, at most ``limit``."""
    rows = await connection.execute(_PAGE, {"job_id": job_id, "after_epoch": after_epoch, "page_rows": limit})
    # SQLAlchemy's rows have the fields' names and are tuples but for their class: making others costs a fifth more.
    return cast("list[EpochRow]", rows.all())
