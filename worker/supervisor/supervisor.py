"""All of a worker's supervision, on one event loop."""

import asyncio
import contextlib
from collections.abc import Sequence

import structlog

from broker.publisher import Publisher
from db import totals, workers
from db.engine import Database
from db.errors import DatabaseUnavailable
from settings import WorkerSettings
from spec.ids import new_id
from storage.store import Store
from worker.supervisor.devices import Seat
from worker.supervisor.heart import Heart
from worker.supervisor.reconciler import Reconciler
from worker.supervisor.slots import Slot
from worker.supervisor.work_dirs import WorkDirs
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_HAND_BACK_SECONDS = 5.0
"""How long a stop may take beyond the trainers' grace, until what still runs is dropped; its leases then run out."""
_FAREWELL_SECONDS = 2.0


class Supervisor:
    """The slots, the heart and the reconciler of one worker."""

    def __init__(self, settings: WorkerSettings, seats: Sequence[Seat]) -> None:
        """Opens the rooms below; to be called on the event loop that runs it.

        Args:
            settings: The worker's settings.
            seats: What each slot trains on.

        Raises:
            StorageUnavailable: If the storage cannot be opened.
            OSError: If the home cannot be written.
        """
        worker_id = new_id("worker")
        self._workplace = Workplace(
            worker_id=worker_id,
            settings=settings,
            database=Database(settings.database_url.get_secret_value()),
            store=Store(settings.storage_url.get_secret_value()),
            work_dirs=WorkDirs(settings.home, worker_id),
        )
        self._publisher = Publisher(settings.broker_url.get_secret_value())
        self._slots = [Slot(number, seat, self._workplace) for number, seat in enumerate(seats)]
        self._heart = Heart(self._workplace, self._slots)

    def wake(self) -> None:
        """There may be work: have the free slots look at once."""
        for slot in self._slots:
            slot.wake()

    def request_stop(self) -> None:
        """Claim nothing more, hand back what runs, then end."""
        self._workplace.is_stopping.set()
        for slot in self._slots:
            slot.hand_back()

    async def run(self) -> None:
        """Work until asked to stop; leave no process, no row and no folder."""
        _log.info("worker begins", worker=self._workplace.worker_id, slots=len(self._slots))
        reconciler = Reconciler(self._workplace, self._publisher, on_requeued=self.wake)
        try:
            async with asyncio.TaskGroup() as group:
                serving = [group.create_task(slot.serve()) for slot in self._slots]
                others = [group.create_task(act()) for act in (self._heart.beat, self._heart.listen, reconciler.run)]
                await self._workplace.is_stopping.wait()
                stop_seconds = self._workplace.settings.stop_grace_seconds + _HAND_BACK_SECONDS
                await asyncio.wait(serving, timeout=stop_seconds)
                for task in (*serving, *others):
                    task.cancel()
        finally:
            await self._leave()

    async def _leave(self) -> None:
        with contextlib.suppress(DatabaseUnavailable, TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS), self._workplace.database.write() as connection:
                await workers.remove(connection, self._workplace.worker_id)
                await totals.add(connection, self._workplace.tally.take())
        await self._workplace.database.close()
        await asyncio.to_thread(self._publisher.close)
        self._workplace.work_dirs.remove_all()
        _log.info("worker ends", worker=self._workplace.worker_id)
