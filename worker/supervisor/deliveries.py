"""Brings an attempt's files to the storage, each attempt's under a prefix of its own."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from background.loops import told_of
from db.attempts import Fence
from db.endings import NewArtifact
from storage.store import StorageUnavailable, Store
from worker.messages import Artifact
from worker.supervisor.work_dirs import path_within

_log = structlog.stdlib.get_logger("worker")

_PAUSES_SECONDS = (0.5, 2.0, 5.0)
"""Between the tries to store a file; after the last the attempt is given up."""


def job_key_prefix(job_id: str) -> str:
    """What the keys of all of a job's files but its checkpoints begin with."""
    return f"jobs/{job_id}"


def key_prefix(job_id: str, attempt: int) -> str:
    """What the keys of an attempt's files begin with; so a superseded attempt overwrites nothing of its successor's."""
    return f"{job_key_prefix(job_id)}/{attempt}"


async def deliver(store: Store, fence: Fence, folder: Path, files: Sequence[Artifact]) -> list[NewArtifact]:
    """Store the files; those that are missing are left out.

    Args:
        store: Where they go.
        fence: Whose they are.
        folder: The attempt's folder; a file outside of it is left out.
        files: As the trainer listed them.

    Raises:
        StorageUnavailable: If one could not be stored, after several tries.
    """
    delivered: list[NewArtifact] = []
    for file in files:
        path = path_within(folder, file.path)
        if path is None:
            _log.error("artifact is missing", job=fence.job_id, attempt=fence.attempt, name=file.name)
            continue
        delivered.append(await _put(store, fence, file, path))
    return delivered


async def withdraw(store: Store, fence: Fence) -> None:
    """Remove what an attempt stored that no longer counts; what cannot be removed stays, and is logged."""
    try:
        await asyncio.to_thread(store.delete_prefix, key_prefix(fence.job_id, fence.attempt))
    except Exception as error:  # noqa: BLE001 -- of whatever kind: they go when the job has ended
        _log.warning("artifacts of a superseded attempt stay", job=fence.job_id, **told_of(error))


async def _put(store: Store, fence: Fence, file: Artifact, path: Path) -> NewArtifact:
    key = f"{key_prefix(fence.job_id, fence.attempt)}/{file.name}"
    pauses_seconds = iter(_PAUSES_SECONDS)
    while True:
        try:
            stored = await asyncio.to_thread(store.put, key, path)
        except StorageUnavailable as error:
            pause_seconds = next(pauses_seconds, None)
            if pause_seconds is None:
                raise
            _log.warning("the storage does not take a file; trying again", reason=str(error))
            await asyncio.sleep(pause_seconds)
        else:
            return NewArtifact(
                name=file.name,
                key=key,
                media_type=file.media_type,
                size_bytes=stored.size_bytes,
                sha256=stored.sha256,
            )
