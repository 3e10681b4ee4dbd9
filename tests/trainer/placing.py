"""Rows in files, for trainings that read them in chunks."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from worker.trainer.data.streamed_rows import StreamedRows
from worker.trainer.untyped import Array

Place = Callable[..., StreamedRows]


def places_in(folder: Path) -> Place:
    """Puts arrays into files of this folder, of which two batches of 16 are a chunk."""
    numbers = itertools.count()

    def placed(*arrays: Array | None, batch_size: int = 16, chunk_steps: int = 2) -> StreamedRows:
        mapped: list[Array] = []
        for array in arrays:
            if array is not None:
                path = folder / f"{next(numbers)}.npy"
                np.save(path, array)
                mapped.append(np.load(path, mmap_mode="r").view(np.ndarray))
        step_bytes = batch_size * sum(array[:1].nbytes for array in mapped)
        return StreamedRows(mapped, batch_size, chunk_steps * step_bytes)

    return placed
