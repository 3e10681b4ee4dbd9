"""One training, as the supervisor sees it: what the trainer says, and when it has to stop. No SQL here."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import structlog

from db.attempts.attempts import Fence
from worker.messages import (
    Checkpoint,
    Ended,
    Epoch,
    Finish,
    PauseAt,
    Progress,
    Ready,
    Saving,
    Signals,
    Started,
    Stop,
    Train,
    Work,
)
from worker.supervisor.trainers.process import Trainer, TrainerExit

_log = structlog.stdlib.get_logger("worker")

_Told: TypeAlias = Started | Progress | Signals | Epoch | Checkpoint | Saving | Ended

_EXIT_SECONDS = 1.0
_LOOK_SECONDS = 0.25
"""Between two looks at the trainer's memory."""


class Why(StrEnum):
    """Why a training is to stop before its end."""

    CANCELLED = "cancelled"
    PAUSED = "paused"
    TIMED_OUT = "timed out"
    HANDED_BACK = "handed back"
    HUNG = "no sign of life"
    OUT_OF_MEMORY = "out of memory"
    SUPERSEDED = "superseded"

    @property
    def is_to_be_resumed(self) -> bool:
        """Whether somebody will go on from where the training stops."""
        return self in (Why.PAUSED, Why.HANDED_BACK)

    @property
    def leaves_time(self) -> bool:
        """Whether the trainer is asked to stop before it is killed."""
        return self not in (Why.HUNG, Why.OUT_OF_MEMORY, Why.SUPERSEDED)


@dataclass(frozen=True)
class Limits:
    """How long a training may take for what.

    Attributes:
        max_runtime_seconds: From the order to train until it is told to stop; None for as long as it likes.
        progress_timeout_seconds: Longest silence.
        stop_grace_seconds: From being told to stop until it is killed; while it saves what it leaves, from its last
            sign of life.
        most_grace_seconds: From being told to stop until it is killed, whatever it does.
        memory_bytes: Memory the trainer may use.
    """

    max_runtime_seconds: float | None
    progress_timeout_seconds: float
    stop_grace_seconds: float
    most_grace_seconds: float
    memory_bytes: int


@dataclass
class News:
    """What the trainer said since it was last asked about.

    Attributes:
        started: That data are loaded and the network is built.
        epochs: The epochs that ended, in order.
        signals: By epoch, what was measured of the layers of some of them.
        fraction: How much of the whole job is done.
        checkpoint: The newest checkpoint that it left.
        end: The last there is: its own word on how the job ended, or, if it died, how it died.
    """

    started: Started | None = None
    epochs: list[Epoch] = field(default_factory=list[Epoch])
    signals: dict[int, Signals] = field(default_factory=dict[int, Signals])
    fraction: float | None = None
    checkpoint: Checkpoint | None = None
    end: Ended | TrainerExit | None = None


