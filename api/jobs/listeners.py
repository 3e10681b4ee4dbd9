"""Who waits for news of a job, and the one task a process that looks for it.

While somebody waits, one statement in `POLL_SECONDS` asks for all jobs waited for which of them have another revision
than the one known, and the listeners of those are woken. A wake is a flag and holds nothing: each listener then reads
at its own pace.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog

from api.answers.errors import TooManyListeners, TooManyProjectListeners
from db.connections.engine import Database
from db.errors import DatabaseUnavailable
from db.jobs import standings
from db.jobs.standings import Standing
from db.queue import positions
from db.queue.places import by_place
from services.actors import Actor
from spec.states import JobStatus

POLL_SECONDS = 0.15
PLACES_SECONDS = 1.0
"""Between two looks at the queue, which cost more, for those who wait for a job's place to change."""
OUTAGE_SECONDS = 1.0
"""Between two tries while the database does not answer."""
_log = structlog.stdlib.get_logger("api")


class Listener:
    """One that waits for news of a job."""

    def __init__(self, watched: "_Watched", *, wants_place: bool) -> None:
        self._watched = watched
        self._woken = asyncio.Event()
        self.wants_place = wants_place
        self.is_leaving = False
        self.hurry: Callable[[], None] | None = None
        """Called when it is to leave while it does something else than wait."""

    @property
    def standing(self) -> Standing | None:
        """Where the job stands, as far as is known; None once it is gone."""
        return self._watched.standing

    @property
    def queue_position(self) -> int | None:
        """The job's place in the queue, for one that wanted it; None unless it is queued."""
        return self._watched.queue_position if self._watched.is_queued else None

    def wake(self) -> None:
        """Ends its wait."""
        self._woken.set()

    def leave(self) -> None:
        """Ends its wait, and tells it that it shall wait no more: its client has gone, or the service stops."""
        self.is_leaving = True
        self.wake()
        if self.hurry is not None:
            self.hurry()

    async def wait(self, timeout_seconds: float) -> None:
        """Returns at news, when it is to leave, or when the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._woken.wait()
        if not self.is_leaving:
            self._woken.clear()


@dataclass
class _Watched:
    """A job that somebody waits for."""

    standing: Standing | None
    revision: int
    queue_position: int | None = None
    listeners: set[Listener] = field(default_factory=set[Listener])

    @property
    def is_queued(self) -> bool:
        return self.standing is not None and self.standing.status is JobStatus.QUEUED

    @property
    def is_place_wanted(self) -> bool:
        return self.is_queued and any(listener.wants_place for listener in self.listeners)

    def learn(self, standing: Standing | None) -> None:
        self.standing = standing
        if standing is not None:
            self.revision = standing.revision
        self.wake()

    def wake(self) -> None:
        for listener in self.listeners:
            listener.wake()


@dataclass(frozen=True)
class Shares:
    """How many may wait at once in a process.

    Attributes:
        process: In all.
        project: Of one project, where keys are asked for.
        key: With one key.
    """

    process: int
    project: int
    key: int


class Listeners:
    """All that wait in this process.

    Args:
        database: Where the news come from.
        shares: How many may wait at once.
        most_running: As `db.queue.claims.claim_next` has it.
    """

    def __init__(self, database: Database, shares: Shares, *, most_running: int | None = None) -> None:
        self._database = database
        self._shares = shares
        self._most_running = most_running
        self._count = 0
        self._of_projects: Counter[str] = Counter()
        self._of_keys: Counter[str] = Counter()
        self._watched: dict[str, _Watched] = {}
        self._has_come = asyncio.Event()
        self._is_closed = False
        self._places_due = 0.0

    @contextmanager
    def joined(self, caller: Actor, standing: Standing, *queue_position: int | None) -> Generator[Listener]:
        """A listener for as long as the block takes.

        Args:
            caller: Who waits.
            standing: Where the job stands, as its listener has just read it. Whatever comes later wakes it.
            queue_position: Its place in the queue, if changes of that are news too.

        Raises:
            TooManyListeners: If as many as may are waiting.
            TooManyProjectListeners: If as many of the caller's project, or with its key, as may are.
        """
        with self._counted(caller), self._listening(standing, *queue_position) as listener:
            yield listener

    @contextmanager
    def _counted(self, caller: Actor) -> Generator[None]:
        key = caller.key_id
        if key is not None:
            # Before the bound of the process, so that no project can take what is all the others'.
            if self._of_projects[caller.project] >= self._shares.project:
                raise TooManyProjectListeners(
                    f"{self._shares.project:,} clients of this project are already waiting for news. Try again later."
                )
            if self._of_keys[key] >= self._shares.key:
                raise TooManyProjectListeners(
                    f"{self._shares.key:,} clients with this API key are already waiting for news. Try again later."
                )
        if self._count >= self._shares.process:
            raise TooManyListeners(f"{self._shares.process:,} clients are already waiting for news. Try again later.")
        self._count += 1
        if key is not None:
            self._of_projects[caller.project] += 1
            self._of_keys[key] += 1
        try:
            yield
        finally:
            self._count -= 1
            if key is not None:
                _count_down(self._of_projects, caller.project)
                _count_down(self._of_keys, key)

    @contextmanager
    def _listening(self, standing: Standing, *queue_position: int | None) -> Generator[Listener]:
        watched = self._watched.setdefault(standing.job_id, _Watched(standing, standing.revision))
        if standing.revision > watched.revision:
            watched.learn(standing)
        if queue_position and queue_position[0] != watched.queue_position:
            watched.queue_position = queue_position[0]
            watched.wake()
        listener = Listener(watched, wants_place=bool(queue_position))
        watched.listeners.add(listener)
        self._has_come.set()
        if self._is_closed:
            listener.leave()
        try:
            yield listener
        finally:
            watched.listeners.remove(listener)
            if not watched.listeners and self._watched.get(standing.job_id) is watched:
                del self._watched[standing.job_id]

    def close(self) -> None:
        """Sends all listeners away, and those who come later."""
        self._is_closed = True
        for watched in self._watched.values():
            for listener in watched.listeners:
                listener.leave()

    async def run(self) -> None:
        """Works until cancelled."""
        is_out = False
        while True:
            if not self._watched:
                self._has_come.clear()
                await self._has_come.wait()
            try:
                await self._look()
            except DatabaseUnavailable as error:
                if not is_out:
                    _log.warning("listeners are waiting for the database", reason=type(error).__name__)
                is_out = True
                await asyncio.sleep(OUTAGE_SECONDS)
            else:
                is_out = False
                await asyncio.sleep(POLL_SECONDS)

    async def _look(self) -> None:
        async with self._database.read() as connection:
            # A job that is gone has no revision that could rise again.
            seen = {job_id: job.revision for job_id, job in self._watched.items() if job.standing is not None}
            for job_id, standing in (await standings.changed(connection, seen)).items():
                watched = self._watched.get(job_id)
                if watched is not None and (standing is None or standing.revision > watched.revision):
                    watched.learn(standing)
            if time.monotonic() < self._places_due:
                return
            self._places_due = time.monotonic() + PLACES_SECONDS
            wanted = [job_id for job_id, job in self._watched.items() if job.is_place_wanted]
            places = await positions.queue_positions(connection, wanted, self._most_running)
            for job_id, exact in places.items():
                place = by_place(exact)
                watched = self._watched.get(job_id)
                if watched is not None and watched.queue_position != place:
                    watched.queue_position = place
                    watched.wake()


def _count_down(counts: Counter[str], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
