"""A machine that does at random to a database what clients, workers and reconcilers do, beside `life_model`."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import attempts, checkpoints, endings, leases
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.checkpoints import NewCheckpoint
from db.attempts.endings import Ending
from db.connections.engine import Database
from db.errors import DatabaseError
from db.jobs import events, jobs, outbox
from db.jobs.rows import JobRow
from db.queue import claims
from db.queue import positions as queue
from db.tables import row_sizes
from db.tables.attempts import Attempt, Checkpoint, Epoch, EpochSignals
from db.tables.base import DEFAULT_PROJECT
from db.tables.jobs import Event, Job
from db.tables.projects import Project
from spec.ids import new_id
from spec.language.numbers import encode_json
from spec.states import ENDED, FailureCode, JobStatus
from tests.db.life_model import KEPT_CHECKPOINTS, Model, ModelJob, key_of
from tests.db.scenes import draft

PROJECTS = ("default", "blue", "red")
MAX_JOBS = 5
LEASE_SECONDS = 3600.0
SIGNALS: dict[str, dict[str, float]] = {"dense": {"gradient_norm": 0.5}}

Pick = tuple[bool, int]
picks = st.tuples(st.booleans(), st.integers(0, 30))
"""Which fence: whether one that a later attempt has overtaken, if there is such, and which."""
job_numbers = st.integers(0, MAX_JOBS - 1)


class Life(RuleBasedStateMachine):
    """The life of a few jobs. Subclasses say on which database."""

    database: ClassVar[Database]
    runner: ClassVar[asyncio.Runner]

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        self.run(self._empty())

    async def _empty(self) -> None:
        async with self.database.write() as connection:
            await connection.execute(delete(Job))
            await connection.execute(delete(Project).where(Project.id != PROJECTS[0]))
            await connection.execute(insert(Project), [{"id": name} for name in PROJECTS[1:]])
            await connection.execute(update(Project).values(turn=0))

    # What clients do.

    @precondition(lambda self: len(self.model.jobs) < MAX_JOBS)
    @rule(project=st.sampled_from(PROJECTS), priority=st.integers(-1, 1), max_attempts=st.sampled_from([1, 3, 9]))
    def submit(self, project: str, priority: int, max_attempts: int) -> None:
        new = draft(project=project, priority=priority, max_attempts=max_attempts)
        self.run(self._write(jobs.create, new))
        self.model.submit(ModelJob(new.id, project, priority, max_attempts))

    @rule(number=job_numbers, what=st.sampled_from(["cancel", "pause", "resume", "resume"]))
    def request(self, number: int, what: str) -> None:
        job_id = self._job_id(number)
        name = f"request_{what}"
        self.agree(lambda: getattr(self.model, name)(job_id), self._status_after(getattr(jobs, name), job_id))

    # What workers do.

    @rule(slot=st.integers(0, 3))
    def claim(self, slot: int) -> None:
        worker_id = f"worker_{len(self.model.fences)}"
        self.agree(self.model.claim, self._claim(worker_id, slot))

    @precondition(lambda self: self.model.fences)
    @rule(pick=picks, share=st.floats(0, 1))
    def start(self, pick: Pick, share: float) -> None:
        fence = self._fence(pick)
        from_epoch = int(share * self.model.jobs[fence.job_id].epochs_without_gap)
        started = self._orders(attempts.record_started, fence, epochs=9, from_epoch=from_epoch)
        self.agree(lambda: self.model.start(fence, from_epoch), started)

    @precondition(lambda self: self.model.fences)
    @rule(pick=picks, ahead=st.integers(0, 1), size=st.integers(1, 3), is_measured=st.booleans())
    def record_epochs(self, pick: Pick, ahead: int, size: int, *, is_measured: bool) -> None:
        fence = self._fence(pick)
        first = max(1, self.model.jobs[fence.job_id].epoch + ahead)
        epochs = list(range(first, first + size))
        measured = SIGNALS if is_measured else None
        records = [EpochRecord(epoch, {"loss": 1.0}, 0.1, Progress(0.5, None), measured) for epoch in epochs]
        recorded = self._orders(attempts.record_epochs, fence, records)
        self.agree(lambda: self.model.record(fence, epochs, is_measured=is_measured), recorded)

    @precondition(lambda self: self.model.fences)
    @rule(pick=picks, is_over=st.booleans(), progress=st.sampled_from([None, Progress(0.5, 1.0)]))
    def beat(self, pick: Pick, progress: Progress | None, *, is_over: bool) -> None:
        fence = self._fence(pick)
        beaten = self._orders(attempts.renew_lease, fence, -1.0 if is_over else LEASE_SECONDS, progress)
        self.agree(lambda: self.model.renew(fence, is_over=is_over), beaten)

    @precondition(lambda self: self.model.fences)
    @rule(pick=picks, epoch=st.integers(0, 2), step=st.integers(0, 1))
    def checkpoint(self, pick: Pick, epoch: int, step: int) -> None:
        fence = self._fence(pick)
        key = key_of(fence.job_id, (fence.attempt, epoch, step))
        recorded = self._write(
            checkpoints.record, fence, NewCheckpoint(epoch, step, key, 1, "00"), keep=KEPT_CHECKPOINTS
        )
        self.agree(lambda: self.model.checkpoint(fence, epoch, step), recorded)

    @precondition(lambda self: self.model.fences)
    @rule(pick=picks, status=st.sampled_from(sorted(ENDED)))
    def finish(self, pick: Pick, status: JobStatus) -> None:
        fence = self._fence(pick)
        self.agree(lambda: self.model.finish(fence, status), self._finish(fence, status))

    @precondition(lambda self: self.model.fences)
    @rule(pick=picks)
    def hand_back(self, pick: Pick) -> None:
        fence = self._fence(pick)
        self.agree(lambda: self.model.hand_back(fence), self._write(endings.hand_back, fence, "stopping"))

    @precondition(lambda self: self.model.fences)
    @rule(pick=picks)
    def pause(self, pick: Pick) -> None:
        fence = self._fence(pick)
        self.agree(lambda: self.model.pause(fence), self._write(endings.pause, fence, "asked for"))

    @precondition(lambda self: self.model.fences)
    @rule(pick=picks)
    def overtake(self, pick: Pick) -> None:
        """The worker is taken for dead, another goes on, and the first one does not know it."""
        self.lose(pick)
        self.claim(1)

    @precondition(lambda self: self.model.fences)
    @rule(pick=picks)
    def lose(self, pick: Pick) -> None:
        fence = self._fence(pick)
        lost = self._write(endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "gone")
        self.agree(lambda: self.model.lose(fence), lost)

    # What reconcilers do.

    @rule()
    def expire(self) -> None:
        self.agree(self.model.expire, self._expire())

    @precondition(lambda self: any(job.is_waiting for job in self.model.jobs.values()))
    @rule(number=job_numbers)
    def publish(self, number: int) -> None:
        waiting = [job.id for job in self.model.jobs.values() if job.is_waiting]
        job_id = waiting[number % len(waiting)]
        self.run(self._write(outbox.mark_published, [job_id]))
        self.model.publish(job_id)

    # What must hold after each step.

    @invariant()
    def all_is_as_promised(self) -> None:
        if hasattr(self, "model"):
            self.run(self._check())

    async def _check(self) -> None:
        async with self.database.read() as connection:
            rows = [row for name in PROJECTS for row in await jobs.list_page(connection, name, jobs.JobFilter(), 100)]
            stored = {table: await _by_job(connection, *columns) for table, columns in _TABLES.items()}
            waiting = await outbox.unpublished(connection, 100)
            positions = await queue.queue_positions(connection, list(self.model.jobs))
            singles = {job_id: await queue.queue_position(connection, job_id) for job_id in self.model.jobs}
        assert {row.id for row in rows} == set(self.model.jobs)
        for row in rows:
            self._check_job(row, {table: found[row.id] for table, found in stored.items()})
        assert {row.job_id for row in waiting} == {job.id for job in self.model.jobs.values() if job.is_waiting}
        order = self.model.claim_order()
        assert positions == {job_id: place for place, job_id in enumerate(order, 1)}
        assert {job_id: place for job_id, place in singles.items() if place is not None} == positions

    def _check_job(self, row: jobs.JobRow, stored: dict[str, list[tuple[Any, ...]]]) -> None:
        job = self.model.jobs[row.id]
        has_ended = job.status in ENDED
        assert (row.status, row.attempt, row.attempts_counted) == (job.status, job.attempt, job.attempts_counted)
        assert (row.epoch, row.ended_at is not None) == (job.epoch, has_ended)
        asked = (row.cancel_requested_at is not None, row.pause_requested_at is not None)
        assert asked == (job.is_cancel_requested, job.is_pause_requested)
        lease = (row.worker_id, row.slot, row.lease_expires_at)
        assert [part is not None for part in lease] == [job.status is JobStatus.RUNNING] * 3
        assert stored["attempts"] == [(one.number, one.outcome, one.is_counted, one.from_epoch) for one in job.attempts]
        assert stored["epochs"] == sorted(job.epochs.items())
        assert stored["signals"] == [(epoch,) for epoch in sorted(job.measured)]
        assert stored["checkpoints"] == sorted(job.checkpoints)
        numbers, types = ([one[place] for one in stored["events"]] for place in (0, 1))
        assert types == job.events
        assert numbers == list(range(1, len(types) + 1))
        assert stored["sizes"] == [(_size_of(row, len(types), len(job.epochs), len(job.measured)),)]
        assert [event_type in events.ENDED.values() for event_type in types] == [False] * (len(types) - has_ended) + [
            True
        ] * has_ended

    # How both are asked.

    def agree(self, expected: Callable[[], Any], actual: Coroutine[Any, Any, Any]) -> None:
        """Both say the same, or refuse with the same error."""
        assert self.run(_outcome(actual)) == _outcome_of(expected)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 -- whatever the work returns
        return self.runner.run(work)

    async def _write(self, work: Callable[..., Any], *arguments: object, **options: object) -> Any:  # noqa: ANN401 -- as above
        async with self.database.write() as connection:
            return await work(connection, *arguments, **options)

    async def _status_after(self, work: Callable[..., Any], job_id: str) -> JobStatus:
        job = self.model.jobs.get(job_id)
        project = DEFAULT_PROJECT if job is None else job.project
        return (await self._write(work, job_id, project)).status

    async def _orders(self, work: Callable[..., Any], *arguments: object, **options: object) -> tuple[bool, bool]:
        orders = await self._write(work, *arguments, **options)
        return orders.is_cancel_requested, orders.is_pause_requested

    async def _finish(self, fence: Fence, status: JobStatus) -> JobStatus:
        await self._write(endings.finish, fence, Ending(status=status))
        return status

    async def _expire(self) -> dict[str, JobStatus]:
        return {expired.job_id: expired.status for expired in await self._write(leases.expire)}

    async def _claim(self, worker_id: str, slot: int) -> tuple[str, int, int] | None:
        claim = await self._write(claims.claim_next, worker_id, slot, ["cpu"], LEASE_SECONDS)
        async with self.database.read() as connection:
            assert await claims.claim_of(connection, worker_id, slot) == claim
            assert await claims.claim_of(connection, worker_id, slot + 1) is None
        return None if claim is None else (claim.job_id, claim.attempt, claim.epochs_recorded)

    def _fence(self, pick: Pick) -> Fence:
        is_overtaken, number = pick
        fences = self.model.fences[::-1]
        if is_overtaken:
            fences = [one for one in fences if self.model.jobs[one.job_id].attempt > one.attempt] or fences
        return fences[number % len(fences)]

    def _job_id(self, number: int) -> str:
        ids = list(self.model.jobs)
        return ids[number] if number < len(ids) else new_id("job")


_TABLES: dict[str, tuple[Any, ...]] = {
    "attempts": (Attempt.job_id, Attempt.attempt, Attempt.outcome, Attempt.is_counted, Attempt.from_epoch),
    "epochs": (Epoch.job_id, Epoch.epoch, Epoch.attempt),
    "signals": (EpochSignals.job_id, EpochSignals.epoch),
    "checkpoints": (Checkpoint.job_id, Checkpoint.attempt, Checkpoint.epoch, Checkpoint.step),
    "events": (Event.job_id, Event.number, Event.type),
    "sizes": (Job.id, Job.row_bytes + Job.growth_bytes),
}


def _size_of(row: JobRow, events: int, epochs: int, measured: int) -> int:
    """Bytes of a job's rows, counted by what there is."""
    own = row_sizes.of_new_job({**asdict(row), "dataset_facts_json": None, "initial_weights_json": None}, 0)
    later = row_sizes.of_texts([row.error_message, row.error_pointer])
    ended = epochs * row_sizes.of_epoch('{"loss":1.0}') + measured * row_sizes.of_signals(encode_json(SIGNALS))
    return own + later + (events - 1) * row_sizes.CHANGE_BYTES + ended


async def _by_job(connection: AsyncConnection, *columns: Any) -> dict[str, list[tuple[Any, ...]]]:  # noqa: ANN401 -- columns
    """A table's rows of each job, without its id, in the order of the second column."""
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for job_id, *row in await connection.execute(select(*columns).order_by(*columns[1:])):
        found[job_id].append(tuple(row))
    return found


async def _outcome(work: Coroutine[Any, Any, Any]) -> object:
    try:
        return await work
    except DatabaseError as refusal:
        return type(refusal)


def _outcome_of(work: Callable[[], Any]) -> object:
    try:
        return work()
    except DatabaseError as refusal:
        return type(refusal)