class Dialogue:
    """The dialogue with a trainer about one attempt.

    Attributes:
        why: Why it was told to stop, if it was.
        is_to_stop: Set once it was told to stop.
        so_far: What the trainer told ahead of saving what it leaves, in case that it gets no further.
        has_ended: Set once the trainer has said its last word on it.
        late_why: Why it was to stop, if that was asked after its end.
        is_late: Set once it was.
    """

    def __init__(self, trainer: Trainer, fence: Fence, limits: Limits) -> None:
        """Takes a ready trainer that is doing nothing; `run` begins."""
        self._trainer = trainer
        self._fence = fence
        self._limits = limits
        self._news = News()
        self._signals: Signals | None = None
        self._has_news = asyncio.Event()
        self.is_to_stop = asyncio.Event()
        self.why: Why | None = None
        self.so_far: Ended | None = None
        self._saving_at = 0.0
        self._is_hurried = False
        self.has_ended = asyncio.Event()
        self.late_why: Why | None = None
        self.is_late = asyncio.Event()

    async def run(self, order: Train | Work) -> None:
        """Give the order and listen until the trainer has ended the job or died; stop or kill it when it is due."""
        self._trainer.last_report_at = time.monotonic()
        self._trainer.send(order)
        began_at = time.monotonic()
        is_over = False

        async def keep_watching() -> None:
            while not is_over:
                try:
                    await self._watch(began_at)
                except asyncio.CancelledError:
                    if is_over:
                        raise
                    _log.error("the watch over a trainer was cancelled and starts again", trainer=self._trainer.pid)
                else:
                    return

        watch = asyncio.create_task(keep_watching())
        try:
            await self._listen()
        finally:
            is_over = True
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    def stop(self, why: Why) -> None:
        """Have it stopped. The first reason counts; but one that leaves no time comes before any that does."""
        if self.has_ended.is_set():
            # The trainer is free, or another's already. Whoever still brings its files away may want to know.
            if self.late_why is None or not why.leaves_time:
                self.late_why = why
            self.is_late.set()
            return
        if not why.leaves_time:
            self._trainer.kill()
        if why is Why.HANDED_BACK:
            self._is_hurried = True
        if self.why is not None and why is not Why.SUPERSEDED:
            return
        self.why = why
        self.is_to_stop.set()

    def leave_out(self) -> None:
        """There is nothing to tell the trainer: the attempt ends without it, and it stays free."""
        self.has_ended.set()

    def pause_at(self, epoch: int | None) -> None:
        """Have it pause after this epoch, or after none; too late once it has ended."""
        if not self.has_ended.is_set():
            self._trainer.send(PauseAt(job_id=self._fence.job_id, attempt=self._fence.attempt, epoch=epoch))

    def finish(self) -> None:
        """Have the training come to its end after the epoch that it is in; too late once it has ended."""
        if not self.has_ended.is_set():
            self._trainer.send(Finish(job_id=self._fence.job_id, attempt=self._fence.attempt))

    async def next_news(self) -> News:
        """Wait until the trainer said something, and take all it said."""
        await self._has_news.wait()
        self._has_news.clear()
        news, self._news = self._news, News()
        return news

    async def _listen(self) -> None:
        while not self.has_ended.is_set():
            report = await self._trainer.next_report()
            if report is None:
                self._news.end = await self._exit()
            elif isinstance(report, Ready) or not self._is_ours(report):
                continue
            else:
                self._note(report)
            if self._news.end is not None:
                self.has_ended.set()
            self._has_news.set()

    def _is_ours(self, report: _Told) -> bool:
        return (report.job_id, report.attempt) == (self._fence.job_id, self._fence.attempt)

    def _note(self, report: _Told) -> None:
        match report:
            case Started():
                self._news.started = report
            case Progress():
                self._news.fraction = report.fraction
            case Signals():
                self._signals = report  # no news without its epoch, which comes next
            case Epoch():
                self._news.epochs.append(report)
                if self._signals is not None and self._signals.epoch == report.epoch:
                    self._news.signals[report.epoch] = self._signals
                self._signals = None
            case Checkpoint():
                self._news.checkpoint = report
            case Saving():
                self._saving_at = time.monotonic()
                self.so_far = report.so_far or self.so_far
            case Ended():
                self._news.end = report

    async def _exit(self) -> TrainerExit:
        # The pipe closes a moment before the process is gone. Only one that lives on is killed, so that a death by
        # another hand can be told.
        try:
            async with asyncio.timeout(_EXIT_SECONDS):
                return await self._trainer.wait_exit()
        except TimeoutError:
            self._trainer.kill()
            return await self._trainer.wait_exit()

    async def _watch(self, began_at: float) -> None:
        """Stop it when its time is up, or kill it once it is silent or too large, or if it does not stop."""
        while self.why is None:
            now = time.monotonic()
            silent_until = self._trainer.last_report_at + self._limits.progress_timeout_seconds
            runs_until = began_at + (self._limits.max_runtime_seconds or float("inf"))
            if now >= runs_until:
                self.stop(Why.TIMED_OUT)
            elif now >= silent_until:
                self.stop(Why.HUNG)
            elif self._trainer.own_bytes() > self._limits.memory_bytes:
                self.stop(Why.OUT_OF_MEMORY)
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(runs_until - now, silent_until - now, _LOOK_SECONDS)):
                        await self.is_to_stop.wait()
        if self.why.leaves_time:
            self._trainer.send(
                Stop(
                    job_id=self._fence.job_id,
                    attempt=self._fence.attempt,
                    is_to_be_resumed=self.why.is_to_be_resumed,
                )
            )
            await self._leave_time()
        self._trainer.kill()

    async def _leave_time(self) -> None:
        """Wait for as long as it may take to stop.

        The worker itself does not stay for longer than one grace, whatever its trainers save.
        """
        asked_at, grace_seconds = time.monotonic(), self._limits.stop_grace_seconds
        while True:
            until = asked_at + grace_seconds
            if not self._is_hurried:
                until = max(until, min(self._saving_at + grace_seconds, asked_at + self._limits.most_grace_seconds))
            left_seconds = until - time.monotonic()
            if left_seconds <= 0:
                return
            await asyncio.sleep(left_seconds)
