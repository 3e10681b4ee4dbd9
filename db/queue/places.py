"""Places in the queue, told at the same price however long the queue is.

In a short queue, and near the head of a long one, a place is exact. Beyond the first `EXACT` it is told by a view of
the queue that every process takes anew while anybody asks: true to within a thousandth, and up to a second old.
"""

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from db.connections.engine import Database
from db.errors import DatabaseError
from db.jobs.rows import JobRow
from db.queue import positions, views
from db.queue.views import QueueView
from spec.states import JobStatus

EXACT = 500
"""Up to this place a place is exact; a queue of this length is looked at anew each time."""
FRESH_SECONDS = 0.3
"""A view that is asked after so long is taken anew behind the answer."""
MAX_AGE_SECONDS = 1.0
"""A view so old tells nothing any more."""


def by_place(place: int | None) -> int | None:
    """A place for telling whether it is another: all beyond `EXACT`, which are estimates, are the same."""
    return None if place is None else min(place, EXACT + 1)


class Places:
    """Tells the places of one process's jobs.

    Args:
        database: Where the queue is.
        most_running: As `db.queue.claims.claim_next` has it.
    """

    def __init__(self, database: Database, most_running: int | None = None) -> None:
        self._database = database
        self._most_running = most_running
        self._view: QueueView | None = None
        self._taken_at = 0.0
        self._taking: asyncio.Task[None] | None = None

    async def of(self, connection: AsyncConnection, job: JobRow) -> int | None:
        """The place of a job, 1 being next; None unless it is queued."""
        if job.status is not JobStatus.QUEUED:
            return None
        place = self._seen(job)
        if place is None:
            place = await positions.queue_position(connection, job.id, self._most_running)
            if place is not None and place > EXACT:
                self._take()
        return place

    async def of_all(self, connection: AsyncConnection, some: Sequence[JobRow]) -> dict[str, int]:
        """The places of those of these jobs that are queued."""
        queued = [job for job in some if job.status is JobStatus.QUEUED]
        places = {job.id: place for job in queued if (place := self._seen(job)) is not None}
        rest = [job.id for job in queued if job.id not in places]
        if rest:
            exact = await positions.queue_positions(connection, rest, self._most_running)
            if max(exact.values(), default=0) > EXACT:
                self._take()
            places |= exact
        return places

    async def of_new(self, connection: AsyncConnection, new: Sequence[JobRow]) -> list[int]:
        """The places of jobs that this transaction has just queued, in their order.

        They stand behind all others of their project and priority: one that another process made in the same
        millisecond counts as made before them.
        """
        view = self._usable()
        if view is None:
            counted = await views.counted(connection, self._most_running)
            if counted.length > EXACT:
                self._take()
            return counted.places_behind(new)
        view.add(new)
        return view.places_behind(new)

    def _seen(self, job: JobRow) -> int | None:
        """Its place by the view, where that is good enough."""
        view = self._usable()
        place = None if view is None else view.place(job)
        return place if place is not None and place > EXACT else None

    def _usable(self) -> QueueView | None:
        if self._view is None:
            return None
        age_seconds = asyncio.get_running_loop().time() - self._taken_at
        if age_seconds > FRESH_SECONDS:
            self._take()
        return self._view if age_seconds <= MAX_AGE_SECONDS else None

    def _take(self) -> None:
        """Has a view taken, behind the answer."""
        if self._taking is None:
            self._taking = asyncio.create_task(self._take_view(), name="queue view")

    async def _take_view(self) -> None:
        try:
            began = asyncio.get_running_loop().time()
            async with self._database.read() as connection:
                view = await views.taken(connection, self._most_running)
            self._view = view if view.length > EXACT else None
            self._taken_at = began
        except DatabaseError:
            self._view = None  # whoever asks next is told what is wrong
        finally:
            self._taking = None
