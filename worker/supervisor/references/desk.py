"""Has references computed that jobs on this worker want, one after the other."""

from collections.abc import Callable

import structlog

from db.datasets import references
from db.errors import DatabaseUnavailable
from worker.supervisor.references.findings import NothingFound, find
from worker.supervisor.references.wanted import Wanted
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

REFERENCES = "references"
"""The name of the loop."""


class ReferenceDesk:
    """The loop that does. What it runs dies with it.

    Attributes:
        on_arrival: Called with the key of a reference that is stored now: of the jobs that it holds for more can be
            said.
    """

    def __init__(self, workplace: Workplace) -> None:
        """Does nothing yet; `run` does.

        Args:
            workplace: What it works with.
        """
        self._workplace = workplace
        self.on_arrival: Callable[[str], None] = lambda _: None

    async def run(self) -> None:
        """Compute what is wanted, until cancelled."""
        wanted_here = self._workplace.wanted_references
        while True:
            wanted = await wanted_here.next()
            try:
                await self._answer(wanted)
            except DatabaseUnavailable as error:
                _log.warning("a reference cannot be stored", reason=str(error))
                wanted_here.forget(wanted.key)
            self._workplace.loops.went_well(REFERENCES)

    async def _answer(self, wanted: Wanted) -> None:
        async with self._workplace.database.write() as connection:
            if not await references.claim(connection, wanted.key, wanted.datasets):
                if await references.is_open(connection, wanted.key):
                    # Whoever computes it may be gone: the next job that wants it asks again.
                    self._workplace.wanted_references.forget(wanted.key)
                return
        try:
            document = await find(wanted.prepared, self._workplace.settings.reference_memory_bytes)
        except (NothingFound, OSError) as error:
            _log.info("no reference was found", why=type(error).__name__)
            self._workplace.wanted_references.forget(wanted.key)
            async with self._workplace.database.write() as connection:
                await references.release(connection, wanted.key)
            return
        async with self._workplace.database.write() as connection:
            await references.record(connection, wanted.key, document)
        _log.info("a reference was stored", seconds=document.get("seconds"), none_since=document.get("reason"))
        self.on_arrival(wanted.key)
