"""Looks whether there is work, once for all of a worker's free slots: only those that may have some then write."""

import asyncio
from collections.abc import Sequence

import structlog

from db.errors import DatabaseUnavailable
from db.queue import claims
from worker.supervisor.slots import Slot
from worker.supervisor.workplace import Workplace

LOOKOUT = "look for work"
"""The name of its loop."""
_log = structlog.stdlib.get_logger("worker")


class Lookout:
    """Wakes slots: one at a hint, and one each time a look finds a job that it may take.

    The slot that took one has the lookout look again, so all the slots that there is work for are woken one after the
    other, and no more.
    """

    def __init__(self, workplace: Workplace, slots: Sequence[Slot]) -> None:
        """Does nothing yet; `run` begins."""
        self._workplace = workplace
        self._slots = slots
        self._is_due = asyncio.Event()

    def wake(self) -> None:
        """Word of a job came: one slot of each kind is to claim, without looking first; save those for rare work."""
        for slot in self._free().values():
            if slot.seat.carrier.is_on_demand:
                self.look_soon()
            else:
                slot.wake()

    def look_soon(self) -> None:
        """There may be work: look now."""
        self._is_due.set()

    async def run(self) -> None:
        """Look every `poll_seconds`, and when asked to, until cancelled."""
        while True:
            self._is_due.clear()
            try:
                await self._look()
                self._workplace.loops.went_well(LOOKOUT)
            except DatabaseUnavailable as error:
                _log.warning("no work can be looked for", reason=str(error))
            try:
                async with asyncio.timeout(self._workplace.settings.poll_seconds):
                    await self._is_due.wait()
            except TimeoutError:
                continue

    async def _look(self) -> None:
        free = self._free()
        if not free:
            return
        async with self._workplace.database.read() as connection:
            # As a rule nothing waits: that costs one question, however many kinds of slots there are.
            if len(free) > 1 and not await claims.is_any_queued(connection):
                return
            for (lanes, gpus), slot in free.items():
                is_claimable = await claims.is_claimable(
                    connection,
                    lanes,
                    gpus=gpus,
                    most_running=self._workplace.settings.quota_jobs_running,
                    passed_over=self._workplace.set_aside.waiting,
                )
                if is_claimable:
                    slot.wake()

    def _free(self) -> dict[tuple[tuple[str, ...], int], Slot]:
        """Of each kind of slot that may get the same jobs, one that is free and not yet woken."""
        free: dict[tuple[tuple[str, ...], int], Slot] = {}
        for slot in self._slots:
            if slot.is_free:
                free.setdefault((slot.seat.lanes, slot.seat.replicas), slot)
        return free
