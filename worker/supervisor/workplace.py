"""What the parts of one supervisor share."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from db.engine import Database
from db.errors import DatabaseUnavailable
from db.measures import Tally
from settings import WorkerSettings
from storage.store import Store
from worker.supervisor.work_dirs import WorkDirs

_log = structlog.stdlib.get_logger("worker")

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Workplace:
    """The rooms below, opened, and who the worker is.

    Attributes:
        worker_id: A new one each time a worker starts.
        settings: The worker's settings.
        database: The truth.
        store: Where artifacts go.
        work_dirs: Where attempts leave their files.
        is_stopping: Set once the worker is to end: no job is claimed any more.
        is_beat_due: Set when something changed that the next heartbeat is not to be waited for with.
        tally: What was done since the last heartbeat, for the metrics.
    """

    worker_id: str
    settings: WorkerSettings
    database: Database
    store: Store
    work_dirs: WorkDirs
    is_stopping: asyncio.Event = field(default_factory=asyncio.Event)
    is_beat_due: asyncio.Event = field(default_factory=asyncio.Event)
    tally: Tally = field(default_factory=Tally)

    async def read(self, ask: Callable[[Any], Awaitable[Result]]) -> Result:
        """Ask something; while the database is unavailable, try again until it is back."""
        return await self._until_available(self.database.read, ask)

    async def write(self, act: Callable[[Any], Awaitable[Result]]) -> Result:
        """Do something in one transaction; while the database is unavailable, try again until it is back.

        Args:
            act: Takes the connection. It may be called again though its first transaction was committed (the
                connection was lost in the commit): what it writes is the same then, or its fence refuses.
        """
        return await self._until_available(self.database.write, act)

    async def _until_available(
        self,
        connect: Callable[[], contextlib.AbstractAsyncContextManager[Any]],
        act: Callable[[Any], Awaitable[Result]],
    ) -> Result:
        pause_seconds = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with connect() as connection:
                    return await act(connection)
            except DatabaseUnavailable as error:
                _log.warning("the database does not answer; trying again", reason=str(error))
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
