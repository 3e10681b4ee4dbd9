"""A slot: one job at a time, in one warm trainer."""

import asyncio
import contextlib
import time

import structlog

from db import claims
from db.claims import Claim
from db.errors import CommitUncertain, DatabaseUnavailable
from db.measures import TRAINERS_STARTED
from worker.supervisor.devices import Seat
from worker.supervisor.runs import Run
from worker.supervisor.trainers import DataShare, Trainer, TrainerNotReady
from worker.supervisor.training import Why
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_NEARLY_WORN_OUT = 0.8
"""Share of the most memory above which the next trainer is started while this one still works."""

_GROWTH_SHARE = 0.5
"""How much of the memory it may use beyond what it began with a trainer may still hold after a job."""


class Slot:
    """Claims jobs one after the other and has them trained.

    Attributes:
        number: Which of the worker's slots, from 0.
        seat: What it trains on.
        run: The attempt that is being trained, if one is.
        trainer: Its trainer, once there is one.
    """

    def __init__(self, number: int, seat: Seat, workplace: Workplace) -> None:
        """Does nothing yet; `serve` begins.

        Args:
            number: Which of the worker's slots.
            seat: What it trains on.
            workplace: What it works with.
        """
        self.number = number
        self.seat = seat
        self.run: Run | None = None
        self.trainer: Trainer | None = None
        self._workplace = workplace
        self._successor: asyncio.Task[Trainer] | None = None
        self._may_have_work = asyncio.Event()
        self._may_have_claimed = False

    def wake(self) -> None:
        """There may be work, or the worker is stopping: look now."""
        self._may_have_work.set()

    async def serve(self) -> None:
        """Claim and train until the worker stops."""
        is_stopping = self._workplace.is_stopping
        try:
            while not is_stopping.is_set():
                trainer = await self._ready_trainer()
                if trainer is None:
                    break
                self._may_have_work.clear()
                looked_ns = time.time_ns()
                claim = await self._claim()
                if claim is not None:
                    await self._carry_out(claim, trainer, looked_ns)
                elif not is_stopping.is_set():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self._workplace.settings.poll_seconds):
                            await self._may_have_work.wait()
        finally:
            await self._end_trainers()

    def hand_back(self) -> None:
        """Give the job that is being trained, if any, back to the queue."""
        if self.run is not None:
            self.run.training.stop(Why.HANDED_BACK)
        self.wake()

    async def _claim(self) -> Claim | None:
        if not self._workplace.work_dirs.has_room():
            _log.warning("no job is claimed: the disk of the home is full", slot=self.number)
            return None
        try:
            return await self._uncertain_claim() or await self._next_claim()
        except CommitUncertain as error:
            self._may_have_claimed = True
            _log.warning("a claim's outcome is unknown", slot=self.number, reason=str(error))
        except DatabaseUnavailable as error:
            _log.warning("no job can be claimed", slot=self.number, reason=str(error))
        return None

    async def _next_claim(self) -> Claim | None:
        async with self._workplace.database.write() as connection:
            return await claims.claim_next(
                connection,
                self._workplace.worker_id,
                self.number,
                (self.seat.device,),
                self._workplace.settings.lease_seconds,
                gpus=self.seat.replicas,
                most_running=self._workplace.settings.quota_jobs_running,
            )

    async def _uncertain_claim(self) -> Claim | None:
        """The job that this slot was given in a commit whose answer was lost, if it was."""
        if not self._may_have_claimed:
            return None
        async with self._workplace.database.read() as connection:
            claim = await claims.claim_of(connection, self._workplace.worker_id, self.number)
        self._may_have_claimed = False
        return claim

    async def _carry_out(self, claim: Claim, trainer: Trainer, looked_ns: int) -> None:
        memory_bytes = self.seat.memory_bytes
        self.run = Run(claim, trainer, self._workplace, memory_bytes=memory_bytes, claim_began_ns=looked_ns)
        if self._workplace.is_stopping.is_set():
            self.run.training.stop(Why.HANDED_BACK)
        elif self._is_worn_out(trainer, jobs_more=1, share=_NEARLY_WORN_OUT):
            # Ready by the time it is needed: importing TensorFlow takes seconds.
            self._successor = asyncio.create_task(self._start())
        try:
            await self.run.carry_out()
        finally:
            self.run = None

    async def _ready_trainer(self) -> Trainer | None:
        """The trainer for the next job; None if the worker stops before there is one."""
        if self.trainer is not None and (not self.trainer.is_alive or self._is_worn_out(self.trainer)):
            if self.trainer.is_alive:
                _log.info("trainer replaced", slot=self.number, jobs=self.trainer.jobs_done, rss=self.trainer.rss_bytes)
            await self.trainer.end()
            self.trainer = None
        if self.trainer is None:
            self.trainer = await self._next_trainer()
            self._workplace.is_beat_due.set()
        return self.trainer

    async def _next_trainer(self) -> Trainer | None:
        pause_seconds = _FIRST_PAUSE_SECONDS
        while not self._workplace.is_stopping.is_set():
            self._successor = self._successor or asyncio.create_task(self._start())
            if not await self._is_done_before_stop(self._successor):
                return None
            starting, self._successor = self._successor, None
            try:
                trainer = starting.result()
            except (TrainerNotReady, OSError) as error:
                _log.error("trainer cannot start", slot=self.number, reason=str(error), pause_seconds=pause_seconds)
            else:
                if trainer.is_alive:
                    self._workplace.tally.add(TRAINERS_STARTED)
                    return trainer
                await trainer.end()
            await self._is_done_before_stop(asyncio.create_task(asyncio.sleep(pause_seconds)))
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
        return None

    async def _start(self) -> Trainer:
        settings = self._workplace.settings
        trainer = await Trainer.start(
            self.seat,
            folder=self._workplace.work_dirs.folder,
            data=DataShare(settings.home / "data", settings.data_cache_bytes),
            checkpoint_seconds=settings.checkpoint_seconds,
            timeout_seconds=settings.trainer_start_seconds,
        )
        _log.info("trainer ready", slot=self.number, trainer=trainer.pid, devices=trainer.ready.devices)
        return trainer

    async def _is_done_before_stop(self, task: asyncio.Task[Trainer] | asyncio.Task[None]) -> bool:
        """Wait for the task or the worker's stop; whether the task is done."""
        stop = asyncio.create_task(self._workplace.is_stopping.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        return task.done()

    def _is_worn_out(self, trainer: Trainer, *, jobs_more: int = 0, share: float = 1.0) -> bool:
        settings = self._workplace.settings
        # A job that begins in a swollen trainer would run out of memory through no fault of its own.
        room_bytes = (self.seat.memory_bytes - trainer.first_rss_bytes) * _GROWTH_SHARE
        most_bytes = min(settings.trainer_max_rss_bytes, trainer.first_rss_bytes + room_bytes)
        return trainer.jobs_done + jobs_more >= settings.trainer_max_jobs or trainer.rss_bytes > share * most_bytes

    async def _end_trainers(self) -> None:
        if self.trainer is not None:
            await self.trainer.end()
        if self._successor is None:
            return
        self._successor.cancel()
        with contextlib.suppress(asyncio.CancelledError, TrainerNotReady, OSError):
            await (await self._successor).end()
