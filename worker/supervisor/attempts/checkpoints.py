"""Brings an attempt's checkpoints to the storage."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import structlog

from background.loops import told_of
from db.attempts import checkpoints
from db.attempts.attempts import Fence
from db.attempts.checkpoints import NewCheckpoint
from db.errors import AttemptSuperseded, StatementFailed
from worker.messages import Checkpoint
from worker.supervisor.attempts.work_dirs import path_within
from worker.supervisor.workplace import Workplace

KEPT = 2
"""Checkpoints of a job that are kept: the newest, and the one before it, should the newest turn out broken."""

_log = structlog.stdlib.get_logger("worker")


def key_prefix(job_id: str) -> str:
    """What the keys of a job's checkpoints begin with, whichever attempt left them."""
    return f"checkpoints/{job_id}"


class CheckpointCourier:
    """Stores the checkpoints of one attempt beside its training; of those that gather meanwhile, the newest."""

    def __init__(self, workplace: Workplace, fence: Fence, folder: Path) -> None:
        """Does nothing yet; `run` begins.

        Args:
            workplace: Database and storage.
            fence: Whose checkpoints.
            folder: The attempt's; a file outside of it is not taken.
        """
        self._workplace = workplace
        self._fence = fence
        self._folder = folder
        self._waiting: Checkpoint | None = None
        self._has_work = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def take(self, checkpoint: Checkpoint) -> None:
        """Have this one stored next, in place of any that waits."""
        self._waiting = checkpoint
        self._is_idle.clear()
        self._has_work.set()

    async def run(self) -> None:
        """Store what is taken, until cancelled.

        Raises:
            AttemptSuperseded: If the fence refuses.
        """
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            checkpoint, self._waiting = self._waiting, None
            if checkpoint is not None:
                await self._store(checkpoint)
            if self._waiting is None:
                self._is_idle.set()

    def drop(self) -> None:
        """Forget what waits: nobody will go on from it. What is being stored is stored."""
        self._waiting = None

    async def flush(self, timeout_seconds: float) -> None:
        """Wait until all that was taken is stored, at most this long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._is_idle.wait()

    async def _store(self, checkpoint: Checkpoint) -> None:
        path = path_within(self._folder, checkpoint.path)
        if path is None:
            return  # the trainer has left newer ones since
        name = f"{checkpoint.epoch:09d}-{checkpoint.step:09d}"
        key = f"{key_prefix(self._fence.job_id)}/{self._fence.attempt}/{name}.npz"
        try:
            stored = await asyncio.to_thread(self._workplace.store.put, key, path)
        except Exception as error:  # noqa: BLE001 -- of whatever kind: the training goes on, the next is another try
            _log.warning("a checkpoint cannot be stored", job=self._fence.job_id, **told_of(error))
            return
        new = NewCheckpoint(
            epoch=checkpoint.epoch,
            step=checkpoint.step,
            key=key,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
        )

        async def record(connection: Any) -> list[str]:  # noqa: ANN401 - the database's connection, which only it knows
            return await checkpoints.record(connection, self._fence, new, keep=KEPT)

        try:
            outdated = await self._workplace.write(record)
        except AttemptSuperseded:
            # Nobody knows of this file. Those recorded before are the successor's by now.
            await self._delete([key])
            raise
        except StatementFailed as error:
            _log.warning("a checkpoint cannot be recorded", job=self._fence.job_id, **told_of(error))
            outdated = [key]
        await self._delete(outdated)

    async def _delete(self, keys: list[str]) -> None:
        for key in keys:
            try:
                await asyncio.to_thread(self._workplace.store.delete, key)
            except Exception as error:  # noqa: BLE001 -- of whatever kind: it goes when the job has ended
                _log.warning("an outdated checkpoint stays", job=self._fence.job_id, **told_of(error))
