"""Mends what was lost: hints the broker never got, leases nobody renews, workers that are gone.

One runs in every worker. All it does is conditional updates, so any number may run at once.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from broker.lines import Hint
from broker.publisher import BrokerUnavailable, Publisher
from db import deliveries, idempotency, leases, outbox, retention, workers
from db.errors import DatabaseUnavailable
from db.measures import JOBS_ENDED
from spec.states import ENDED, FailureCode, JobStatus
from storage.store import StorageUnavailable
from worker.supervisor.sweeping import sweep, sweep_deleted
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_HINTS_AT_ONCE = 100
_FRESH_SECONDS = 5.0
"""A hint younger than this is still on its way from the API."""
_LEASES_UNTIL_DEAD = 4.0
"""A worker silent for this many leases is forgotten; its jobs went to others after one."""
_FORGET_SECONDS = 600.0
"""Between two looks for what is kept for days."""


class Reconciler:
    """The loop that mends."""

    def __init__(self, workplace: Workplace, publisher: Publisher, *, on_requeued: Callable[[], None]) -> None:
        """Does nothing yet; `run` begins.

        Args:
            workplace: What it works with.
            publisher: Sends hints again.
            on_requeued: Called when jobs went back to the queue.
        """
        self._workplace = workplace
        self._publisher = publisher
        self._on_requeued = on_requeued
        self._forget_at = 0.0

    async def run(self) -> None:
        """Mend every few seconds, until cancelled."""
        while True:
            # One after the other, and none waits for what another needs.
            for act in (self._expire, self._publish_again, self._sweep, self._sweep_deleted, self._forget):
                try:
                    await act()
                except (DatabaseUnavailable, BrokerUnavailable, StorageUnavailable) as error:
                    _log.warning("not everything can be mended now", reason=str(error))
            await asyncio.sleep(self._workplace.settings.reconcile_seconds)

    async def _expire(self) -> None:
        async with self._workplace.database.write() as connection:
            expired = await leases.expire(connection)
            await workers.remove_silent(connection, _LEASES_UNTIL_DEAD * self._workplace.settings.lease_seconds)
            await idempotency.remove_expired(connection)
            await deliveries.remove_old(connection)
        for lease in expired:
            if lease.status in ENDED:
                code = FailureCode.WORKER_LOST.value if lease.status is JobStatus.FAILED else ""
                self._workplace.tally.add(JOBS_ENDED, 1, lease.status.value, code)
        if expired:
            _log.warning("leases ran out", jobs=[lease.job_id for lease in expired])
            self._on_requeued()

    async def _sweep(self) -> None:
        await sweep(self._workplace)

    async def _sweep_deleted(self) -> None:
        await sweep_deleted(self._workplace)

    async def _forget(self) -> None:
        if time.monotonic() < self._forget_at:
            return
        settings = self._workplace.settings
        async with self._workplace.database.write() as connection:
            forgotten = await retention.forget_old(
                connection, audit_days=settings.audit_days, audit_entries=settings.audit_entries
            )
        if forgotten.is_all:
            self._forget_at = time.monotonic() + _FORGET_SECONDS

    async def _publish_again(self) -> None:
        async with self._workplace.database.read() as connection:
            waiting = await outbox.unpublished(connection, _HINTS_AT_ONCE, older_than_seconds=_FRESH_SECONDS)
        if not waiting:
            return
        hints = [Hint(row.job_id, row.accelerator, row.request_id, row.traceparent) for row in waiting]
        await asyncio.to_thread(self._publisher.publish_all, hints)
        async with self._workplace.database.write() as connection:
            await outbox.mark_published(connection, [hint.job_id for hint in hints])
