"""Brings an attempt's files to the storage, each attempt's under a prefix of its own."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import structlog

from background.loops import told_of
from db.attempts.attempts import Fence
from db.attempts.endings import NewArtifact
from storage.errors import StorageUnavailable
from storage.files import Stored
from storage.store import Store
from worker.messages import Artifact
from worker.supervisor.attempts.work_dirs import path_within

_log = structlog.stdlib.get_logger("worker")

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 5.0
"""Between the tries to store a file. The training is done: it is waited for the storage for as long as that takes."""


def job_key_prefix(job_id: str) -> str:
    """What the keys of all of a job's files but its checkpoints begin with."""
    return f"jobs/{job_id}"


def key_prefix(job_id: str, attempt: int) -> str:
    """What the keys of an attempt's files begin with; so a superseded attempt overwrites nothing of its successor's."""
    return f"{job_key_prefix(job_id)}/{attempt}"


async def deliver(
    store: Store, fence: Fence, folder: Path, files: Sequence[Artifact], called_off: asyncio.Event
) -> list[NewArtifact]:
    """Store the files, however long the storage is away; those that are missing are left out.

    All at once: each waits for a disk, or for the network, and together they take little longer than one.

    Args:
        store: Where they go.
        fence: Whose they are.
        folder: The attempt's folder; a file outside of it is left out.
        files: As the trainer listed them.
        called_off: Set when a storage that is away is not to be waited for any longer.

    Raises:
        StorageUnavailable: If it is away and that was called off.
        OSError: If a file cannot be read.
    """
    found: list[tuple[Artifact, Path]] = []
    for file in files:
        path = path_within(folder, file.path)
        if path is None:
            _log.error("artifact is missing", job=fence.job_id, attempt=fence.attempt, name=file.name)
            continue
        found.append((file, path))
    puts = (_put(store, fence, file, path, called_off) for file, path in found)
    delivered: list[NewArtifact] = []
    # What fails is told once nothing is being stored any more.
    for outcome in await asyncio.gather(*puts, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
        delivered.append(outcome)
    return delivered


async def withdraw(store: Store, fence: Fence) -> None:
    """Remove what an attempt stored that no longer counts; what cannot be removed stays, and is logged."""
    try:
        await asyncio.to_thread(store.delete_prefix, key_prefix(fence.job_id, fence.attempt))
    except Exception as error:  # noqa: BLE001 -- of whatever kind: they go when the job has ended
        _log.warning("artifacts of a superseded attempt stay", job=fence.job_id, **told_of(error))


async def _put(store: Store, fence: Fence, file: Artifact, path: Path, called_off: asyncio.Event) -> NewArtifact:
    key = f"{key_prefix(fence.job_id, fence.attempt)}/{file.name}"
    pause_seconds = _FIRST_PAUSE_SECONDS
    failure: StorageUnavailable | None = None
    while True:
        storing = asyncio.create_task(asyncio.to_thread(store.put, key, path))
        if failure is not None:
            # A storage that is away may take its time to fail once more.
            await _wait_for_either(storing, called_off)
            if not storing.done():
                storing.add_done_callback(_forget)
                raise failure
        try:
            stored = await storing
        except StorageUnavailable as error:
            failure = error
            _log.warning("the storage does not take a file; trying again", reason=str(error))
            if await _is_set_within(called_off, pause_seconds):
                raise
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
        else:
            return NewArtifact(
                name=file.name,
                key=key,
                media_type=file.media_type,
                size_bytes=stored.size_bytes,
                sha256=stored.sha256,
            )


async def _wait_for_either(task: asyncio.Task[Stored], event: asyncio.Event) -> None:
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _forget(task: asyncio.Task[Stored]) -> None:
    """What became of it matters to nobody: what it stored is swept with all that the attempt left."""
    if not task.cancelled():
        _ = task.exception()
