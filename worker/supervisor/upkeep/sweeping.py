"""Removes the files of an ended job that nobody needs any more: checkpoints, and what lost attempts had stored.

And of a deleted job all of them.
"""

import asyncio

from db.jobs import leftovers, removals
from db.jobs.leftovers import EndedJob
from db.jobs.removals import Removed
from storage.store import Store
from worker.supervisor.attempts import checkpoints, uploads
from worker.supervisor.workplace import Workplace


async def sweep_ended_job(workplace: Workplace, job: EndedJob) -> None:
    """Clear up after a job that ended, by whatever hand.

    Raises:
        DatabaseUnavailable: If the database is.
        StorageUnavailable: If a file was left; its job stays noted.
    """
    await asyncio.to_thread(_remove_files, workplace.store, job)
    async with workplace.database.write() as connection:
        await leftovers.forget(connection, job.job_id)


async def sweep_deleted_job(workplace: Workplace, job: Removed) -> None:
    """Remove the files of a deleted job.

    Raises:
        DatabaseUnavailable: If the database is.
        StorageUnavailable: If a file was left; its job stays noted.
    """
    await asyncio.to_thread(_remove_all, workplace.store, job)
    async with workplace.database.write() as connection:
        await removals.mark_swept(connection, job)


def _remove_files(store: Store, job: EndedJob) -> None:
    lost = [attempt for attempt in range(1, job.attempts + 1) if attempt != job.kept_attempt]
    prefixes = [uploads.key_prefix(job.job_id, attempt) for attempt in lost]
    _delete_each(store, [checkpoints.key_prefix(job.job_id), *prefixes])


def _remove_all(store: Store, job: Removed) -> None:
    _delete_each(store, [checkpoints.key_prefix(job.job_id), uploads.job_key_prefix(job.job_id)])


def _delete_each(store: Store, prefixes: list[str]) -> None:
    """Delete what can be deleted; then raise the failure of what cannot, if there is any."""
    failure: Exception | None = None
    for prefix in prefixes:
        try:
            store.delete_prefix(prefix)
        except Exception as error:  # noqa: BLE001 -- of whatever kind: the others go all the same
            failure = error
    if failure is not None:
        raise failure
