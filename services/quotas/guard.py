"""Refuses jobs beyond a project's quotas, by counts that are a second old at most and what this process added since."""

import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import astuple, dataclass, field, replace

from db.connections.engine import Database
from db.projects import quotas
from db.projects.quotas import NAMES, Consumption, Load, Quotas
from services.errors import QuotaExceeded

LOAD_SECONDS = 1.0
"""How old the counts of jobs may be. Until they are read again, a project can exceed its quota by what the other
processes of the API took for it meanwhile."""
CONSUMPTION_SECONDS = 10.0
"""The same of bytes and of epochs times samples, which cost a pass over the project's jobs."""
READING_SHARE = 50.0
"""They are not read again before so many times what reading them took, however much a project has."""
_MOST_PROJECTS = 10_000


@dataclass(frozen=True, slots=True)
class Use:
    """What something would take of its project's quotas.

    Attributes:
        jobs: Places in the queue.
        epoch_samples: Training rows times epochs.
        row_bytes: Bytes of the database.
        is_to_store: Whether it will store files, of a size that nobody knows yet.
        stored_bytes: Bytes of files that it stores.
    """

    jobs: int = 0
    epoch_samples: int = 0
    row_bytes: int = 0
    is_to_store: bool = False
    stored_bytes: int = 0

    def plus(self, other: "Use") -> "Use":
        """Both together, but for the files."""
        return Use(
            self.jobs + other.jobs,
            self.epoch_samples + other.epoch_samples,
            self.row_bytes + other.row_bytes,
            stored_bytes=self.stored_bytes + other.stored_bytes,
        )


_NOTHING = Use()


@dataclass(slots=True)
class _Known:
    """What this process knows of a project; ``added`` is what it took since each part was read."""

    limits: Quotas
    load: Load
    read_at: float
    consumption: Consumption
    consumption_until: float
    added: Use = _NOTHING


