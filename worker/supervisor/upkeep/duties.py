"""What there is to mend and to clear up: how each kind of it is found, and what is done about it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from background.rounds import PAGE, Rounds
from broker.lines import Hint
from broker.publisher import BrokerUnavailable, Publisher
from db.attempts import leases, second_looks
from db.connections.engine import AsyncConnection
from db.datasets import removals as dataset_removals
from db.datasets import stray_files, uploads
from db.datasets.stray_files import Stray
from db.jobs import leftovers, outbox, removals
from db.jobs.leftovers import EndedJob
from db.jobs.outbox import OutboxRow
from db.jobs.removals import Removed
from db.projects import audit, deleted_use, idempotency, keys
from db.queue.claims import ANY
from db.repairs import repairs
from db.webhooks import messages
from db.workers import upkeep, workers
from db.workers.measures import JOBS_ENDED
from db.workers.upkeep import Duty
from services.errors import QuotaExceeded
from services.hints import hint_of
from services.quotas.defaults import default_quotas
from services.quotas.guard import QuotaGuard
from services.repairs.planner import Planner
from settings.traces import Trace
from spec.kinds import ACCELERATORS, TRAIN
from spec.states import ENDED, FailureCode, JobStatus
from worker.supervisor.looks.second_looks import SecondLooks
from worker.supervisor.upkeep.sweeping import remove_stray_file, sweep_deleted_job, sweep_ended_job
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_FRESH_SECONDS = 5.0
"""A hint younger than this is still on its way from the API."""
_LEASES_UNTIL_DEAD = 4.0
"""A worker silent for this many leases is forgotten; its jobs went to others after one."""
_SEPARATOR = "\n"
_STORAGE = "storage"
_STORAGE_SECONDS = 6 * 60 * 60.0
"""Between two looks for unfinished files, which go through all of the storage."""
_UNFINISHED_SECONDS = 48 * 60 * 60.0
"""A file may be written for long, a byte now and then; after so long without one nobody writes it any more."""

Item = TypeVar("Item")


def lane_of(row: OutboxRow) -> str:
    """Who hears of a job: the workers for its accelerator; of internal work any, which wakes a slot of each kind."""
    return row.accelerator if row.accelerator in ACCELERATORS else ANY


class Duties:
    """Of one worker; any number of workers may do the same at once."""

    def __init__(
        self, workplace: Workplace, publisher: Publisher, *, memory_bytes: int, on_requeued: Callable[[], None]
    ) -> None:
        """Does nothing yet.

        Args:
            workplace: What it works with.
            publisher: Sends hints again.
            memory_bytes: What a job may use that a remedy makes.
            on_requeued: Called when jobs went back to the queue.
        """
        self._workplace = workplace
        self._publisher = publisher
        self._on_requeued = on_requeued
        guard = QuotaGuard(workplace.database, default_quotas(workplace.settings))
        self._planner = Planner(workplace.database, guard)
        self._second_looks = SecondLooks(workplace.database, memory_bytes)
        self._storage_due = 0.0
        self._silent_seconds = _LEASES_UNTIL_DEAD * workplace.settings.lease_seconds

    async def due(self) -> frozenset[Duty]:
        """What there is to do now, by one statement that reads."""
        async with self._workplace.database.read() as connection:
            return await upkeep.due(connection, fresh_seconds=_FRESH_SECONDS, silent_seconds=self._silent_seconds)

    def rounds(self) -> dict[Duty, Rounds[Any]]:
        """How each is done."""
        ended: Callable[[EndedJob], str] = lambda job: job.job_id  # noqa: E731 -- with its type
        deleted: Callable[[Removed], str] = lambda job: job.job_id  # noqa: E731
        sums: Callable[[tuple[str, int]], str] = lambda place: f"{place[0]}{_SEPARATOR}{place[1]}"  # noqa: E731
        hint: Callable[[OutboxRow], str] = lambda row: row.job_id  # noqa: E731
        stray: Callable[[Stray], str] = lambda file: file.key  # noqa: E731
        return {
            Duty.LEASES: self._round(Duty.LEASES, self._read(upkeep.lapsed_leases), str, self._expire),
            Duty.HINTS: self._round(Duty.HINTS, self._overdue_hints, hint, self._publish),
            Duty.LEFTOVERS: self._round(
                Duty.LEFTOVERS, self._ended_jobs, ended, self._each(sweep_ended_job), most_at_once=1
            ),
            Duty.REMOVALS: self._round(
                Duty.REMOVALS, self._deleted_jobs, deleted, self._each(sweep_deleted_job), most_at_once=1
            ),
            Duty.DATASETS: self._round(
                Duty.DATASETS, self._read(dataset_removals.due), str, self._remove_datasets, most_at_once=1
            ),
            Duty.UPLOADS: self._round(
                Duty.UPLOADS, self._read(uploads.expired), str, self._write(uploads.remove_expired)
            ),
            Duty.FILES: self._round(
                Duty.FILES, self._read(stray_files.due), stray, self._each(remove_stray_file), most_at_once=1
            ),
            Duty.UNFINISHED: self._round(Duty.UNFINISHED, self._storage, str, self._remove_unfinished),
            Duty.WORKERS: self._round(Duty.WORKERS, self._silent_workers, str, self._forget_workers),
            Duty.ANSWERS: self._round(Duty.ANSWERS, self._old_answers, _SEPARATOR.join, self._forget_answers),
            Duty.DELIVERIES: self._round(
                Duty.DELIVERIES, self._read(upkeep.old_deliveries), str, self._forget_deliveries
            ),
            Duty.AUDIT: self._round(Duty.AUDIT, self._old_entries, str, self._write(audit.remove)),
            Duty.KEYS: self._round(Duty.KEYS, self._read(keys.outdated), str, self._write(keys.remove)),
            Duty.SUMS: self._round(Duty.SUMS, self._old_sums, sums, self._write(deleted_use.remove)),
            Duty.REPAIRS: self._round(
                Duty.REPAIRS, self._read(repairs.due), str, self._go_on_with_repairs, most_at_once=1
            ),
            Duty.LOOKS: self._round(Duty.LOOKS, self._read(second_looks.due), str, self._look_again, most_at_once=1),
        }

    def _round(
        self,
        duty: Duty,
        page: Callable[[str, int], Awaitable[Sequence[Item]]],
        key_of: Callable[[Item], str],
        act: Callable[[Sequence[Item]], Awaitable[None]],
        *,
        most_at_once: int = PAGE,
    ) -> Rounds[Item]:
        return Rounds(
            page=page,
            key_of=key_of,
            act=act,
            note_failure=lambda key, error: self._workplace.loops.note_failure(duty, error, item=key),
            is_outage=self._is_outage,
            most_at_once=most_at_once,
        )

    def _read(
        self, page: Callable[[AsyncConnection, str, int], Awaitable[Sequence[Item]]]
    ) -> Callable[[str, int], Awaitable[Sequence[Item]]]:
        """A page, read in a transaction of its own."""

        async def read(behind: str, limit: int) -> Sequence[Item]:
            async with self._workplace.database.read() as connection:
                return await page(connection, behind, limit)

        return read

    def _write(
        self, act: Callable[[AsyncConnection, Sequence[Item]], Awaitable[object]]
    ) -> Callable[[Sequence[Item]], Awaitable[None]]:
        """What is done about a page, in a transaction of its own."""

        async def write(items: Sequence[Item]) -> None:
            async with self._workplace.database.write() as connection:
                await act(connection, items)

        return write

    def _each(self, sweep: Callable[[Workplace, Item], Awaitable[None]]) -> Callable[[Sequence[Item]], Awaitable[None]]:
        """What is done about one after the other."""

        async def sweep_each(items: Sequence[Item]) -> None:
            for item in items:
                await sweep(self._workplace, item)

        return sweep_each

    async def _is_outage(self, error: Exception) -> bool:
        return isinstance(error, BrokerUnavailable) or await self._workplace.is_outage(error)

    async def _expire(self, job_ids: Sequence[str]) -> None:
        async with self._workplace.database.write() as connection:
            expired = await leases.expire(connection, among=job_ids)
        for lease in expired:
            if lease.status in ENDED and lease.kind == TRAIN:
                code = FailureCode.WORKER_LOST.value if lease.status is JobStatus.FAILED else ""
                self._workplace.tally.add(JOBS_ENDED, 1, lease.status.value, code)
        if expired:
            _log.warning("leases ran out", jobs=[lease.job_id for lease in expired])
            self._on_requeued()

    async def _overdue_hints(self, behind: str, limit: int) -> list[OutboxRow]:
        async with self._workplace.database.read() as connection:
            return await outbox.overdue(connection, behind, limit, _FRESH_SECONDS)

    async def _publish(self, rows: Sequence[OutboxRow]) -> None:
        hints = [Hint(row.job_id, lane_of(row), Trace(row.request_id, row.traceparent)) for row in rows]
        await asyncio.to_thread(self._publisher.publish_all, hints)
        async with self._workplace.database.write() as connection:
            await outbox.mark_published(connection, [hint.job_id for hint in hints])

    async def _ended_jobs(self, behind: str, limit: int) -> list[EndedJob]:
        async with self._workplace.database.read() as connection:
            return await leftovers.of_ended_jobs(connection, limit, behind)

    async def _deleted_jobs(self, behind: str, limit: int) -> list[Removed]:
        async with self._workplace.database.read() as connection:
            return await removals.pending(connection, limit, behind)

    async def _go_on_with_repairs(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            try:
                queued = await self._planner.advance(job_id)
            except QuotaExceeded as error:
                _log.info("a repair waits for room", job=job_id, reason=str(error))
                continue
            if queued:
                self._on_requeued()
                # The outbox has them as well: what the broker does not hear of now is published again. The step is
                # taken, and what is wrong with the broker keeps no other repair waiting.
                with suppress(BrokerUnavailable):
                    await asyncio.to_thread(self._publisher.publish_all, [hint_of(job) for job in queued])

    async def _look_again(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            await self._second_looks.take(job_id)
        await self._go_on_with_repairs(job_ids)

    async def _remove_datasets(self, dataset_ids: Sequence[str]) -> None:
        for dataset_id in dataset_ids:
            async with self._workplace.database.write() as connection:
                await dataset_removals.remove(connection, dataset_id)

    async def _storage(self, behind: str, limit: int) -> list[str]:
        """All of it is gone through at once, and seldom."""
        del limit
        return [] if behind or time.monotonic() < self._storage_due else [_STORAGE]

    async def _remove_unfinished(self, _storage: Sequence[str]) -> None:
        await asyncio.to_thread(self._workplace.store.remove_unfinished, _UNFINISHED_SECONDS)
        self._storage_due = time.monotonic() + _STORAGE_SECONDS

    async def _silent_workers(self, behind: str, limit: int) -> list[str]:
        async with self._workplace.database.read() as connection:
            return await upkeep.silent_workers(connection, behind, limit, self._silent_seconds)

    async def _forget_workers(self, worker_ids: Sequence[str]) -> None:
        async with self._workplace.database.write() as connection:
            await workers.remove_silent(connection, self._silent_seconds, among=worker_ids)

    async def _old_answers(self, behind: str, limit: int) -> list[tuple[str, str]]:
        project, _, key = behind.partition(_SEPARATOR)
        async with self._workplace.database.read() as connection:
            return await upkeep.old_answers(connection, (project, key), limit)

    async def _forget_answers(self, places: Sequence[tuple[str, str]]) -> None:
        async with self._workplace.database.write() as connection:
            await idempotency.remove_expired(connection, among=places)

    async def _forget_deliveries(self, delivery_ids: Sequence[str]) -> None:
        async with self._workplace.database.write() as connection:
            await messages.remove_old(connection, among=delivery_ids)

    async def _old_entries(self, behind: str, limit: int) -> list[str]:
        settings = self._workplace.settings
        async with self._workplace.database.read() as connection:
            return await audit.outdated(
                connection, behind, limit, kept_days=settings.audit_days, kept_entries=settings.audit_entries
            )

    async def _old_sums(self, behind: str, limit: int) -> list[tuple[str, int]]:
        project, _, hour = behind.partition(_SEPARATOR)
        async with self._workplace.database.read() as connection:
            return await deleted_use.outdated(connection, (project, int(hour or 0)), limit)
