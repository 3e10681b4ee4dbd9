"""Removes the files of an ended job that nobody needs any more: checkpoints, and what lost attempts had stored.

And of a deleted job all of them, but for those that other jobs still begin with.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from db.connections.engine import AsyncConnection
from db.datasets import stray_files
from db.datasets.stray_files import Stray
from db.jobs import leftovers, removals, weights
from db.jobs.leftovers import EndedJob
from db.jobs.removals import Removed
from storage.store import Store
from worker.supervisor.attempts import checkpoints, uploads
from worker.supervisor.upkeep.salvaging import salvage_weights, sweep_salvaged
from worker.supervisor.workplace import Workplace


async def sweep_ended_job(workplace: Workplace, job: EndedJob) -> None:
    """Clear up after a job that ended, by whatever hand; its weights are made of its checkpoint if it left none.

    Raises:
        DatabaseUnavailable: If the database is.
        StorageUnavailable: If a file was left; its job stays noted.
        Interrupted, CalledOff: If the weights could not be made, but may be the next time; likewise.
        OSError: If the worker's own disk is full; likewise.
    """
    await salvage_weights(workplace, job.job_id)
    await sweep_salvaged(workplace, job.job_id)
    lost = [attempt for attempt in range(1, job.attempts + 1) if attempt != job.kept_attempt]
    prefixes = [checkpoints.key_prefix(job.job_id), *(uploads.key_prefix(job.job_id, attempt) for attempt in lost)]
    await _sweep(workplace, prefixes, lambda connection: leftovers.forget(connection, job.job_id))


async def sweep_deleted_job(workplace: Workplace, job: Removed) -> None:
    """Remove the files of a deleted job, but for those that a job needs which has not ended.

    Raises:
        DatabaseUnavailable: If the database is.
        StorageUnavailable: If a file was left; its job stays noted.
    """
    prefixes = [checkpoints.key_prefix(job.job_id), uploads.job_key_prefix(job.job_id)]
    async with workplace.database.read() as connection:
        # No job can begin with them any more: there will be fewer of them, but not others.
        needed = await weights.needed_files(connection, job.job_id)
    await _sweep(workplace, prefixes, lambda connection: removals.mark_swept(connection, job), spared=needed)


async def remove_stray_file(workplace: Workplace, stray: Stray) -> None:
    """Remove a file that nothing refers to, or all files of a folder.

    Raises:
        DatabaseUnavailable: If the database is.
        StorageUnavailable: If a file was left; it stays noted.
    """
    async with workplace.database.write() as connection:
        if not await stray_files.begin_removal(connection, stray):
            return
    if stray.is_folder:
        await asyncio.to_thread(workplace.store.delete_prefix, stray.key)
    else:
        await asyncio.to_thread(workplace.store.delete, stray.key)
    async with workplace.database.write() as connection:
        await stray_files.end_removal(connection, stray)


async def _sweep(
    workplace: Workplace,
    prefixes: list[str],
    forget: Callable[[AsyncConnection], Awaitable[None]],
    spared: Collection[str] = (),
) -> None:
    """Delete all files behind these prefixes but the spared ones, and only then forget that there are some."""
    await asyncio.to_thread(_delete_each, workplace.store, prefixes, spared)
    async with workplace.database.write() as connection:
        await forget(connection)


def _delete_each(store: Store, prefixes: list[str], spared: Collection[str]) -> None:
    """Delete what can be deleted; then raise the failure of what cannot, if there is any."""
    failure: Exception | None = None
    for prefix in prefixes:
        try:
            store.delete_prefix(prefix, spared=spared)
        except Exception as error:  # noqa: BLE001 -- of whatever kind: the others go all the same
            failure = error
    if failure is not None:
        raise failure
