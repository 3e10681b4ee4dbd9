"""A slot: one job at a time, in one warm trainer."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from db.attempts import endings
from db.attempts.attempts import Fence
from db.errors import AttemptSuperseded, DatabaseError
from db.queue.claims import Claim
from db.workers.measures import TRAINERS_STARTED
from spec.states import FailureCode
from worker.supervisor.attempts.dialogue import Why
from worker.supervisor.attempts.runs import Run
from worker.supervisor.claiming import Claimant
from worker.supervisor.devices import Seat
from worker.supervisor.kinds import TRAINER
from worker.supervisor.trainers.process import DataShare, Trainer, TrainerNotReady
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_NEARLY_WORN_OUT = 0.8
"""Share of the most memory above which the next trainer is started while this one still works."""

_IDLE_SECONDS = 60.0
"""After so long without a job, a process ends that is started on demand."""

_DROPPED = "The worker failed while it was running the job."

_GROWTH_SHARE = 0.5
"""How much of the memory it may use beyond what it began with a trainer may still hold after a job."""


StartTrainer = Callable[[Seat, Workplace], Awaitable[Trainer]]


async def start_trainer(seat: Seat, workplace: Workplace) -> Trainer:
    """A trainer process for a seat.

    Raises:
        TrainerNotReady: If it ended or was not ready in time.
        OSError: If it could not be started.
    """
    settings = workplace.settings
    return await Trainer.start(
        seat,
        folder=workplace.work_dirs.folder,
        data=DataShare(settings.home / "data", settings.data_cache_bytes),
        checkpoint_seconds=settings.checkpoint_seconds,
        timeout_seconds=settings.trainer_start_seconds,
        passed_on=settings.trainer_variables,
    )


@dataclass
class _Dropped:
    """A job that the slot had when it failed; blameless if the slot was cancelled, by whomever."""

    fence: Fence
    is_blameless: bool = False


class Slot:
    """Claims jobs one after the other and has them trained.

    It claims when it is woken, and at once after a job: while it has nothing to do it leaves the database alone.

    Attributes:
        number: Which of the worker's slots, from 0.
        seat: What it trains on.
        run: The attempt that is being trained, if one is.
        trainer: Its trainer, once there is one.
        look_for_more: Called when it can take a job, or took one and there may be more for others.
        on_attempt_ended: Called when an attempt has ended, however it did.
    """

    def __init__(
        self, number: int, seat: Seat, workplace: Workplace, start_trainer: StartTrainer = start_trainer
    ) -> None:
        """Does nothing yet; `serve` begins.

        Args:
            number: Which of the worker's slots.
            seat: What it trains on.
            workplace: What it works with.
            start_trainer: Where its trainers come from.
        """
        self.number = number
        self.seat = seat
        self.run: Run | None = None
        self.trainer: Trainer | None = None
        self.look_for_more: Callable[[], None] = lambda: None
        self.on_attempt_ended: Callable[[], None] = lambda: None
        self._workplace = workplace
        self._start_trainer = start_trainer
        self._successor: asyncio.Task[Trainer] | None = None
        self._may_have_work = asyncio.Event()
        self._idle_since = time.monotonic()
        self._claimant = Claimant(self.name, number, seat, workplace)
        self._dropped: _Dropped | None = None

    @property
    def name(self) -> str:
        """Of its loop."""
        return f"{self.seat.carrier.slot} {self.number}"

    @property
    def is_free(self) -> bool:
        """Whether it has a trainer or gets one with its job, has no job, and was not told to look for one."""
        has_trainer = self.trainer is not None or self.seat.carrier.is_on_demand
        return has_trainer and self.run is None and not self._may_have_work.is_set()

    def wake(self) -> None:
        """There may be work, or the worker is stopping: look now."""
        self._may_have_work.set()

    async def serve(self) -> None:
        """Claim and train until the worker stops. Called again after it failed, it lets go of the job it had.

        Its trainer outlives a failure, unless it was training.
        """
        is_stopping = self._workplace.is_stopping
        await self._let_go()
        self.look_for_more()
        while not is_stopping.is_set():
            if self.seat.carrier.is_on_demand and not self._is_to_claim:
                await self._rest()
                await self._end_idle_trainer()
                continue
            trainer = await self._ready_trainer()
            if trainer is None:
                break
            if self._is_to_claim:
                self._may_have_work.clear()
                looked_ns = time.time_ns()
                claim = await self._claimant.claim()
                if claim is not None:
                    await self._carry_out(claim, trainer, looked_ns)
                    self.wake()
                    continue
            await self._rest()
        await self.end_trainers()

    def hand_back(self) -> None:
        """Give the job that is being trained, if any, back to the queue."""
        if self.run is not None:
            self.run.dialogue.stop(Why.HANDED_BACK)
        self.wake()

    @property
    def _is_to_claim(self) -> bool:
        return self._may_have_work.is_set() or self._claimant.may_have_claimed

    async def _end_idle_trainer(self) -> None:
        """End a process that is started on demand, once there was nothing to do for a while."""
        if not self._is_to_claim and time.monotonic() - self._idle_since > _IDLE_SECONDS:
            await self.end_trainers()

    async def _rest(self) -> None:
        """Wait to be woken; but see now and then whether the trainer still lives."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._workplace.settings.poll_seconds):
                await self._may_have_work.wait()

    async def _let_go(self) -> None:
        """Give back the job that was being trained when the slot failed; or leave it to its lease."""
        dropped, self._dropped = self._dropped, None
        if dropped is None:
            return
        try:
            async with self._workplace.database.write() as connection:
                if dropped.is_blameless:
                    await endings.hand_back(connection, dropped.fence, _DROPPED)
                else:
                    await endings.fail_or_requeue(connection, dropped.fence, FailureCode.INTERNAL, _DROPPED)
        except AttemptSuperseded:
            return
        except DatabaseError as error:
            self._workplace.loops.note_failure(self.name, error, job_id=dropped.fence.job_id)

    async def _carry_out(self, claim: Claim, trainer: Trainer, looked_ns: int) -> None:
        self.look_for_more()
        memory_bytes = self.seat.memory_bytes
        self._dropped = _Dropped(Fence(claim.job_id, claim.attempt))
        self.run = Run(claim, trainer, self._workplace, memory_bytes=memory_bytes, claim_began_ns=looked_ns)
        if self._workplace.is_stopping.is_set():
            self.run.dialogue.stop(Why.HANDED_BACK)
        elif self._is_worn_out(trainer, jobs_more=1, share=_NEARLY_WORN_OUT):
            # Ready by the time it is needed: importing TensorFlow takes seconds.
            self._successor = asyncio.create_task(self._start())
        try:
            await self.run.carry_out()
        except asyncio.CancelledError:
            self._dropped.is_blameless = True
            raise
        finally:
            self.run = None
            self._idle_since = time.monotonic()
            self.on_attempt_ended()
        self._dropped = None

    async def _ready_trainer(self) -> Trainer | None:
        """The trainer for the next job; None if the worker stops before there is one."""
        if self.trainer is not None and (not self.trainer.is_alive or self._is_worn_out(self.trainer)):
            if self.trainer.is_alive:
                _log.info("trainer replaced", slot=self.number, jobs=self.trainer.jobs_done, rss=self.trainer.rss_bytes)
            await self.trainer.end()
            self.trainer = None
        if self.trainer is None:
            self.trainer = await self._next_trainer()
            self._idle_since = time.monotonic()
            self._workplace.is_beat_due.set()
            self.look_for_more()
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
                self._workplace.loops.note_hindrance(self.name, error)
            else:
                if trainer.is_alive:
                    self._workplace.loops.went_well(self.name)
                    if self.seat.carrier == TRAINER:
                        self._workplace.tally.add(TRAINERS_STARTED)
                    return trainer
                await trainer.end()
            await self._is_done_before_stop(asyncio.create_task(asyncio.sleep(pause_seconds)))
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
        return None

    async def _start(self) -> Trainer:
        trainer = await self._start_trainer(self.seat, self._workplace)
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

    async def end_trainers(self) -> None:
        """Kill its trainers, if there are any."""
        if self.trainer is not None:
            await self.trainer.end()
            self.trainer = None
        if self._successor is None:
            return
        successor, self._successor = self._successor, None
        successor.cancel()
        with contextlib.suppress(asyncio.CancelledError, TrainerNotReady, OSError):
            await (await successor).end()
