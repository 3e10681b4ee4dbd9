"""What the parts of one supervisor share."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from background.loops import Loops, kind_of
from background.rounds import Setbacks
from db.connections.engine import Database
from db.errors import DatabaseUnavailable
from db.workers.measures import BACKGROUND_FAILURES, Tally
from settings import WorkerSettings
from storage.store import Store
from worker.supervisor.attempts.kept_inputs import KeptInputs
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.references.wanted import WantedReferences

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
        set_aside: Jobs that could not be claimed though they were next; others are not to wait for them.
        kept_inputs: Files that several jobs begin with.
        wanted_references: Rows of which nobody knows yet how good simple models are on them.
        loops: What runs for as long as the worker. Its failures are counted, and the next heartbeat tells of them.
    """

    worker_id: str
    settings: WorkerSettings
    database: Database
    store: Store
    work_dirs: WorkDirs
    is_stopping: asyncio.Event = field(default_factory=asyncio.Event)
    is_beat_due: asyncio.Event = field(default_factory=asyncio.Event)
    tally: Tally = field(default_factory=Tally)
    set_aside: Setbacks = field(default_factory=Setbacks)
    kept_inputs: KeptInputs = field(init=False)
    wanted_references: WantedReferences = field(init=False)
    loops: Loops = field(init=False)

    def __post_init__(self) -> None:
        """The loops need what the others made."""
        loops = Loops(
            "worker",
            on_failure=lambda name: self.tally.add(BACKGROUND_FAILURES, 1, kind_of(name)),
            on_change=self.is_beat_due.set,
        )
        object.__setattr__(self, "loops", loops)
        kept = KeptInputs(self.settings.home / "inputs", self.settings.data_cache_bytes)
        object.__setattr__(self, "kept_inputs", kept)
        wanted = WantedReferences(is_on=self.settings.reference_memory_bytes > 0)
        object.__setattr__(self, "wanted_references", wanted)

    async def is_outage(self, error: Exception) -> bool:
        """Whether an error of the database means that it is away, and not that one thing cannot be done to it now."""
        if not isinstance(error, DatabaseUnavailable):
            return False
        try:
            await self.database.ping()
        except DatabaseUnavailable:
            return True
        return False

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
