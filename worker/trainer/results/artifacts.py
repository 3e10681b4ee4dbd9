"""What a training leaves behind as files."""

import csv
import errno
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from spec.training.epoch_columns import heading
from worker.messages import Artifact
from worker.trainer.network.layerwise_rates import without_layerwise_optimizer
from worker.trainer.results.course import EpochRow
from worker.trainer.untyped import Model

LOG_NAME = "trainer.log"
MODEL_NAME = "model.keras"
HISTORY_NAME = "history.csv"
LOG_HEAD_BYTES = 256 * 1024
LOG_TAIL_BYTES = 768 * 1024
"""What is kept of a long log: how it began, and what came last."""
_CUT = b"\n[... the log was too long; what stood here was left out ...]\n"


def save_model(model: Model, folder: Path) -> Artifact:
    """The whole model, its optimizer included; ``keras.models.load_model`` reads it with Keras alone.

    Where layers have learning rates of their own, without its optimizer: Keras 3.15 cannot read the state of a
    `MultiOptimizer` back.

    Raises:
        OSError: The disk is full; nothing is left of it.
    """
    path = folder / MODEL_NAME
    with without_layerwise_optimizer(model):
        pack_model(model, path)
    return Artifact(name=MODEL_NAME, path=str(path), media_type="application/zip")


def pack_model(model: Model, path: Path) -> None:
    """Save a model as one file.

    Keras writes the parts to the disk and they are packed from there: left to itself it packs them in memory, which
    takes three times what the model does, at the end of a training that has taken the rest.

    Raises:
        OSError: The disk is full; nothing is left of it.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="model-", dir=path.parent) as name:
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


def _is_about_a_full_disk(error: BaseException | None) -> bool:
    """Whether a full disk began it: HDF5 tells of it in words, and fails again when it closes the file."""
    while error is not None:
        if getattr(error, "errno", None) == errno.ENOSPC or os.strerror(errno.ENOSPC) in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def save_history(rows: Sequence[EpochRow], folder: Path) -> Artifact:
    """One line an epoch: ``epoch``, the metrics in Keras's order, ``duration_seconds``; floats read back to the bit."""
    path = folder / HISTORY_NAME
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heading(names))
        for row in rows:
            values = [repr(row.metrics[name]) if name in row.metrics else "" for name in names]
            writer.writerow([row.number, *values, repr(row.duration_seconds)])
    return Artifact(name=HISTORY_NAME, path=str(path), media_type="text/csv")


def bound_log(folder: Path, *, slack_bytes: int = LOG_TAIL_BYTES) -> None:
    """Cut the middle out of a log that is longer than may be kept, and say so in it.

    The file stays the same one: what writes to its end meanwhile goes on doing so.

    Args:
        folder: Where the log is.
        slack_bytes: How much longer it may be before it is cut; so it is not copied again and again.
    """
    path = folder / LOG_NAME
    try:
        size_bytes = path.stat().st_size
    except FileNotFoundError:
        return
    if size_bytes <= LOG_HEAD_BYTES + LOG_TAIL_BYTES + slack_bytes:
        return
    with path.open("r+b") as file:
        file.seek(size_bytes - LOG_TAIL_BYTES)
        tail = file.read()
        file.seek(LOG_HEAD_BYTES)
        file.write(_CUT)
        file.write(tail)
        file.truncate()


def log_of(folder: Path) -> Artifact:
    """What Keras, TensorFlow and the trainer printed meanwhile: all of it, or, if it is long, its head and tail."""
    bound_log(folder, slack_bytes=len(_CUT))
    return Artifact(name="logs", path=str(folder / LOG_NAME), media_type="text/plain; charset=utf-8")
