"""What the data layer promises of jobs, in plain Python: no SQL, no time, one thing after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count, takewhile

from db.attempts.attempts import Fence
from db.errors import AttemptSuperseded, CancelPending, JobAlreadyEnded, JobNotFound
from db.jobs import events
from spec.states import ENDED, JobStatus

KEPT_CHECKPOINTS = 2


@dataclass
class ModelAttempt:
    """One claim."""

    number: int
    outcome: str | None = None
    is_counted: bool = True
    from_epoch: int | None = None


@dataclass
class ModelJob:
    """A job; ``is_waiting`` while the broker is to be told of it, ``epochs`` says whose each epoch is,
    ``measured`` which of them have signals."""

    id: str
    project: str
    priority: int
    max_attempts: int
    status: JobStatus = JobStatus.QUEUED
    is_waiting: bool = True
    is_cancel_requested: bool = False
    is_pause_requested: bool = False
    is_lease_over: bool = False
    epoch: int = 0
    attempts: list[ModelAttempt] = field(default_factory=list)
    epochs: dict[int, int] = field(default_factory=dict)
    measured: set[int] = field(default_factory=set)
    checkpoints: list[tuple[int, int, int]] = field(default_factory=list)
    events: list[str] = field(default_factory=lambda: [events.CREATED])

    @property
    def attempt(self) -> int:
        return len(self.attempts)

    @property
    def attempts_counted(self) -> int:
        return sum(attempt.is_counted for attempt in self.attempts)

    @property
    def epochs_without_gap(self) -> int:
        return sum(1 for _ in takewhile(lambda epoch: epoch in self.epochs, count(1)))

    def queue(self, event: str) -> None:
        self.status, self.is_waiting = JobStatus.QUEUED, True
        self.events.append(event)

    def end(self, status: JobStatus) -> None:
        self.status, self.is_waiting = status, False
        self.events.append(events.ENDED[status])


Orders = tuple[bool, bool]


class Model:
    """All jobs."""

    def __init__(self) -> None:
        self.jobs: dict[str, ModelJob] = {}
        self.turns: dict[str, int] = {}
        self.fences: list[Fence] = []

    # What clients do.

    def submit(self, job: ModelJob) -> None:
        self.jobs[job.id] = job

    def request_cancel(self, job_id: str) -> JobStatus:
        job = self._job(job_id)
        if job.status is JobStatus.CANCELLED:
            return job.status
        if job.status in ENDED:
            raise JobAlreadyEnded(job_id, job.status)
        if job.status is JobStatus.RUNNING and not job.is_cancel_requested:
            job.events.append(events.CANCEL_REQUESTED)
        elif job.status in {JobStatus.QUEUED, JobStatus.PAUSED}:
            job.end(JobStatus.CANCELLED)
        job.is_cancel_requested = True
        return job.status

    def request_pause(self, job_id: str) -> JobStatus:
        job = self._live_job(job_id)
        if job.status is JobStatus.QUEUED:
            job.status, job.is_waiting = JobStatus.PAUSED, False
            job.events.append(events.PAUSED)
        elif job.status is JobStatus.RUNNING and not job.is_pause_requested:
            job.events.append(events.PAUSE_REQUESTED)
        job.is_pause_requested = True
        return job.status

    def request_resume(self, job_id: str) -> JobStatus:
        job = self._live_job(job_id)
        if job.status is JobStatus.PAUSED:
            job.queue(events.RESUMED)
        elif job.is_pause_requested:
            job.events.append(events.RESUMED)
        job.is_pause_requested = False
        return job.status

    # What workers do.

    def claim(self) -> tuple[str, int, int] | None:
        order = self.claim_order()
        if not order:
            return None
        job = self.jobs[order[0]]
        self.turns[job.project] = max(self.turns.values(), default=0) + 1
        job.attempts.append(ModelAttempt(job.attempt + 1))
        job.status, job.is_waiting, job.is_lease_over = JobStatus.RUNNING, False, False
        job.events.append(events.CLAIMED)
        self.fences.append(Fence(job.id, job.attempt))
        return job.id, job.attempt, job.epochs_without_gap

    def start(self, fence: Fence, from_epoch: int) -> Orders:
        job = self._fenced(fence)
        job.attempts[-1].from_epoch = job.epoch = from_epoch
        job.epochs = {epoch: attempt for epoch, attempt in job.epochs.items() if epoch <= from_epoch}
        job.measured = {epoch for epoch in job.measured if epoch <= from_epoch}
        job.events.append(events.STARTED)
        return job.is_cancel_requested, job.is_pause_requested

    def record(self, fence: Fence, epochs: Sequence[int], *, is_measured: bool) -> Orders:
        job = self._fenced(fence)
        job.measured |= set(epochs) if is_measured else set()
        job.epochs |= dict.fromkeys(epochs, fence.attempt)
        job.epoch = epochs[-1]
        return job.is_cancel_requested, job.is_pause_requested

    def renew(self, fence: Fence, *, is_over: bool) -> Orders:
        job = self._fenced(fence)
        job.is_lease_over = is_over
        return job.is_cancel_requested, job.is_pause_requested

    def checkpoint(self, fence: Fence, epoch: int, step: int) -> list[str]:
        job = self._fenced(fence)
        kept = sorted({*job.checkpoints, (fence.attempt, epoch, step)}, reverse=True)
        job.checkpoints = kept[:KEPT_CHECKPOINTS]
        return sorted(key_of(job.id, place) for place in kept[KEPT_CHECKPOINTS:])

    def finish(self, fence: Fence, status: JobStatus) -> JobStatus:
        if (known := self._repetition(fence, status)) is not None:
            return known
        job = self._fenced(fence)
        job.attempts[-1].outcome = status
        job.end(status)
        return status

    def hand_back(self, fence: Fence) -> JobStatus:
        return self._give_up(fence, "handed_back")

    def pause(self, fence: Fence) -> JobStatus:
        return self._give_up(fence, "paused")

    def lose(self, fence: Fence) -> JobStatus:
        return self._give_up(fence, "lost")

    # What reconcilers do.

    def publish(self, job_id: str) -> None:
        self.jobs[job_id].is_waiting = False

    def expire(self) -> dict[str, JobStatus]:
        over = [job for job in self.jobs.values() if job.status is JobStatus.RUNNING and job.is_lease_over]
        return {job.id: self.lose(Fence(job.id, job.attempt)) for job in over}

    # What follows.

    def claim_order(self) -> list[str]:
        """The queue in the order in which it will be claimed, by claiming it one by one."""
        running = {job.project: 0 for job in self.jobs.values()}
        queues: dict[str, list[ModelJob]] = {}
        for job in sorted(self.jobs.values(), key=lambda job: (-job.priority, job.id)):
            running[job.project] += job.status is JobStatus.RUNNING
            if job.status is JobStatus.QUEUED:
                queues.setdefault(job.project, []).append(job)
        turns = dict(self.turns)
        order: list[str] = []
        while queues:
            project = min(queues, key=lambda project: (running[project], turns.get(project, 0), project))
            order.append(queues[project].pop(0).id)
            running[project] += 1
            turns[project] = max(turns.values(), default=0) + 1
            if not queues[project]:
                del queues[project]
        return order

    def _job(self, job_id: str) -> ModelJob:
        if job_id not in self.jobs:
            raise JobNotFound(job_id)
        return self.jobs[job_id]

    def _live_job(self, job_id: str) -> ModelJob:
        job = self._job(job_id)
        if job.status in ENDED:
            raise JobAlreadyEnded(job_id, job.status)
        if job.is_cancel_requested:
            raise CancelPending(job_id)
        return job

    def _fenced(self, fence: Fence) -> ModelJob:
        job = self.jobs[fence.job_id]
        if job.status is not JobStatus.RUNNING or job.attempt != fence.attempt:
            raise AttemptSuperseded(fence.job_id, fence.attempt)
        return job

    def _repetition(self, fence: Fence, outcome: str) -> JobStatus | None:
        """The job's status, if this attempt is the latest and has ended in just this way."""
        job = self.jobs[fence.job_id]
        is_repeated = job.attempt == fence.attempt and job.attempts[-1].outcome == outcome
        return job.status if is_repeated else None

    def _give_up(self, fence: Fence, outcome: str) -> JobStatus:
        if (known := self._repetition(fence, outcome)) is not None:
            return known
        job = self._fenced(fence)
        is_last = outcome == "lost" and job.attempts_counted >= job.max_attempts
        attempt = job.attempts[-1]
        attempt.outcome, attempt.is_counted = outcome, outcome == "lost"
        if job.is_cancel_requested:
            job.end(JobStatus.CANCELLED)
        elif is_last:
            job.end(JobStatus.FAILED)
        elif job.is_pause_requested:
            job.status = JobStatus.PAUSED
            job.events.append(events.PAUSED)
        else:
            job.queue(events.REQUEUED)
        return job.status


def key_of(job_id: str, place: tuple[int, int, int]) -> str:
    """Where a checkpoint lies."""
    attempt, epoch, step = place
    return f"jobs/{job_id}/{attempt}/checkpoints/{epoch}-{step}"
