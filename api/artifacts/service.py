"""Finds artifacts and reads their bytes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

import orjson

from api.answers.documents import time
from api.answers.errors import ArtifactNotFound
from api.artifacts.ranges import ByteRange
from api.context import Context
from api.jobs.reading import rows_of_job
from db.attempts import artifacts
from db.attempts.artifacts import ArtifactRow
from db.errors import JobNotFound
from db.jobs import jobs
from services.actors import Actor
from services.ids import checked_id
from spec.weights.stored import BEST_WEIGHTS_FILE, WEIGHTS_FILE
from storage.files import Reader

MODEL = "model.keras"
_WEIGHTS = frozenset({MODEL, WEIGHTS_FILE, BEST_WEIGHTS_FILE})
"""The artifacts that hold weights; the results tell which."""

CHUNK_BYTES = 2**18

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")
_THREADS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="storage")
"""Where the storage is waited for: a slow one holds up nothing but what is read from it."""


async def list_artifacts(context: Context, caller: Actor, job_id: str) -> list[dict[str, Any]]:
    """The documents of a job's artifacts, by name.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    async with context.database.read() as connection:
        # What is asked for last is at least as new as the files: a job's results come with them.
        rows = await artifacts.list_for(connection, job_id)
        job, told = jobs.existing(await jobs.get_with_results(connection, job_id, caller.project), job_id)
    results: dict[str, Any] = orjson.loads(told or "{}") if any(row.name in _WEIGHTS for row in rows) else {}
    return [
        {
            "object": "artifact",
            "name": row.name,
            "media_type": row.media_type,
            "size_bytes": row.size_bytes,
            "sha256": row.sha256,
            "created_at": time(row.created_at),
            "url": f"/v1/jobs/{job_id}/artifacts/{row.name}",
            "weights": _weights_in(row.name, results, job.epoch),
        }
        for row in rows
    ]


def _weights_in(name: str, results: dict[str, Any], epoch: int) -> dict[str, Any] | None:
    """Which weights an artifact holds; None if it holds none.

    Args:
        name: Of the artifact.
        results: Of its job.
        epoch: The last epoch that the job recorded.
    """
    if name not in _WEIGHTS:
        return None
    best = results.get("best_weights")
    if name != BEST_WEIGHTS_FILE or best is None:
        stored = results.get("stored_weights")
        if stored is None and name == WEIGHTS_FILE:
            # Of a training that was stopped or failed, which may tell nothing more, they are those of that moment.
            return {"origin": "last", "epoch": results.get("epochs_run", epoch), "is_averaged": False}
        return stored
    is_averaged = results.get("epoch_weights") == "moving_average"
    return {"origin": "best_epoch", "epoch": best["epoch"], "is_averaged": is_averaged}


async def find(context: Context, caller: Actor, job_id: str, name: str) -> ArtifactRow:
    """One artifact of a job.

    Raises:
        JobNotFound: If the caller has no such job.
        ArtifactNotFound: If it has no artifact of this name.
        DatabaseUnavailable: If the database does not answer.
    """
    for row in await rows_of_job(context, caller, job_id, lambda connection: artifacts.list_for(connection, job_id)):
        if row.name == name:
            return row
    raise ArtifactNotFound(f'The job has no artifact "{name[:100]}".')


async def open_content(context: Context, artifact: ArtifactRow, part: ByteRange | None) -> AsyncGenerator[bytes]:
    """The artifact's bytes, or a part of them, piece by piece; its file is opened before anything is answered.

    Raises:
        FileMissing: If the store has lost it.
        StorageUnavailable: If the store does not answer.
    """
    part = part or ByteRange(0, artifact.size_bytes - 1)
    file = await _in_thread(context.store.open, artifact.key, part.first, part.length_bytes)
    return _pieces(file, part.length_bytes)


async def _pieces(file: Reader, left_bytes: int) -> AsyncGenerator[bytes]:
    try:
        while left_bytes > 0:
            piece = await _in_thread(file.read, min(left_bytes, CHUNK_BYTES))
            if not piece:
                # Shorter than was promised in Content-Length: the connection must break, not end as if all were well.
                raise EOFError("An artifact is shorter than when it was stored.")
            left_bytes -= len(piece)
            yield piece
    finally:
        # Not here: closing waits for a read that is still under way for a client that is gone.
        _THREADS.submit(file.close)


async def _in_thread(ask: Callable[_Asked, _Answer], *arguments: _Asked.args, **more: _Asked.kwargs) -> _Answer:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, partial(ask, *arguments, **more))
