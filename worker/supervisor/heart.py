"""Beats: tells the database that this worker and its attempts live, and hears what is asked of them."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import structlog

from db.attempts import attempts
from db.errors import AttemptSuperseded, CommitUncertain, DatabaseError, DatabaseUnavailable
from db.workers import totals, workers
from db.workers.workers import NewWorker, WorkerState
from settings.version import VERSION
from worker.supervisor.attempts.dialogue import Why
from worker.supervisor.attempts.runs import Run
from worker.supervisor.kinds import TRAINER
from worker.supervisor.slots import Slot
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

BEAT, ORDERS = "heartbeat", "orders"
"""The names of the two loops."""
AsyncConnection: TypeAlias = Any
"""The database's, which only `db` knows."""

_ASK_SECONDS = 0.4
"""How often it is asked what is wanted of the running jobs."""
_RETRY_SECONDS = 0.5
"""Between two beats while the database does not answer."""


class Heart:
    """One worker's beat, for all its slots: one small transaction."""

    def __init__(self, workplace: Workplace, slots: Sequence[Slot]) -> None:
        """Does nothing yet; `beat` and `listen` begin."""
        self._workplace = workplace
        self._slots = slots
        self._training_slots = [slot for slot in slots if slot.seat.carrier == TRAINER]
        self._worker = NewWorker(
            id=workplace.worker_id,
            hostname=socket.gethostname(),
            pid=os.getpid(),
            accelerators=sorted({slot.seat.device for slot in self._training_slots}),
            slots=len(self._training_slots),
            lease_seconds=workplace.settings.lease_seconds,
            versions={"netcoach": VERSION},
        )

    async def beat(self) -> None:
        """Renew every lease and tell of the worker, until cancelled."""
        while True:
            self._workplace.is_beat_due.clear()
            pause_seconds = self._workplace.settings.heartbeat_seconds
            try:
                await self._beat_once()
                self._workplace.loops.went_well(BEAT)
            except DatabaseUnavailable as error:
                # Trainings go on: every write of theirs is fenced, so an attempt that lost its job does no harm.
                _log.warning("leases cannot be renewed", reason=str(error))
                pause_seconds = min(pause_seconds, _RETRY_SECONDS)
            try:
                async with asyncio.timeout(pause_seconds):
                    await self._workplace.is_beat_due.wait()
            except TimeoutError:
                continue

    async def listen(self) -> None:
        """Ask what is wanted of the running jobs, and do it, until cancelled."""
        while True:
            await asyncio.sleep(_ASK_SECONDS)
            if runs := self._runs():
                try:
                    await self._ask(runs)
                except DatabaseUnavailable:
                    continue  # the beat tells of it

    async def _beat_once(self) -> None:
        """One transaction for all; where that cannot be had, one for each, so that no lease waits for another's row.

        Raises:
            DatabaseUnavailable: If the database is away.
        """
        runs = self._runs()
        measured = self._workplace.tally.take()
        try:
            async with self._workplace.database.write() as connection:
                superseded = [run for run in runs if not await self._is_renewed(connection, run)]
                await self._tell(connection)
                await totals.add(connection, measured)
        except CommitUncertain:
            raise  # counted once or not at all: of metrics that is enough
        except DatabaseError as error:
            self._workplace.tally.put_back(measured)
            if await self._workplace.is_outage(error):
                raise
            await self._beat_singly(runs, error)
            return
        self._stop(superseded)

    async def _beat_singly(self, runs: Sequence[Run], why: DatabaseError) -> None:
        _log.warning("leases are renewed one by one", reason=type(why).__name__)

        async def write(act: Callable[[AsyncConnection], Awaitable[None]], **about: str) -> DatabaseError | None:
            try:
                async with self._workplace.database.write() as connection:
                    await act(connection)
            except DatabaseError as error:
                self._workplace.loops.note_failure(BEAT, error, **about)
                return error
            return None

        async def count() -> None:
            measured = self._workplace.tally.take()
            error = await write(lambda connection: totals.add(connection, measured))
            if error is not None and not isinstance(error, CommitUncertain):
                self._workplace.tally.put_back(measured)

        async def renew(connection: AsyncConnection, run: Run) -> None:
            if not await self._is_renewed(connection, run):
                self._stop([run])

        await asyncio.gather(
            write(self._tell),
            count(),
            *(write(partial(renew, run=run), job_id=run.fence.job_id) for run in runs),
        )

    async def _is_renewed(self, connection: AsyncConnection, run: Run) -> bool:
        """Renew an attempt's lease, and do what was asked of its job; False if it has no claim to it any more."""
        try:
            run.obey(await attempts.renew_lease(connection, run.fence, self._workplace.settings.lease_seconds))
        except AttemptSuperseded:
            return False
        return True

    async def _tell(self, connection: AsyncConnection) -> None:
        busy = sum(slot.run is not None for slot in self._training_slots)
        ready = next((slot.trainer.ready for slot in self._training_slots if slot.trainer is not None), None)
        is_known = await workers.heartbeat(
            connection,
            self._worker.id,
            busy=busy,
            state=self._state,
            versions=None if ready is None else {**self._worker.versions, **ready.versions},
            devices=None if ready is None else ready.devices,
            failing=self._workplace.loops.failing,
        )
        if not is_known:
            await workers.register(connection, self._worker, self._state)
            self._workplace.is_beat_due.set()

    def _stop(self, superseded: Sequence[Run]) -> None:
        for run in superseded:
            run.dialogue.stop(Why.SUPERSEDED)

    async def _ask(self, runs: Sequence[Run]) -> None:
        async with self._workplace.database.read() as connection:
            orders = await attempts.orders_for(connection, self._worker.id)
        for run in runs:
            if run.fence in orders:
                run.obey(orders[run.fence])
            else:
                run.dialogue.stop(Why.SUPERSEDED)

    def _runs(self) -> list[Run]:
        return [slot.run for slot in self._slots if slot.run is not None]

    @property
    def _state(self) -> WorkerState:
        if self._workplace.is_stopping.is_set():
            return "stopping"
        return "ready" if any(slot.trainer is not None for slot in self._training_slots) else "starting"
