"""What has become due without anybody's doing, to be looked for by every worker. Reads only.

`due` is one statement for all of it, over indexes, so that looking costs next to nothing while there is nothing. The
pages tell what is due one by one, in the order of their keys, so that none need begin with the same ones each time.
"""

from enum import StrEnum

from sqlalchemy import ColumnElement, Float, bindparam, exists, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import second_looks
from db.datasets import removals as dataset_removals
from db.datasets import stray_files, uploads
from db.jobs.removals import IS_FREED, IS_LAST
from db.projects.idempotency import IS_EXPIRED
from db.repairs import repairs
from db.tables.columns import db_now
from db.tables.jobs import HAS_ENDED, IS_RUNNING, Job, Leftover, OutboxEntry, Removal
from db.tables.projects import IdempotencyKey
from db.tables.webhooks import Delivery
from db.tables.workers import Worker
from db.webhooks.messages import KEPT_SECONDS as DELIVERIES_KEPT_SECONDS


class Duty(StrEnum):
    """What there may be to do; the names are those of the loops that do it."""

    LEASES = "expire leases"
    HINTS = "publish hints again"
    LEFTOVERS = "sweep ended jobs"
    REMOVALS = "sweep deleted jobs"
    DATASETS = "sweep deleted data sets"
    UPLOADS = "forget uploads"
    FILES = "remove files"
    UNFINISHED = "remove unfinished files"
    WORKERS = "forget workers"
    ANSWERS = "forget first answers"
    DELIVERIES = "forget deliveries"
    AUDIT = "forget audit entries"
    KEYS = "forget keys"
    SUMS = "forget what deleted jobs used"
    REPAIRS = "go on with repairs"
    LOOKS = "look at ended jobs again"


UNHURRIED = frozenset({Duty.AUDIT, Duty.KEYS, Duty.SUMS, Duty.UNFINISHED})
"""What is kept for days and takes a pass over its table, or over the storage, to find: `due` does not look for it."""


def silent_for(seconds: float | ColumnElement[float]) -> ColumnElement[bool]:
    """Workers not heard of for so long."""
    return Worker.heartbeat_at < db_now(-seconds)


_HAS_LAPSED = (IS_RUNNING, Job.lease_expires_at < db_now())
_IS_OLD = (Delivery.created_at <= db_now(-DELIVERIES_KEPT_SECONDS), Delivery.next_attempt_at.is_(None))
_FRESH_SECONDS = bindparam("fresh_seconds", type_=Float())
_SILENT_SECONDS = bindparam("silent_seconds", type_=Float())
_FOUND = {
    Duty.LEASES: exists().where(*_HAS_LAPSED),
    Duty.HINTS: exists().where(OutboxEntry.created_at <= db_now(-_FRESH_SECONDS)),
    Duty.LEFTOVERS: exists().where(Leftover.job_id == Job.id, HAS_ENDED),
    Duty.REMOVALS: or_(exists().where(Removal.swept_at.is_(None)), exists().where(IS_LAST), exists().where(IS_FREED)),
    Duty.DATASETS: exists().where(*dataset_removals.IS_DUE),
    Duty.UPLOADS: exists().where(uploads.IS_EXPIRED),
    Duty.FILES: exists().where(stray_files.IS_DUE),
    Duty.WORKERS: exists().where(silent_for(_SILENT_SECONDS)),
    Duty.ANSWERS: exists().where(IS_EXPIRED),
    Duty.DELIVERIES: exists().where(*_IS_OLD),
    Duty.REPAIRS: exists().where(*repairs.IS_DUE),
    Duty.LOOKS: exists().where(second_looks.IS_DUE),
}
_DUE = select(*_FOUND.values())


async def due(connection: AsyncConnection, *, fresh_seconds: float, silent_seconds: float) -> frozenset[Duty]:
    """What there is to do now.

    Args:
        connection: Any.
        fresh_seconds: A hint younger than this is still on its way.
        silent_seconds: A worker silent for so long is to be forgotten.
    """
    found = await connection.execute(_DUE, {"fresh_seconds": fresh_seconds, "silent_seconds": silent_seconds})
    return frozenset(duty for duty, is_due in zip(_FOUND, found.one(), strict=True) if is_due)


async def lapsed_leases(connection: AsyncConnection, behind: str, limit: int) -> list[str]:
    """Jobs whose leases have run out, by id."""
    rows = select(Job.id).where(*_HAS_LAPSED, Job.id > behind).order_by(Job.id).limit(limit)
    return list((await connection.execute(rows)).scalars())


async def silent_workers(connection: AsyncConnection, behind: str, limit: int, silent_seconds: float) -> list[str]:
    """Workers not heard of for so long."""
    rows = select(Worker.id).where(silent_for(silent_seconds), Worker.id > behind).order_by(Worker.id).limit(limit)
    return list((await connection.execute(rows)).scalars())


async def old_answers(connection: AsyncConnection, behind: tuple[str, str], limit: int) -> list[tuple[str, str]]:
    """First answers that have been kept for a day, by project and key."""
    place = (IdempotencyKey.project, IdempotencyKey.key)
    rows = (
        select(*place).where(IS_EXPIRED, tuple_(*place) > tuple_(*map(literal, behind))).order_by(*place).limit(limit)
    )
    return [(project, key) for project, key in await connection.execute(rows)]


async def old_deliveries(connection: AsyncConnection, behind: str, limit: int) -> list[str]:
    """Deliveries noted more than a week ago that are not to be tried again, by id."""
    rows = select(Delivery.id).where(*_IS_OLD, Delivery.id > behind).order_by(Delivery.id).limit(limit)
    return list((await connection.execute(rows)).scalars())
