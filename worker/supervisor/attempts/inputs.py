"""Brings the files of the storage that an attempt begins with into its folder."""

import asyncio
import errno
import hashlib
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from db.queue.inputs import Input
from spec.inputs import InputName
from storage.errors import FileMissing, StorageUnavailable
from storage.store import Store
from worker.messages import InputFile

_log = structlog.stdlib.get_logger("worker")
_CHUNK_BYTES = 2**20
_FOLDER = "inputs"
_PATIENCE_SECONDS = 30.0
"""How long a storage that is away is waited for before a job begins anew that could go on, or is given back."""
_PAUSE_SECONDS = 1.0
_WORDS = {InputName.DATASET: "data set", InputName.INITIAL_WEIGHTS: "initial weights"}
_POINTERS = {InputName.DATASET: "/dataset", InputName.INITIAL_WEIGHTS: "/training/initial_weights"}


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


async def fetch(
    store: Store, job_id: str, inputs: Sequence[Input], folder: Path, called_off: asyncio.Event
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

    Raises:
        InputLost: If one that is required is missing or not what was written.
        StorageUnavailable: If one that is required could not be read for long.
        CalledOff: If one that is required was not there yet when it was called off.
        OSError: If the worker's own disk does not take them.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    there: dict[InputName, InputFile] = {}
    for one in inputs:
        if one.name in there:
            continue
        target = folder / _FOLDER / one.name
        target.parent.mkdir(exist_ok=True)
        try:
            is_whole = await _copy_in_time(store, one, target, until, called_off)
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


async def _copy_in_time(store: Store, one: Input, target: Path, until: float, called_off: asyncio.Event) -> bool:
    while True:
        try:
            return await asyncio.to_thread(_copy, store, one, target, called_off)
        except StorageUnavailable as error:
            if called_off.is_set() or time.monotonic() > until:
                raise
            _log.warning(f"a {one.name} cannot be read; trying again", key=one.key, reason=str(error))
        await asyncio.sleep(_PAUSE_SECONDS)


def _copy(store: Store, one: Input, target: Path, called_off: asyncio.Event) -> bool:
    """Copy the file; whether it is what was written.

    Raises:
        FileMissing: If the storage has no such file.
        StorageUnavailable: If it cannot be read.
        CalledOff: If it is required, as a large file may be, and that was called off meanwhile.
        OSError: If it cannot be written here.
    """
    if shutil.disk_usage(target.parent).free < one.size_bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
    digest = hashlib.sha256()
    size_bytes = 0
    # What goes wrong with the target is the worker's own disk, and no word about the storage.
    with store.open(one.key) as source, target.open("wb") as copy:
        while size_bytes <= one.size_bytes and (chunk := source.read(_CHUNK_BYTES)):
            if one.is_required and called_off.is_set():
                raise CalledOff
            size_bytes += len(chunk)
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest() == one.sha256
