"""The queue as it stood at a moment, by which many places are told without another look at it.

Of each project every so-maniest job is known with the number of jobs before it, so a view is small however long the
queue is, and a place is true to within a thousandth of the queue's length.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.jobs.rows import JobRow
from db.queue.claims import ANY, MOST_RUNNING, NO_LIMIT, running_in
from db.queue.positions import ProjectTurn, fitting, limit, place
from db.tables.jobs import HAS_ACCELERATOR, IS_QUEUED, Job
from db.tables.projects import Project

POSTS = 2_000
"""How many jobs a view knows at most, but for one more of each project."""
_CPU, _GPU = "cpu", "gpu"


class _Kind(NamedTuple):
    """Of jobs that stand in each other's way alike."""

    project: str
    priority: int
    accelerator: str

    def has_rival(self, other: "_Kind") -> bool:
        """Whether jobs of the two kinds, of one project, may take the same worker."""
        return self.accelerator == other.accelerator or ANY in (self.accelerator, other.accelerator)


@dataclass(frozen=True, slots=True)
class _Post:
    """A queued job, and how many of its project's go before it, by the accelerator they would be in the way of."""

    order: tuple[int, str]
    before: dict[str, int]


class QueueView:
    """The queue at a moment; without posts it can place only jobs that stand behind all others."""

    def __init__(
        self,
        counts: Mapping[_Kind, int],
        turns: Mapping[str, tuple[int, int, int]],
        posts: Mapping[str, Sequence[_Post]],
    ) -> None:
        self._counts = Counter(counts)
        self._posts = posts
        self._standings = {
            project: ProjectTurn(project, *turn, {needed: self._count(project, needed) for needed in (ANY, _CPU, _GPU)})
            for project, turn in turns.items()
        }
        self.length = sum(counts.values())

    def add(self, new: Iterable[JobRow]) -> None:
        """Count jobs that were queued since."""
        self._counts.update(map(_kind, new))

    def place(self, job: JobRow) -> int | None:
        """The place of a job that was queued at the moment; None if none of its project was."""
        mine, posts = self._standings.get(job.project), self._posts.get(job.project)
        if mine is None or not posts:
            return None
        behind = bisect_right(posts, (-job.priority, job.id), key=lambda post: post.order)
        rank = posts[behind - 1].before[job.accelerator] if behind else 0
        return place(self._standings.values(), mine, rank, job.accelerator)

    def places_behind(self, new: Sequence[JobRow]) -> list[int]:
        """The places of jobs, in their order, that are counted already and stand behind all others of their kinds."""
        places: list[int] = []
        kinds = [_kind(job) for job in new]
        for number, kind in enumerate(kinds):
            behind = sum(
                kind.has_rival(other)
                for other in kinds[number:]
                if (other.project, other.priority) == (kind.project, kind.priority)
            )
            rank = self._count(kind.project, kind.accelerator, kind.priority) - behind
            mine = self._standings.get(kind.project) or ProjectTurn(kind.project, 0, 0, NO_LIMIT, {})
            others = [standing for standing in self._standings.values() if standing.project != kind.project]
            places.append(place([mine, *others], mine, rank, kind.accelerator))
        return places

    def _count(self, project: str, accelerator: str, least_priority: int | None = None) -> int:
        wanted = _Kind(project, 0, accelerator)
        return sum(
            count
            for kind, count in self._counts.items()
            if kind.project == project
            and wanted.has_rival(kind)
            and (least_priority is None or kind.priority >= least_priority)
        )


_COUNTS = (
    select(Job.project, Job.priority, Job.accelerator, func.count())
    .where(IS_QUEUED, HAS_ACCELERATOR)
    .group_by(Job.project, Job.priority, Job.accelerator)
)
_TURNS = select(Project.id, Project.turn, running_in(Project.id.expression), MOST_RUNNING)


def _before(one_each: ColumnElement[int]) -> ColumnElement[int]:
    total = func.sum(one_each, type_=Integer())
    return total.over(partition_by=Job.project, order_by=(Job.priority.desc(), Job.id), rows=(None, 0)) - one_each


_RANKED = (
    select(
        Job.project.label("project"),
        Job.priority.label("priority"),
        Job.id.label("id"),
        _before(literal_column("1", Integer())).label("all"),
        _before(fitting(_CPU)).label("cpu"),
        _before(fitting(_GPU)).label("gpu"),
    )
    .where(IS_QUEUED, HAS_ACCELERATOR)
    .subquery()
)
_POSTS = (
    select(_RANKED)
    .where(_RANKED.c.all % bindparam("step", type_=Integer()) == 0)
    .order_by(_RANKED.c.project, _RANKED.c.all)
)


async def counted(connection: AsyncConnection, most_running: int | None = None) -> QueueView:
    """The queue's numbers alone, from one pass over it."""
    return QueueView(*await _numbers(connection, most_running), {})


async def taken(connection: AsyncConnection, most_running: int | None = None) -> QueueView:
    """The queue as it stands now, from two passes over it."""
    counts, turns = await _numbers(connection, most_running)
    posts: dict[str, list[_Post]] = defaultdict(list)
    step = -(-sum(counts.values()) // POSTS) or 1
    for project, priority, job_id, everyone, cpu, gpu in await connection.execute(_POSTS, {"step": step}):
        posts[project].append(_Post((-priority, job_id), {ANY: everyone, _CPU: cpu, _GPU: gpu}))
    return QueueView(counts, turns, posts)


async def _numbers(
    connection: AsyncConnection, most_running: int | None
) -> tuple[dict[_Kind, int], dict[str, tuple[int, int, int]]]:
    """How many jobs of each kind are queued; each project's turn, and how many of its jobs run, and may run."""
    counts: dict[_Kind, int] = {
        _Kind(project, priority, accelerator): count
        for project, priority, accelerator, count in await connection.execute(_COUNTS)
    }
    projects = {kind.project for kind in counts}
    if len(projects) <= 1:
        # Alone, a project waits for nobody's turn.
        return counts, dict.fromkeys(projects, (0, 0, NO_LIMIT))
    rows = (await connection.execute(_TURNS, limit(most_running))).all()
    return counts, {project: (turn, running, most) for project, turn, running, most in rows if project in projects}


def _kind(job: JobRow) -> _Kind:
    return _Kind(job.project, job.priority, job.accelerator)
