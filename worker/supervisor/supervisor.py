"""All of a worker's supervision, on one event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from background.closing import close_all
from broker.publisher import Publisher
from db.connections.engine import Database
from db.workers import totals, workers
from db.workers.upkeep import Duty
from settings import WorkerSettings
from spec.ids import new_id
from storage.store import Store
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.devices import Seat
from worker.supervisor.heart import BEAT, ORDERS, Heart
from worker.supervisor.kinds import TRAINER
from worker.supervisor.lookout import LOOKOUT, Lookout
from worker.supervisor.references.desk import REFERENCES, ReferenceDesk
from worker.supervisor.slots import Slot, StartTrainer, start_trainer
from worker.supervisor.upkeep.duties import Duties
from worker.supervisor.upkeep.reconciler import Reconciler
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_HAND_BACK_SECONDS = 5.0
"""How long a stop may take beyond the trainers' grace, until what still runs is dropped; its leases then run out."""
_FAREWELL_SECONDS = 2.0


class Supervisor:
    """The slots, the heart and the reconciler of one worker."""

    def __init__(
        self, settings: WorkerSettings, seats: Sequence[Seat], start_trainer: StartTrainer = start_trainer
    ) -> None:
        """Opens the rooms below; to be called on the event loop that runs it.

        Args:
            settings: The worker's settings.
            seats: What each slot trains on.
            start_trainer: Where trainers come from.

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
        self._slots = [Slot(number, seat, self._workplace, start_trainer) for number, seat in enumerate(seats)]
        self._lookout = Lookout(self._workplace, self._slots)
        for slot in self._slots:
            slot.look_for_more = self._lookout.look_soon
        self._heart = Heart(self._workplace, self._slots)
        duties = Duties(
            self._workplace,
            self._publisher,
            memory_bytes=max((seat.memory_bytes for seat in seats if seat.carrier == TRAINER), default=0),
            on_requeued=self._lookout.look_soon,
        )
        self._reconciler = Reconciler(self._workplace, duties)
        for slot in self._slots:
            slot.on_attempt_ended = self._go_on_with_repairs
        self._reference_desk = ReferenceDesk(self._workplace)
        self._reference_desk.on_arrival = self._on_reference

    def _go_on_with_repairs(self) -> None:
        """The job that ended, or paused, may be one of a repair, or be repaired."""
        self._reconciler.wake(Duty.REPAIRS)

    def _on_reference(self, _key: str) -> None:
        """More can be said of the jobs that it holds for: of those that train here, and of any that have ended."""
        self._reconciler.wake(Duty.LOOKS)
        for slot in self._slots:
            if slot.run is not None:
                slot.run.reference_arrived()

    def wake(self) -> None:
        """Word of a job came: have a free slot claim at once."""
        self._lookout.wake()

    def request_stop(self) -> None:
        """Claim nothing more, hand back what runs, then end."""
        self._workplace.is_stopping.set()
        self._workplace.loops.expect_returns()
        for slot in self._slots:
            slot.hand_back()

    async def run(self) -> None:
        """Work until asked to stop; leave no process, no row and no folder."""
        training = sum(slot.seat.carrier == TRAINER for slot in self._slots)
        _log.info("worker begins", worker=self._workplace.worker_id, slots=training)
        loops = self._workplace.loops
        try:
            serving = [loops.supervised(slot.name, slot.serve) for slot in self._slots]
            loops.supervised(LOOKOUT, self._lookout.run)
            loops.supervised(BEAT, self._heart.beat)
            loops.supervised(ORDERS, self._heart.listen)
            loops.supervised(REFERENCES, self._reference_desk.run)
            self._reconciler.begin()
            await self._workplace.is_stopping.wait()
            stop_seconds = self._workplace.settings.stop_grace_seconds + _HAND_BACK_SECONDS
            await asyncio.wait(serving, timeout=stop_seconds)
        finally:
            await self._leave()

    async def _leave(self) -> None:
        """End all that is left, whatever goes wrong with any of it."""
        await self._workplace.loops.close()
        closings: list[tuple[str, Callable[[], Awaitable[object]]]] = [
            *((slot.name, slot.end_trainers) for slot in self._slots),
            ("farewell", self._say_farewell),
            ("database", self._workplace.database.close),
            ("broker", partial(asyncio.to_thread, self._publisher.close)),
            ("folders", partial(asyncio.to_thread, self._workplace.work_dirs.remove_all)),
        ]
        await close_all("worker", closings)
        _log.info("worker ends", worker=self._workplace.worker_id)

    async def _say_farewell(self) -> None:
        async with asyncio.timeout(_FAREWELL_SECONDS), self._workplace.database.write() as connection:
            await workers.remove(connection, self._workplace.worker_id)
            await totals.add(connection, self._workplace.tally.take())
