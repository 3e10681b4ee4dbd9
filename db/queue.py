"""A queued job's place in the queue: one more than the number of those claimed before it.

True to the order of `db.claims.claim_next`. Only rivals count: jobs that may take a worker this one needs, so a job
for ``cpu`` does not wait for those for ``gpu``, and one for ``any`` waits for all.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, ScalarSelect, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from db.claims import ANY
from db.models import IS_QUEUED, Job
from spec.states import JobStatus

_mine = aliased(Job, name="mine")


def _rivals(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    is_rival = or_(Job.accelerator == _mine.accelerator, Job.accelerator == ANY, _mine.accelerator == ANY)
    return select(func.count()).select_from(Job).where(IS_QUEUED, is_rival, *conditions).scalar_subquery()


# Two counts, each over one range of the index of the claim order.
_POSITION = select(
    _rivals(Job.priority > _mine.priority) + _rivals(Job.priority == _mine.priority, Job.id < _mine.id) + 1
).where(_mine.id == bindparam("job_id"), _mine.status == JobStatus.QUEUED)

_ORDER = (Job.priority.desc(), Job.id)


def _running_count(accelerator: str) -> ColumnElement[int]:
    is_counted = or_(Job.accelerator == accelerator, Job.accelerator == ANY)
    return func.sum(case((is_counted, 1), else_=0), type_=Integer()).over(order_by=_ORDER, rows=(None, 0))


_PLACE = case(
    (Job.accelerator == ANY, func.row_number().over(order_by=_ORDER)),
    (Job.accelerator == "cpu", _running_count("cpu")),
    else_=_running_count("gpu"),
)
_RANKED = select(Job.id.label("id"), _PLACE.label("place")).where(IS_QUEUED).subquery()
_POSITIONS = select(_RANKED.c.id, _RANKED.c.place).where(_RANKED.c.id.in_(bindparam("job_ids", expanding=True)))


async def queue_position(connection: AsyncConnection, job_id: str) -> int | None:
    """The place of one job, 1 being next; None unless it is queued."""
    return (await connection.execute(_POSITION, {"job_id": job_id})).scalar_one_or_none()


async def queue_positions(connection: AsyncConnection, job_ids: Sequence[str]) -> dict[str, int]:
    """The places of those of these jobs that are queued, from one pass over the queue."""
    if not job_ids:
        return {}
    rows = await connection.execute(_POSITIONS, {"job_ids": list(job_ids)})
    return {job_id: int(place) for job_id, place in rows}
