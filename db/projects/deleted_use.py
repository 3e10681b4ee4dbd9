"""What deleted jobs had used of the day's quota: kept as sums by the hour their jobs were made in.

A sum and not a row each, so that who makes and deletes jobs all day leaves no more than some 25 rows.
"""

import time
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.jobs import Job
from db.tables.projects import DeletedUse
from spec.ids import made_at
from spec.states import ENDED, JobStatus

DAY_SECONDS = 24 * 60 * 60.0
_HOUR_SECONDS = 3600.0

# Those of the training that it continues are not its own.
_OWN_EPOCHS, _OWN_EPOCH = Job.epochs - Job.first_epoch, Job.epoch - Job.first_epoch
_TRAINED: ColumnElement[float] = case(
    (Job.status == JobStatus.SUCCEEDED, cast(_OWN_EPOCH, Float(53))),
    # The epoch in which it was stopped counts as far as it came: else who stops each in time would train for nothing.
    (Job.fraction * _OWN_EPOCHS > _OWN_EPOCH, Job.fraction * _OWN_EPOCHS),
    else_=cast(_OWN_EPOCH, Float(53)),
)
EPOCH_SAMPLES: ColumnElement[int] = case(
    (Job.status.in_(tuple(ENDED)), cast(func.round(Job.train_rows * _TRAINED), BigInteger())),
    else_=Job.train_rows * cast(_OWN_EPOCHS, BigInteger()),
)
"""What a job counts in the day's quota: rows times epochs as trained once it has ended, and as asked for until then."""


def _upsert(insert: Any) -> Any:  # noqa: ANN401 -- the two dialects' inserts have no type in common
    used = select(Job.project, cast(bindparam("in_hour"), Integer()), EPOCH_SAMPLES)
    new = insert(DeletedUse).from_select(
        ["project", "hour", "epoch_samples"], used.where(Job.id == bindparam("of_job"), Job.train_rows > 0)
    )
    return new.on_conflict_do_update(
        index_elements=[DeletedUse.project, DeletedUse.hour],
        set_={"epoch_samples": DeletedUse.epoch_samples + new.excluded.epoch_samples},
    )


_KEEP = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}
_SUM = select(func.coalesce(func.sum(DeletedUse.epoch_samples, type_=BigInteger()), 0)).where(
    DeletedUse.project == bindparam("of_project"), DeletedUse.hour >= bindparam("first_hour")
)


def first_hour() -> int:
    """The hour that the last 24 began in; what was used in it counts until all of it is past."""
    return int((time.time() - DAY_SECONDS) // _HOUR_SECONDS)


async def keep(connection: AsyncConnection, job_id: str) -> None:
    """A job is to be deleted, in this transaction, which has its row locked: note what it used, if that counts yet."""
    hour = int(made_at(job_id).timestamp() // _HOUR_SECONDS)
    if hour >= first_hour():
        await connection.execute(_KEEP[connection.dialect.name], {"of_job": job_id, "in_hour": hour})


async def epoch_samples_of(connection: AsyncConnection, project: str) -> int:
    """What a project's deleted jobs had used, of those made within the last 24 hours."""
    found = await connection.scalar(_SUM, {"of_project": project, "first_hour": first_hour()})
    return int(found or 0)


async def outdated(connection: AsyncConnection, behind: tuple[str, int], limit: int) -> list[tuple[str, int]]:
    """Sums that count no more, by project and hour. Reads only."""
    place = (DeletedUse.project, DeletedUse.hour)
    rows = (
        select(*place)
        .where(DeletedUse.hour < first_hour(), tuple_(*place) > tuple_(*map(literal, behind)))
        .order_by(*place)
        .limit(limit)
    )
    return [(project, hour) for project, hour in await connection.execute(rows)]


async def remove(connection: AsyncConnection, places: Collection[tuple[str, int]]) -> None:
    """Forget these sums."""
    await connection.execute(delete(DeletedUse).where(tuple_(DeletedUse.project, DeletedUse.hour).in_(sorted(places))))
