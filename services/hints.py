"""Tells the broker of new jobs, off the path of the request that made them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog

from broker.lines import Hint
from broker.publisher import BrokerUnavailable, Publisher
from db.connections.engine import Database
from db.errors import DatabaseUnavailable
from db.jobs import outbox
from db.jobs.jobs import JobRow, NewJob
from db.queue.claims import ANY
from settings.traces import Trace
from spec.kinds import ACCELERATORS

_log = structlog.stdlib.get_logger("api")
MAX_WAITING = 10_000
MAX_BATCH = 100
GATHER_SECONDS = 0.005
"""After each hint of a batch, until the next batch goes: under load many go together, which costs a third for each."""
MAX_GATHER_SECONDS = 0.05
PAUSE_SECONDS = 1.0
"""After the broker or the database was away."""

FORGET_EVERY_SECONDS = 0.2
"""Outbox rows of what was published are deleted together: one transaction a row would cost as much as the job's own."""


def hint_of(job: JobRow | NewJob) -> Hint:
    """That there is this job to do. Of internal work any worker hears, which wakes a slot of each kind."""
    lane = job.accelerator if job.accelerator in ACCELERATORS else ANY
    return Hint(job.id, lane, Trace(job.request_id, job.traceparent))


class HintRelay:
    """Publishes the ids of committed jobs in a thread of its own and deletes their outbox rows.

    Nothing here has to succeed: what stays in the outbox, a worker's reconciler publishes again.
    """

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher
        self._waiting: asyncio.Queue[Hint] = asyncio.Queue(MAX_WAITING)
        self._published: list[str] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hints")

    def offer(self, hint: Hint) -> None:
        """Takes a hint, at once; one that finds no room is left to the reconciler."""
        try:
            self._waiting.put_nowait(hint)
        except asyncio.QueueFull:
            _log.warning("the queue of hints is full", job_id=hint.job_id)

    async def publish(self) -> None:
        """Publishes what is offered, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < MAX_BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            try:
                await loop.run_in_executor(self._thread, self._publisher.publish_all, batch)
            except BrokerUnavailable as error:
                _log.warning("hints are left to the reconciler", reason=type(error).__name__, count=len(batch))
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                self._published.extend(hint.job_id for hint in batch)
                await asyncio.sleep(min(GATHER_SECONDS * len(batch), MAX_GATHER_SECONDS))

    async def forget(self) -> None:
        """Deletes the outbox rows of what was published, until cancelled."""
        while True:
            await asyncio.sleep(FORGET_EVERY_SECONDS)
            if not self._published:
                continue
            done, self._published = self._published, []
            try:
                async with self._database.write() as connection:
                    await outbox.mark_published(connection, done)
            except DatabaseUnavailable as error:
                _log.warning(
                    "could not clear the outbox of published hints", reason=type(error).__name__, count=len(done)
                )
                await asyncio.sleep(PAUSE_SECONDS)

    async def close(self) -> None:
        """Lets the thread end after what it is publishing."""
        self._thread.shutdown(wait=False, cancel_futures=True)
