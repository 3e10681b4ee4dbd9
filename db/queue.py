"""A queued job's place in the queue: one more than the number of those claimed before it.

True to the order of `db.claims.claim_next`. Only rivals count: jobs that may take a worker this one needs, so a job
for ``cpu`` does not wait for those for ``gpu``, and one for ``any`` waits for all.
"""

from collections.abc import Sequence

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from db.claims import ANY
from db.models import IS_QUEUED, Job


async def queue_position(connection: AsyncConnection, job_id: str) -> int | None:
    """The place of one job, 1 being next; None unless it is queued."""
    mine = aliased(Job, name="mine")
    is_ahead = or_(Job.priority > mine.priority, and_(Job.priority == mine.priority, Job.id < mine.id))
    is_rival = or_(Job.accelerator == mine.accelerator, Job.accelerator == ANY, mine.accelerator == ANY)
    ahead = select(func.count()).select_from(Job).where(IS_QUEUED, is_ahead, is_rival).scalar_subquery()
    position = await connection.execute(select(ahead + 1).where(mine.id == job_id, mine.status == "queued"))
    return position.scalar_one_or_none()


async def queue_positions(connection: AsyncConnection, job_ids: Sequence[str]) -> dict[str, int]:
    """The places of those of these jobs that are queued, from one pass over the queue."""
    if not job_ids:
        return {}
    order = (Job.priority.desc(), Job.id)
    # A running count of each kind: a job for `any` counts for all, and all count for it.
    counted = [
        func.sum(case((or_(Job.accelerator == kind, Job.accelerator == ANY), 1), else_=0)).over(
            order_by=order, rows=(None, 0)
        )
        for kind in ("cpu", "gpu")
    ]
    everyone = func.row_number().over(order_by=order)
    place = case((Job.accelerator == "cpu", counted[0]), (Job.accelerator == "gpu", counted[1]), else_=everyone)
    ranked = select(Job.id.label("id"), place.label("place")).where(IS_QUEUED).subquery()
    rows = await connection.execute(select(ranked.c.id, ranked.c.place).where(ranked.c.id.in_(job_ids)))
    return {job_id: int(position) for job_id, position in rows}
