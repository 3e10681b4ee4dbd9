"""Brings the files of the storage that an attempt begins with into its folder."""

import asyncio
import errno
import hashlib
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from db.queue.inputs import Input
from spec.inputs import InputName
from storage.errors import FileMissing, StorageUnavailable
from storage.store import Store
from worker.messages import InputFile
from worker.supervisor.attempts.kept_inputs import KeptInputs

_log = structlog.stdlib.get_logger("worker")
_CHUNK_BYTES = 2**20
_FOLDER = "inputs"
_PATIENCE_SECONDS = 30.0
"""How long a storage that is away is waited for before a job begins anew that could go on, or is given back."""
_PAUSE_SECONDS = 1.0
_WORDS = {
    InputName.DATASET: "data set",
    InputName.DATASET_FACTS: "data set",
    InputName.VALIDATION_DATASET: "validation data set",
    InputName.VALIDATION_DATASET_FACTS: "validation data set",
    InputName.INITIAL_WEIGHTS: "initial weights",
}
_POINTERS = {
    InputName.DATASET: "/dataset",
    InputName.DATASET_FACTS: "/dataset",
    InputName.VALIDATION_DATASET: "/dataset/validation_from",
    InputName.VALIDATION_DATASET_FACTS: "/dataset/validation_from",
    InputName.INITIAL_WEIGHTS: "/training/initial_weights",
}


class InputLost(Exception):
    """A file that nothing can be trained without is not in the storage any more, or is not what was stored.

    Attributes:
        pointer: Where the job's spec speaks of it, if it does.
    """

    def __init__(self, name: InputName) -> None:
        self.pointer = _POINTERS.get(name)
        super().__init__(f"The file of the {_WORDS.get(name, name)} is missing from the storage, or is damaged.")


class CalledOff(Exception):
    """The attempt was told to stop before it had all that it begins with."""


async def fetch(  # noqa: PLR0913 -- what, where from and where to, for how long, and what others share
    store: Store,
    job_id: str,
    inputs: Sequence[Input],
    folder: Path,
    called_off: asyncio.Event,
    *,
    kept: KeptInputs | None = None,
) -> dict[InputName, InputFile]:
    """Copy what an attempt begins with into a folder of its folder.

    Of several of one name the first counts that is whole. One that is not required, and is missing, unreadable for
    long or not what was written, is passed over.

    Args:
        store: Where they lie.
        job_id: Whose they are.
        inputs: All of them.
        folder: The attempt's.
        called_off: Set when nobody needs them any more.
        kept: Has those that other jobs begin with, too, and gets them.

    Raises:
        InputLost: If one that is required is missing or not what was written.
        StorageUnavailable: If one that is required could not be read for long.
        CalledOff: If one that is required was not there yet when it was called off.
        OSError: If the worker's own disk does not take them.
    """
    fetching = _Fetch(store, called_off, kept, time.monotonic() + _PATIENCE_SECONDS)
    there: dict[InputName, InputFile] = {}
    for one in inputs:
        if one.name in there:
            continue
        target = folder / _FOLDER / one.name
        target.parent.mkdir(exist_ok=True)
        try:
            is_whole = await fetching.bring(one, target)
        except (FileMissing, StorageUnavailable) as error:
            _log.warning(f"a {one.name} cannot be read", job=job_id, key=one.key, reason=str(error))
            if one.is_required:
                raise _verdict(one, error, called_off) from error
        else:
            if is_whole:
                there[one.name] = InputFile(path=str(target), sha256=one.sha256)
                continue
            _log.warning(f"a {one.name} is broken", job=job_id, key=one.key)
            if one.is_required:
                raise InputLost(one.name)
        target.unlink(missing_ok=True)
    return there


def _verdict(one: Input, error: FileMissing | StorageUnavailable, called_off: asyncio.Event) -> Exception:
    if isinstance(error, FileMissing):
        return InputLost(one.name)
    return CalledOff() if called_off.is_set() else error


@dataclass(frozen=True)
class _Fetch:
    """The files of one attempt being fetched.

    Attributes:
        store: Where they lie.
        called_off: Set when nobody needs them any more.
        kept: Has those that other jobs begin with, too.
        until: How long a storage that is away is waited for.
    """

    store: Store
    called_off: asyncio.Event
    kept: KeptInputs | None
    until: float

    async def bring(self, one: Input, target: Path) -> bool:
        """Have the file be there: that which is kept, or a copy, kept from then on; whether it is whole."""
        kept = self.kept
        if kept is None or not one.is_shared:
            return await self._copy_in_time(one, target)
        async with kept.turn(one.sha256, self.called_off):
            if await asyncio.to_thread(kept.give, one.sha256, one.size_bytes, target):
                return True
            is_whole = await self._copy_in_time(one, target)
            if is_whole:
                await asyncio.to_thread(kept.keep, one.sha256, target)
            return is_whole

    async def _copy_in_time(self, one: Input, target: Path) -> bool:
        while True:
            try:
                return await asyncio.to_thread(self._copy, one, target)
            except StorageUnavailable as error:
                if self.called_off.is_set() or time.monotonic() > self.until:
                    raise
                _log.warning(f"a {one.name} cannot be read; trying again", key=one.key, reason=str(error))
            await asyncio.sleep(_PAUSE_SECONDS)

    def _copy(self, one: Input, target: Path) -> bool:
        """Copy the file; whether it is what was written.

        Raises:
            FileMissing: If the storage has no such file.
            StorageUnavailable: If it cannot be read.
            CalledOff: If it is required, as a large file may be, and that was called off meanwhile.
            OSError: If it cannot be written here.
        """
        missing_bytes = one.size_bytes - shutil.disk_usage(target.parent).free
        if missing_bytes > 0 and self.kept is not None:
            self.kept.shrink(missing_bytes)
        if shutil.disk_usage(target.parent).free < one.size_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        digest = hashlib.sha256()
        size_bytes = 0
        # What goes wrong with the target is the worker's own disk, and no word about the storage.
        with self.store.open(one.key) as source, target.open("wb") as copy:
            while size_bytes <= one.size_bytes and (chunk := source.read(_CHUNK_BYTES)):
                if one.is_required and self.called_off.is_set():
                    raise CalledOff
                size_bytes += len(chunk)
                digest.update(chunk)
                copy.write(chunk)
        return digest.hexdigest() == one.sha256
