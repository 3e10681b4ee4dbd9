"""Reads the histories of jobs for streams: once for all readers that stand at the same place."""

import asyncio
from typing import TypeAlias

from api.jobs.timeline import Batch, StreamPosition, batch
from db.attempts import histories
from db.connections.engine import Database

PAGE_ROWS = 200
"""Of events and of epochs each, in one read: some 50 kB."""
READS_AT_ONCE = 3
"""So that streams never hold all connections to the database."""
KEPT = 32
KEPT_BYTES = 2**22
"""Of all reads that are kept: where epochs have many metrics one read comes to a megabyte."""

_Key: TypeAlias = tuple[str, int, StreamPosition]


class Histories:
    """What follows a place in a job's history.

    A read is shared by all who ask for the same at the same revision of the job, and the last `KEPT` are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns = asyncio.Semaphore(READS_AT_ONCE)
        self._reads: dict[_Key, asyncio.Task[Batch]] = {}
        self._sizes_bytes: dict[_Key, int] = {}

    async def after(self, job_id: str, revision: int, place: StreamPosition) -> Batch:
        """What follows the place; all of it up to the revision, unless it is too much for one batch.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        key = (job_id, revision, place)
        reading = self._reads.get(key)
        if reading is None:
            while len(self._reads) >= KEPT:
                self._forget(next(iter(self._reads)))
            reading = asyncio.create_task(self._read(job_id, place), name="history")
            self._reads[key] = reading
            reading.add_done_callback(lambda done: self._keep(key, done))
        if reading.done():
            return reading.result()
        # One reader that goes away takes the read from nobody.
        return await asyncio.shield(reading)

    async def _read(self, job_id: str, place: StreamPosition) -> Batch:
        async with self._turns, self._database.read() as connection:
            history = await histories.page_after(connection, job_id, place.event_id, place.epoch, PAGE_ROWS)
        return batch(history, place, PAGE_ROWS)

    def _keep(self, key: _Key, done: asyncio.Task[Batch]) -> None:
        """Keeps what was read, in the place of what was read before it; not where that failed."""
        if self._reads.get(key) is not done:
            return
        if done.cancelled() or done.exception() is not None:
            del self._reads[key]
            return
        self._sizes_bytes[key] = len(done.result().text)
        while sum(self._sizes_bytes.values()) > KEPT_BYTES:
            self._forget(next(iter(self._sizes_bytes)))

    def _forget(self, key: _Key) -> None:
        del self._reads[key]
        self._sizes_bytes.pop(key, None)
