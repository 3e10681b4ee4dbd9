"""Removes the files of ended jobs that nobody needs any more: checkpoints, and what lost attempts had stored.

And of deleted jobs all of them.
"""

import asyncio

from db import leftovers, removals
from db.leftovers import EndedJob
from storage.errors import StorageUnavailable
from storage.store import Store
from worker.supervisor import checkpoints, deliveries
from worker.supervisor.workplace import Workplace

_SWEPT_AT_ONCE = 100


async def sweep(workplace: Workplace) -> None:
    """Clear up after jobs that ended since the last time, by whatever hand.

    Raises:
        DatabaseUnavailable: If the database is.
        StorageUnavailable: If a file was left; its job stays noted, so the next sweep comes back to it.
    """
    async with workplace.database.read() as connection:
        ended = await leftovers.of_ended_jobs(connection, _SWEPT_AT_ONCE)
    for job in ended:
        await asyncio.to_thread(_remove_files, workplace.store, job)
        async with workplace.database.write() as connection:
            await leftovers.forget(connection, job.job_id)


async def sweep_deleted(workplace: Workplace) -> None:
    """Remove the files of deleted jobs.

    Raises:
        DatabaseUnavailable: If the database is.
        StorageUnavailable: If a file was left, after all others were tried; the next time comes back to it.
    """
    async with workplace.database.read() as connection:
        removed = await removals.pending(connection, _SWEPT_AT_ONCE)
    failure: StorageUnavailable | None = None
    for job in removed:
        try:
            for prefix in (checkpoints.key_prefix(job.job_id), deliveries.job_key_prefix(job.job_id)):
                await asyncio.to_thread(workplace.store.delete_prefix, prefix)
        except StorageUnavailable as error:
            failure = error
            continue
        async with workplace.database.write() as connection:
            await removals.mark_swept(connection, job)
    if failure is not None:
        raise failure


def _remove_files(store: Store, job: EndedJob) -> None:
    store.delete_prefix(checkpoints.key_prefix(job.job_id))
    for attempt in range(1, job.attempts + 1):
        if attempt != job.kept_attempt:
            store.delete_prefix(deliveries.key_prefix(job.job_id, attempt))
