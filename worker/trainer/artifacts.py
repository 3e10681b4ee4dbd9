"""What a training leaves behind as files."""

import csv
import errno
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from spec.epoch_columns import heading
from worker.messages import Artifact
from worker.trainer.course import EpochRow
from worker.trainer.untyped import Model

LOG_NAME = "trainer.log"


def save_model(model: Model, folder: Path) -> Artifact:
    """The whole model, its optimizer included; ``keras.models.load_model`` reads it with Keras alone.

    Keras writes the parts to the disk and they are packed from there: left to itself it packs them in memory, which
    takes three times what the model does, at the end of a training that has taken the rest.

    Raises:
        OSError: The disk is full; nothing is left of it.
    """
    path = folder / "model.keras"
    try:
        with tempfile.TemporaryDirectory(prefix="model-", dir=folder) as name:
            parts = Path(name) / "parts"
            model.save(parts, zipped=False)
            with zipfile.ZipFile(path, "w") as archive:
                for part in sorted(parts.rglob("*")):
                    archive.write(part, part.relative_to(parts))
    except Exception as error:
        path.unlink(missing_ok=True)
        if _is_about_a_full_disk(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
    return Artifact(name="model.keras", path=str(path), media_type="application/zip")


def _is_about_a_full_disk(error: BaseException | None) -> bool:
    """Whether a full disk began it: HDF5 tells of it in words, and fails again when it closes the file."""
    while error is not None:
        if getattr(error, "errno", None) == errno.ENOSPC or os.strerror(errno.ENOSPC) in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def save_history(rows: Sequence[EpochRow], folder: Path) -> Artifact:
    """One line an epoch: ``epoch``, the metrics in Keras's order, ``duration_seconds``; floats read back to the bit."""
    path = folder / "history.csv"
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heading(names))
        for row in rows:
            values = [repr(row.metrics[name]) if name in row.metrics else "" for name in names]
            writer.writerow([row.number, *values, repr(row.duration_seconds)])
    return Artifact(name="history.csv", path=str(path), media_type="text/csv")


def log_of(folder: Path) -> Artifact:
    """All that Keras, TensorFlow and the trainer printed meanwhile."""
    return Artifact(name="logs", path=str(folder / LOG_NAME), media_type="text/plain; charset=utf-8")
