"""The file a checkpoint is: one ``.npz`` without pickles, its header as JSON, written whole or not at all."""

import json
import math
import os
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from pydantic import BaseModel, ConfigDict

from worker.trainer.untyped import Array, Tensor

FORMAT = 1
"""Raised with every change of what a header or the arrays mean: a file of another format is refused."""

_ALIGNED_KINDS = "biufc"
"""NumPy's own kinds of numbers; what is none of them (bfloat16) is stored as the bytes it is."""


class CheckpointRefused(Exception):
    """A checkpoint that cannot be gone on from; says why."""


class ArrayForm(BaseModel):
    """What an array of a checkpoint is: TensorFlow's name of its type, and its shape."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dtype: str
    shape: tuple[int, ...]


class CallbackState(BaseModel):
    """What a callback has to remember.

    Attributes:
        kind: Name of its class.
        numbers: Attribute -> number, or None.
        arrays: Attribute -> how many arrays its list holds; they stand among the checkpoint's, in this order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    numbers: dict[str, int | float | None] = {}
    arrays: dict[str, int] = {}


class Header(BaseModel):
    """All of a checkpoint that is no array.

    Attributes:
        identity: What a training must share with this one to go on from it: its spec, versions, rows.
        epoch: Epochs that had ended.
        step: Steps taken of the next.
        logs: As `worker.trainer.results.course.Course` has them, like what follows.
        epoch_seconds: Spent on the epoch under way, None between two.
        first_step_seconds, evaluation_seconds: See there.
        non_finite_loss: Epoch, step and loss.
        is_to_stop: Whether a callback asked for the end.
        timings: Seconds spent by then, by name.
        callbacks: One a callback, in order.
        forms: One an array, in order.
        evaluation_step: As there; files of former versions do not have it.
        phase, phase_epoch, phases: As there; None of a training without phases.
        best: Number and validation loss of the best epoch, whose weights stand last among the arrays; None where they
            are not known, as in files of former versions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    identity: dict[str, str]
    epoch: int
    step: int
    logs: dict[str, float] | None
    epoch_seconds: float | None
    first_step_seconds: float | None
    evaluation_seconds: float
    non_finite_loss: tuple[int, int, float] | None
    is_to_stop: bool
    timings: dict[str, float]
    callbacks: list[CallbackState]
    forms: list[ArrayForm]
    evaluation_step: int | None = None
    phase: int | None = None
    phase_epoch: int | None = None
    phases: list[dict[str, Any]] | None = None
    best: tuple[int, float] | None = None


@dataclass(frozen=True)
class Snapshot:
    """A training's state at one moment.

    Attributes:
        header: What is no array.
        rows: The epochs that ended, one JSON array ``[number, metrics, seconds]`` a line.
        arrays: Variables first, as tensors when captured (they share memory with the variables until these change),
            then the callbacks' arrays, then the weights of the best epoch.
    """

    header: Header
    rows: bytes
    arrays: list[Tensor] | list[Array]

    @property
    def size_bytes(self) -> int:
        """Memory that the arrays take."""
        return sum(tf.as_dtype(form.dtype).size * math.prod(form.shape) for form in self.header.forms)


def write(snapshot: Snapshot, path: Path) -> None:
    """Write a checkpoint: after a crash at any moment there is all of it under ``path``, or nothing.

    Raises:
        OSError: It could not be written, as when the disk is full; nothing is left of it.
    """
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, array in _entries(snapshot):
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                        np.lib.format.write_array(entry, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def read(path: Path) -> Snapshot:
    """Read a checkpoint, every byte of it checked by its archive's checksums.

    Raises:
        CheckpointRefused: There is none, it is torn or damaged, or of another format.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            found = int(_entry(archive, "format"))
            if found != FORMAT:
                raise CheckpointRefused(f"It has the format {found}, and this worker reads only the format {FORMAT}.")
            header = Header.model_validate(json.loads(_entry(archive, "header").tobytes()))
            arrays = [_restored(_entry(archive, str(place)), form) for place, form in enumerate(header.forms)]
            return Snapshot(header, _entry(archive, "rows").tobytes(), arrays)
    except OSError as error:
        raise CheckpointRefused(f"It cannot be read ({error.strerror or type(error).__name__}).") from error
    except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        # What NumPy, zipfile, json and pydantic raise for a file that is not whole, or none of ours.
        raise CheckpointRefused(f"It is damaged ({type(error).__name__}).") from error


def form_of(array: Tensor | Array) -> ArrayForm:
    """The form of an array or tensor."""
    return ArrayForm(dtype=tf.as_dtype(array.dtype).name, shape=tuple(array.shape))


def _entries(snapshot: Snapshot) -> Iterable[tuple[str, Array]]:
    yield "format", np.array(FORMAT)
    # Unlike pydantic's own JSON, this one keeps NaN and infinities.
    yield "header", np.frombuffer(json.dumps(snapshot.header.model_dump(exclude_defaults=True)).encode(), np.uint8)
    yield "rows", np.frombuffer(snapshot.rows, np.uint8)
    for place, array in enumerate(snapshot.arrays):
        values = np.asarray(array)
        is_known = values.dtype.kind in _ALIGNED_KINDS
        yield str(place), values if is_known else values.view(f"u{values.dtype.itemsize}")


def _entry(archive: zipfile.ZipFile, name: str) -> Array:
    with archive.open(f"{name}.npy") as entry:
        return np.lib.format.read_array(entry, allow_pickle=False)


def _restored(values: Array, form: ArrayForm) -> Array:
    dtype = tf.as_dtype(form.dtype).as_numpy_dtype
    array = values if values.dtype == dtype else values.view(dtype)
    if array.shape != form.shape:
        raise CheckpointRefused("Its arrays do not match its header.")
    return array
