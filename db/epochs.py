"""The epochs of a job, as they are read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Epoch


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One epoch; ``metrics_json`` is a JSON object as text, to be spliced into an answer or decoded."""

    epoch: int
    attempt: int
    metrics_json: str
    duration_seconds: float
    recorded_at: datetime


_COLUMNS = (Epoch.epoch, Epoch.attempt, Epoch.metrics_json, Epoch.duration_seconds, Epoch.recorded_at)


async def page(connection: AsyncConnection, job_id: str, after_epoch: int, limit: int) -> list[EpochRow]:
    """A job's epochs after ``after_epoch`` (0 for all), rising, at most ``limit``."""
    rows = await connection.execute(
        select(*_COLUMNS).where(Epoch.job_id == job_id, Epoch.epoch > after_epoch).order_by(Epoch.epoch).limit(limit)
    )
    return [EpochRow(*row) for row in rows]
