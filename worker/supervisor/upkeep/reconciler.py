"""Mends what was lost and clears up: one loop that looks for what is due, and one for each kind of it.

They run in every worker. All they do is conditional updates, so any number may run at once; nobody writes before
something was found to be due. What cannot be mended (a row that the database refuses to change, a file that cannot be
deleted) holds up nothing else and is tried again later.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from broker.publisher import BrokerUnavailable
from db.errors import DatabaseUnavailable
from db.workers.upkeep import UNHURRIED, Duty
from worker.supervisor.upkeep.duties import Duties
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

LOOK = "look for what is due"
"""The name of the loop that does."""
_UNHURRIED_SECONDS = 600.0
"""Between two looks for what is kept for days."""


class Reconciler:
    """The loops that mend."""

    def __init__(self, workplace: Workplace, duties: Duties) -> None:
        """Does nothing yet; `begin` does.

        Args:
            workplace: What it works with.
            duties: What the loops do.
        """
        self._workplace = workplace
        self._duties = duties
        self._is_due = {duty: asyncio.Event() for duty in Duty}
        self._unhurried_at = 0.0

    def begin(self) -> None:
        """Start the loops."""
        rounds = self._duties.rounds()
        loops = self._workplace.loops
        loops.supervised(LOOK, self._look)
        for duty in Duty:
            loops.supervised(duty, partial(self._do, duty, rounds[duty].go))

    def wake(self, duty: Duty) -> None:
        """There may be something of this kind to do now."""
        self._is_due[duty].set()

    async def _look(self) -> None:
        """Look every few seconds what is due, until cancelled."""
        while True:
            try:
                due = await self._duties.due()
            except DatabaseUnavailable as error:
                _log.warning("not everything can be mended now", reason=str(error))
                due = frozenset[Duty]()
            except Exception:
                # One part of it is at fault; each may look for itself.
                for event in self._is_due.values():
                    event.set()
                raise
            if time.monotonic() >= self._unhurried_at:
                self._unhurried_at = time.monotonic() + _UNHURRIED_SECONDS
                due |= UNHURRIED
            for duty in due:
                self._is_due[duty].set()
            self._workplace.loops.went_well(LOOK)
            await asyncio.sleep(self._workplace.settings.reconcile_seconds)

    async def _do(self, duty: Duty, go: Callable[[], Awaitable[bool]]) -> None:
        """Do it whenever it is due, until cancelled."""
        while True:
            await self._is_due[duty].wait()
            self._is_due[duty].clear()
            try:
                if await go() and duty in UNHURRIED:
                    self._is_due[duty].set()
            except (DatabaseUnavailable, BrokerUnavailable) as error:
                _log.warning("not everything can be mended now", loop=duty, reason=str(error))
            except Exception:
                self._is_due[duty].set()  # when the loop comes back
                raise
            self._workplace.loops.went_well(duty)
