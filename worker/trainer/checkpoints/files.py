"""The file a checkpoint is: one ``.npz`` without pickles, its header as JSON, written whole or not at all."""

import json
import math
import mmap
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np
from pydantic import BaseModel, ConfigDict

from worker.trainer.untyped import Array, Tensor

FORMAT = 1
"""Raised with every change of what a header or the arrays mean: a file of another format is refused."""

_ALIGNED_KINDS = "biufc"
"""NumPy's own kinds of numbers; what is none of them (bfloat16) is stored as the bytes it is."""


_DAMAGE = (ValueError, TypeError, KeyError, EOFError, NotImplementedError)
"""What NumPy, zipfile, json and pydantic raise for a file that is not whole, or none of ours, beside their own."""

_LOCAL_HEADER_BYTES = 30
_LENGTHS = "<26xHH"
"""Where the header ahead of an entry of an archive has the lengths of its name and of what follows the name."""


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


class Names(BaseModel):
    """What makes a file of weights of a checkpoint, without the network that it is of.

    Attributes:
        keys: The name of each variable's array, as `worker.trainer.checkpoints.state.TrainingState.keys` has them.
        layers: Name and Keras class of each layer of the model.
        rate_places: Which of the arrays are learning rates.
        learning_rate: As the optimizer has it in the spec.
        results: What is told of the training however it ends.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: list[str]
    layers: list[tuple[str, str]]
    rate_places: list[int]
    learning_rate: Any
    results: dict[str, Any] = {}


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
        names: What its arrays are; files of former versions do not have it.
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
    names: Names | None = None


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
        return sum(_dtype(form.dtype).itemsize * math.prod(form.shape) for form in self.header.forms)


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
    return _read(path, lambda archive, _: lambda name: _entry(archive, name))


def mapped(path: Path) -> Snapshot:
    """A checkpoint whose arrays stay in the file, of whatever size, until they are looked at.

    Unlike by `read`, their bytes are not checked: that is up to whoever brought the file.

    Raises:
        CheckpointRefused: As `read` does.
    """

    def entries(archive: zipfile.ZipFile, number: int) -> _Entry:
        there = mmap.mmap(number, 0, access=mmap.ACCESS_READ)
        return lambda name: _mapped(archive, there, name)

    return _read(path, entries)


_Entry: TypeAlias = Callable[[str], Array]
"""An array of a checkpoint by its name."""


def _read(path: Path, entries: Callable[[zipfile.ZipFile, int], _Entry]) -> Snapshot:
    """Read a checkpoint; ``entries`` takes the archive and the descriptor of its file, and tells how an array is."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            array_of = entries(archive, file.fileno())
            found = int(_entry(archive, "format"))
            if found != FORMAT:
                raise CheckpointRefused(f"It has the format {found}, and this worker reads only the format {FORMAT}.")
            header = Header.model_validate(json.loads(_entry(archive, "header").tobytes()))
            arrays = [_restored(array_of(str(place)), form) for place, form in enumerate(header.forms)]
            return Snapshot(header, _entry(archive, "rows").tobytes(), arrays)
    except OSError as error:
        raise CheckpointRefused(f"It cannot be read ({error.strerror or type(error).__name__}).") from error
    except (*_DAMAGE, zipfile.BadZipFile, zlib.error, struct.error) as error:
        raise CheckpointRefused(f"It is damaged ({type(error).__name__}).") from error


def form_of(array: Tensor | Array) -> ArrayForm:
    """The form of an array or tensor."""
    return ArrayForm(dtype=array.dtype.name, shape=tuple(array.shape))


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


def _mapped(archive: zipfile.ZipFile, there: mmap.mmap, name: str) -> Array:
    """An array where it lies in the file: nothing of a checkpoint is compressed."""
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as entry:
        if np.lib.format.read_magic(entry) != (1, 0) or info.compress_type != zipfile.ZIP_STORED:
            raise ValueError(name)
        shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(entry)
        head_bytes = entry.tell()
    begin = info.header_offset + _LOCAL_HEADER_BYTES + sum(struct.unpack_from(_LENGTHS, there, info.header_offset))
    array = np.frombuffer(there, dtype, math.prod(shape), begin + head_bytes)
    return array.reshape(shape, order="F" if is_fortran else "C")


def _dtype(name: str) -> np.dtype[Any]:
    """NumPy's type of a name that TensorFlow knows."""
    return np.dtype(getattr(ml_dtypes, name, name))


def _restored(values: Array, form: ArrayForm) -> Array:
    dtype = _dtype(form.dtype)
    array = values if values.dtype == dtype else values.view(dtype)
    if array.shape != form.shape:
        raise CheckpointRefused("Its arrays do not match its header.")
    return array
