"""Makes the weights of an ended job from its newest checkpoint, where no trainer was there to store them."""

import asyncio
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from background.loops import told_of
from db.attempts import salvages
from db.attempts.checkpoints import CheckpointRow
from db.attempts.endings import NewArtifact
from db.attempts.salvages import NO_ATTEMPT, Salvage
from db.queue.inputs import Input
from spec.inputs import InputName
from storage.store import Store
from worker.messages import Artifact, Salvaged, decode_salvaged
from worker.supervisor.attempts import inputs, uploads
from worker.supervisor.attempts.inputs import InputLost
from worker.supervisor.attempts.work_dirs import path_within
from worker.supervisor.trainers.environment import plain_environment
from worker.supervisor.workplace import Workplace

PROGRAM = "worker.trainer.salvage"
_MOST_SECONDS = 600.0
_KEPT_OF_DIGEST = 16

_log = structlog.stdlib.get_logger("worker")


class Interrupted(Exception):
    """The process was killed, which says nothing about the checkpoint."""


async def salvage_weights(workplace: Workplace, job_id: str) -> None:
    """Store and record the weights of a job that ended without them, if one of its checkpoints has them.

    Raises:
        DatabaseUnavailable: If the database is.
        StorageUnavailable: If the storage is.
        Interrupted: If whoever ends the worker ended this first.
        CalledOff: If the worker is to end.
        OSError: If the worker's own disk is full.
    """
    async with workplace.database.read() as connection:
        rows = await salvages.sources(connection, job_id)
    for row in rows:
        async with _folder(workplace, job_id) as folder:
            made = await _made_of(workplace, row, folder)
            if made is not None:
                await _keep(workplace, job_id, folder, made)
                return
    if rows:
        _log.warning("no weights could be made of a checkpoint", job=job_id)


async def sweep_salvaged(workplace: Workplace, job_id: str) -> None:
    """Remove what was stored by those who could not record it any more, once somebody has recorded another's.

    Raises:
        DatabaseUnavailable: If the database is.
        StorageUnavailable: If the storage is.
    """
    async with workplace.database.read() as connection:
        kept = await salvages.keys_of(connection, job_id)
    if kept:
        prefix = uploads.key_prefix(job_id, NO_ATTEMPT)
        await asyncio.to_thread(workplace.store.delete_prefix, prefix, spared=kept)


@asynccontextmanager
async def _folder(workplace: Workplace, job_id: str) -> AsyncGenerator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{job_id}-weights-", dir=workplace.work_dirs.folder))
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _made_of(workplace: Workplace, row: CheckpointRow, folder: Path) -> Salvaged | None:
    """What can be made of a checkpoint; None if it is missing or broken, or does not tell what its arrays are."""
    checkpoint = Input(InputName.CHECKPOINT, row.key, row.sha256, row.size_bytes)
    try:
        found = await inputs.fetch(workplace.store, row.job_id, [checkpoint], folder, workplace.is_stopping)
    except InputLost:
        return None
    made = await _converted(Path(found[InputName.CHECKPOINT].path), folder)
    if made.errno is not None:
        raise OSError(made.errno, os.strerror(made.errno))
    if made.refusal is None:
        return made
    _log.info("a checkpoint holds no weights that could be kept", job=row.job_id, key=row.key, reason=made.refusal)
    return None


async def _converted(checkpoint: Path, folder: Path) -> Salvaged:
    """Have a process of its own convert the checkpoint: it takes long, and may fail as it likes."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", PROGRAM, str(checkpoint), str(folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=plain_environment(os.environ),
        # A Ctrl-C in the terminal is the supervisor's to answer.
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            told, _ = await process.communicate()
    except TimeoutError:
        return Salvaged(refusal="It took too long.")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode is not None and process.returncode < 0:
        raise Interrupted
    try:
        return decode_salvaged(told)
    except ValueError:
        return Salvaged(refusal=f"Its process exited with code {process.returncode}.")


async def _keep(workplace: Workplace, job_id: str, folder: Path, made: Salvaged) -> None:
    """Store the files and record them; where they are not wanted any more, nothing is left of them."""
    stored = [await asyncio.to_thread(_stored, workplace.store, job_id, folder, file) for file in made.artifacts]
    salvage = Salvage(stored, made.results)
    async with workplace.database.write() as connection:
        is_recorded = await salvages.record(connection, job_id, salvage)
    if is_recorded:
        _log.info("the weights of a job were made of its checkpoint", job=job_id)
        return
    async with workplace.database.read() as connection:
        kept = await salvages.keys_of(connection, job_id)
    for artifact in stored:
        if artifact.key in kept:
            continue
        try:
            await asyncio.to_thread(workplace.store.delete, artifact.key)
        except Exception as error:  # noqa: BLE001 -- of whatever kind: it goes with the job
            _log.warning("superfluous weights stay", job=job_id, **told_of(error))


def _stored(store: Store, job_id: str, folder: Path, file: Artifact) -> NewArtifact:
    """Store a file by what it holds, so that nobody who does the same puts another in its place."""
    path = path_within(folder, file.path)
    if path is None:
        raise FileNotFoundError(file.name)
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    key = f"{uploads.key_prefix(job_id, NO_ATTEMPT)}/{digest[:_KEPT_OF_DIGEST]}/{file.name}"
    stored = store.put(key, path)
    return NewArtifact(file.name, key, file.media_type, stored.size_bytes, stored.sha256)
