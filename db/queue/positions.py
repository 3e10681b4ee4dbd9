"""A queued job's place in the queue: one more than the number of those claimed before it.

True to the order of `db.queue.claims.claim_next`, if nothing is added and no job ends meanwhile. Only rivals count:
jobs that may take a worker this one needs, so a job for ``cpu`` does not wait for those for ``gpu``, and one for
``any`` waits for all. Of jobs for ``gpu`` it does not matter here how many they ask for: what the slots of tomorrow's
workers have is not known, so one that waits for many may be passed by others that stand behind it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, bindparam, case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from db.queue.claims import ANY, MOST_RUNNING, NO_LIMIT, running_in
from db.tables.jobs import HAS_ACCELERATOR, IS_QUEUED, Job
from db.tables.projects import Project
from spec.states import JobStatus

_CPU, _GPU = "cpu", "gpu"


@dataclass(frozen=True, slots=True)
class ProjectTurn:
    """A project: how many jobs of it run, and may run; when it was served last; how many are queued, by accelerator."""

    project: str
    turn: int
    running: int
    most_running: int
    queued: dict[str, int]

    @property
    def order(self) -> tuple[int, int, str]:
        """Among projects at one level, the least is next."""
        return (-self.running, self.turn, self.project)

    @property
    def room(self) -> int:
        """How many more of its jobs may run."""
        return max(0, self.most_running - self.running)

    def jobs_before(self, mine: "ProjectTurn", rank: int, accelerator: str) -> int:
        """How many of this project's jobs go before the job that has ``rank`` others of its own before it."""
        if self.project == mine.project:
            return rank
        levels = mine.running + rank - self.running + (self.order < mine.order)
        queued = self.queued[accelerator]
        before = min(max(levels, 0), queued)
        return min(before, self.room) if rank < mine.room else max(before, min(queued, self.room))


def place(standings: Iterable[ProjectTurn], mine: ProjectTurn, rank: int, accelerator: str) -> int:
    """The place of a job that has ``rank`` others of its own project before it and needs this accelerator."""
    return 1 + sum(standing.jobs_before(mine, rank, accelerator) for standing in standings)


_mine = aliased(Job, name="mine")


def _rivals(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    is_rival = or_(Job.accelerator == _mine.accelerator, Job.accelerator == ANY, _mine.accelerator == ANY)
    return (
        select(func.count()).select_from(Job).where(IS_QUEUED, HAS_ACCELERATOR, is_rival, *conditions).scalar_subquery()
    )


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
        MOST_RUNNING,
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
    .where(IS_QUEUED, HAS_ACCELERATOR)
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
    .where(IS_QUEUED, HAS_ACCELERATOR)
    .group_by(Job.project)
    .subquery()
)
_STANDINGS = select(
    Project.id,
    Project.turn,
    running_in(Project.id.expression),
    MOST_RUNNING,
    _COUNTS.c.all,
    _COUNTS.c.cpu,
    _COUNTS.c.gpu,
).join(_COUNTS, _COUNTS.c.project == Project.id)


def limit(most_running: int | None) -> dict[str, int]:
    """The parameter of statements with `db.queue.claims.MOST_RUNNING`."""
    return {"most_running": NO_LIMIT if most_running is None else most_running}


async def queue_position(connection: AsyncConnection, job_id: str, most_running: int | None = None) -> int | None:
    """The place of one job, 1 being next; None unless it is queued.

    Args:
        connection: Reads.
        job_id: Which.
        most_running: As `db.queue.claims.claim_next` has it.
    """
    standings: list[ProjectTurn] = []
    mine: ProjectTurn | None = None
    rank, needed = 0, ANY
    asking = {"job_id": job_id, **limit(most_running)}
    for own, accelerator, project, turn, running, most, count in await connection.execute(_OF_ONE, asking):
        standing = ProjectTurn(project, turn, running, most, {accelerator: count})
        standings.append(standing)
        if project == own:
            mine, rank, needed = standing, count, accelerator
    return None if mine is None else place(standings, mine, rank, needed)


async def queue_positions(
    connection: AsyncConnection, job_ids: Sequence[str], most_running: int | None = None
) -> dict[str, int]:
    """The places of those of these jobs that are queued, from two passes over the queue."""
    if not job_ids:
        return {}
    ranks = (await connection.execute(_RANKS, {"job_ids": list(job_ids)})).all()
    if not ranks:
        return {}
    standings = {
        project: ProjectTurn(project, turn, running, most, {ANY: count, _CPU: cpu, _GPU: gpu})
        for project, turn, running, most, count, cpu, gpu in await connection.execute(_STANDINGS, limit(most_running))
    }
    return {
        job_id: place(standings.values(), standings[project], int(rank), accelerator)
        for job_id, project, accelerator, rank in ranks
        # Its last job may have been claimed between the two statements.
        if project in standings
    }