@dataclass(eq=False, slots=True)
class Attempt:
    """What one transaction takes of quotas, or gives back where it comes to nothing."""

    _guard: "QuotaGuard"
    _known: dict[str, _Known] = field(default_factory=dict[str, _Known])
    _taken: dict[str, Use] = field(default_factory=dict[str, Use])

    async def look(self, project: str) -> None:
        """Makes sure that what is known of the project is fresh; to be called before the transaction begins.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        self._known[project] = await self._guard.known_of(project)

    def is_counting_bytes(self, project: str) -> bool:
        """Whether the project has a limit of bytes, so that it is worth telling how many would be taken."""
        return self._newest(project).limits.database_bytes is not None

    def take(self, project: str, use: Use) -> None:
        """So much more of the project, after `look`.

        Raises:
            QuotaExceeded: If it would be too much.
        """
        known = self._newest(project)
        limits, added, consumed = known.limits, known.added, known.consumption
        if use.jobs:
            self._guard.require("jobs_queued", limits.jobs_queued, known.load.jobs_queued + added.jobs, use.jobs)
        if use.is_to_store and limits.stored_bytes is not None and consumed.stored_bytes >= limits.stored_bytes:
            self._guard.require("stored_bytes", limits.stored_bytes, consumed.stored_bytes, 1)
        if use.stored_bytes:
            stored = consumed.stored_bytes + added.stored_bytes
            self._guard.require("stored_bytes", limits.stored_bytes, stored, use.stored_bytes)
        if use.epoch_samples:
            asked = consumed.epoch_samples_per_day + added.epoch_samples
            self._guard.require("epoch_samples_per_day", limits.epoch_samples_per_day, asked, use.epoch_samples)
        if use.row_bytes:
            self._guard.require(
                "database_bytes", limits.database_bytes, consumed.database_bytes + added.row_bytes, use.row_bytes
            )
        known.added = known.added.plus(use)
        self._taken[project] = self.taken_of(project).plus(use)

    def stored_bytes_left(self, project: str) -> int | None:
        """How many bytes of files the project may still store, after `look`; None without a limit."""
        known = self._newest(project)
        if known.limits.stored_bytes is None:
            return None
        return known.limits.stored_bytes - known.consumption.stored_bytes - known.added.stored_bytes

    def taken_of(self, project: str) -> Use:
        """What it has taken of the project."""
        return self._taken.get(project, _NOTHING)

    def _newest(self, project: str) -> _Known:
        return self._guard.newest_of(project) or self._known[project]

    def give_back(self) -> None:
        """It came to nothing."""
        for project, use in self._taken.items():
            self._guard.give_back(project, use)
        self._taken.clear()


class QuotaGuard:
    """One a process.

    Args:
        database: Where quotas and use are read.
        defaults: The quotas of a project that has none of its own.
        on_refusal: Hears of each refusal, by the quota's name.
    """

    def __init__(self, database: Database, defaults: Quotas, on_refusal: Callable[[str], None] | None = None) -> None:
        self._database = database
        self._defaults = defaults
        self._on_refusal = on_refusal
        self._known: dict[str, _Known] = {}
        self._open: set[Attempt] = set()

    @contextmanager
    def attempt(self) -> Generator[Attempt]:
        """What is taken within the block is given back if it raises."""
        attempt = Attempt(self)
        self._open.add(attempt)
        try:
            yield attempt
        except BaseException:
            attempt.give_back()
            raise
        finally:
            self._open.discard(attempt)

    @asynccontextmanager
    async def looking(self, project: str) -> AsyncGenerator[Attempt]:
        """An `attempt` for one project that has looked at it; a transaction may begin within.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        with self.attempt() as attempt:
            await attempt.look(project)
            yield attempt

    def newest_of(self, project: str) -> _Known | None:
        """What is known of the project, however old; None if that was forgotten."""
        return self._known.get(project)

    async def known_of(self, project: str) -> _Known:
        """What is known of the project, read anew where it is old.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        known = self._known.get(project)
        now = time.monotonic()
        if known is not None and now - known.read_at < LOAD_SECONDS:
            return known
        async with self._database.read() as connection:
            own = await quotas.of_project(connection, project) or Quotas()
            limits = own.or_else(self._defaults)
            load = Load(0, 0)
            if limits.jobs_queued is not None:
                load = await quotas.load_of(connection, project)
            # What transactions have taken that are not committed yet, no read has seen.
            added = self._under_way(project)
            consumption, until = Consumption(0, 0, 0), now
            if _is_any_consumption_limited(limits):
                if known is not None and now < known.consumption_until and known.limits == limits:
                    consumption, until = known.consumption, known.consumption_until
                    added = replace(known.added, jobs=added.jobs)
                else:
                    began = time.monotonic()
                    consumption = await quotas.consumption_of(connection, project)
                    took = time.monotonic() - began
                    until = now + max(CONSUMPTION_SECONDS, READING_SHARE * took)
        fresh = _Known(limits, load, now, consumption, until, added)
        self._remember(project, fresh)
        return fresh

    def require(self, name: str, limit: int | None, used: int, requested: int) -> None:
        """Goes on where what is requested of a quota is there.

        Raises:
            QuotaExceeded: If it would be too much.
        """
        if limit is not None and used + requested > limit:
            if self._on_refusal is not None:
                self._on_refusal(name)
            raise QuotaExceeded(name, limit=limit, used=used, requested=requested)

    def give_back(self, project: str, use: Use) -> None:
        """Something that was taken came to nothing."""
        known = self._known.get(project)
        if known is not None:
            back = Use(-use.jobs, -use.epoch_samples, -use.row_bytes, stored_bytes=-use.stored_bytes)
            known.added = known.added.plus(back)

    async def shown(self, project: str) -> list[tuple[str, int | None, int]]:
        """Each quota's name, the project's limit and what it uses now.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        async with self._database.read() as connection:
            own = await quotas.of_project(connection, project) or Quotas()
            used = (
                *astuple(await quotas.load_of(connection, project)),
                *astuple(await quotas.consumption_of(connection, project)),
            )
        return list(zip(NAMES, astuple(own.or_else(self._defaults)), used, strict=True))

    def _under_way(self, project: str) -> Use:
        taken = _NOTHING
        for attempt in self._open:
            taken = taken.plus(attempt.taken_of(project))
        return taken

    def _remember(self, project: str, known: _Known) -> None:
        # One goes, the one that was read the longest ago; an attempt that looked at it keeps what it saw.
        self._known.pop(project, None)
        if len(self._known) >= _MOST_PROJECTS:
            del self._known[next(iter(self._known))]
        self._known[project] = known


def _is_any_consumption_limited(limits: Quotas) -> bool:
    return any(
        limit is not None for limit in (limits.stored_bytes, limits.epoch_samples_per_day, limits.database_bytes)
    )
