"""A queued job's place in the queue: one more than the number of those claimed before it.

True to the order of `db.claims.claim_next`, if nothing is added and no job ends meanwhile. Only rivals count: jobs that
may take a worker this one needs, so a job for ``cpu`` does not wait for those for ``gpu``, and one for ``any`` waits
for all. Of jobs for ``gpu`` it does not matter here how many they ask for: what the slots of tomorrow's workers have is
not known, so one that waits for many may be passed by others that stand behind it.

A job's level is how many jobs of its project run when it is claimed: those that run now and those of its project that
go before it. The project with the fewest running jobs is next, so levels are claimed in their order. Within a level
the projects that begin there, with jobs running already, are first, by their turn; after them those that came from the
level below, in the order in which they went there: that is, again, by the level they began at, and then by turn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, bindparam, case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from db.claims import ANY, running_in
from db.models import IS_QUEUED, Job, Project
from spec.states import JobStatus

_CPU, _GPU = "cpu", "gpu"


@dataclass(frozen=True, slots=True)
class Standing:
    """A project: how many jobs of it run, when it was served last, how many of its jobs are queued, by accelerator."""

    project: str
    turn: int
    running: int
    queued: dict[str, int]

    @property
    def order(self) -> tuple[int, int, str]:
        """Among projects at one level, the least is next."""
        return (-self.running, self.turn, self.project)

    def jobs_before(self, mine: "Standing", rank: int, accelerator: str) -> int:
        """How many of this project's jobs go before the job that has ``rank`` others of its own before it."""
        if self.project == mine.project:
            return rank
        levels = mine.running + rank - self.running + (self.order < mine.order)
        return min(max(levels, 0), self.queued[accelerator])


def place(standings: Iterable[Standing], mine: Standing, rank: int, accelerator: str) -> int:
    """The place of a job that has ``rank`` others of its own project before it and needs this accelerator."""
    return 1 + sum(standing.jobs_before(mine, rank, accelerator) for standing in standings)


_mine = aliased(Job, name="mine")


def _rivals(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    is_rival = or_(Job.accelerator == _mine.accelerator, Job.accelerator == ANY, _mine.accelerator == ANY)
    return select(func.count()).select_from(Job).where(IS_QUEUED, is_rival, *conditions).scalar_subquery()


# The job's rank in two counts, each over one range of the index of the claim order; a row for each project.
_is_own = Project.id == _mine.project
_own_rank = _rivals(Job.project == _mine.project, Job.priority > _mine.priority) + _rivals(
    Job.project == _mine.project, Job.priority == _mine.priority, Job.id < _mine.id
)
_OF_ONE = (
    select(
        _mine.project,
        _mine.accelerator,
        Project.id,
        Project.turn,
        running_in(Project.id.expression),
        case((_is_own, _own_rank), else_=_rivals(Job.project == Project.id)),
    )
    .select_from(Project)
    .join(_mine, _mine.id == bindparam("job_id"))
    .where(_mine.status == JobStatus.QUEUED)
)


_ORDER = (Job.priority.desc(), Job.id)


def fitting(accelerator: str) -> ColumnElement[int]:
    """1 for a job that may take a worker of this accelerator, or else 0."""
    return case((or_(Job.accelerator == accelerator, Job.accelerator == ANY), 1), else_=0)


def _rank(one_each: ColumnElement[int]) -> ColumnElement[int]:
    # All ranks over one window of one shape, so that PostgreSQL passes over the queue once.
    before = func.sum(one_each, type_=Integer())
    return before.over(partition_by=Job.project, order_by=_ORDER, rows=(None, 0)) - 1


_RANKED = (
    select(
        Job.id.label("id"),
        Job.project.label("project"),
        Job.accelerator.label("accelerator"),
        case(
            (Job.accelerator == ANY, _rank(literal_column("1", Integer()))),
            (Job.accelerator == _CPU, _rank(fitting(_CPU))),
            else_=_rank(fitting(_GPU)),
        ).label("rank"),
    )
    .where(IS_QUEUED)
    .subquery()
)
_RANKS = select(_RANKED.c.id, _RANKED.c.project, _RANKED.c.accelerator, _RANKED.c.rank).where(
    _RANKED.c.id.in_(bindparam("job_ids", expanding=True))
)
_COUNTS = (
    select(
        Job.project.label("project"),
        func.count().label("all"),
        func.sum(fitting(_CPU), type_=Integer()).label("cpu"),
        func.sum(fitting(_GPU), type_=Integer()).label("gpu"),
    )
    .where(IS_QUEUED)
    .group_by(Job.project)
    .subquery()
)
_STANDINGS = select(
    Project.id, Project.turn, running_in(Project.id.expression), _COUNTS.c.all, _COUNTS.c.cpu, _COUNTS.c.gpu
).join(_COUNTS, _COUNTS.c.project == Project.id)


async def queue_position(connection: AsyncConnection, job_id: str) -> int | None:
    """The place of one job, 1 being next; None unless it is queued."""
    standings: list[Standing] = []
    mine: Standing | None = None
    rank, needed = 0, ANY
    for own, accelerator, project, turn, running, count in await connection.execute(_OF_ONE, {"job_id": job_id}):
        standing = Standing(project, turn, running, {accelerator: count})
        standings.append(standing)
        if project == own:
            mine, rank, needed = standing, count, accelerator
    return None if mine is None else place(standings, mine, rank, needed)


async def queue_positions(connection: AsyncConnection, job_ids: Sequence[str]) -> dict[str, int]:
    """The places of those of these jobs that are queued, from two passes over the queue."""
    if not job_ids:
        return {}
    ranks = (await connection.execute(_RANKS, {"job_ids": list(job_ids)})).all()
    if not ranks:
        return {}
    standings = {
        project: Standing(project, turn, running, {ANY: count, _CPU: cpu, _GPU: gpu})
        for project, turn, running, count, cpu, gpu in await connection.execute(_STANDINGS)
    }
    return {
        job_id: place(standings.values(), standings[project], int(rank), accelerator)
        for job_id, project, accelerator, rank in ranks
        # Its last job may have been claimed between the two statements.
        if project in standings
    }
