"""What a training leaves behind as files."""

import csv
from collections.abc import Sequence
from pathlib import Path

from worker.messages import Artifact
from worker.trainer.course import EpochRow
from worker.trainer.untyped import Model

LOG_NAME = "trainer.log"


def save_model(model: Model, folder: Path) -> Artifact:
    """The whole model, its optimizer included; ``keras.models.load_model`` reads it with Keras alone."""
    path = folder / "model.keras"
    model.save(path)
    return Artifact(name="model.keras", path=str(path), media_type="application/zip")


def save_history(rows: Sequence[EpochRow], folder: Path) -> Artifact:
    """One line an epoch: ``epoch``, the metrics in Keras's order, ``duration_seconds``; floats read back to the bit."""
    path = folder / "history.csv"
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *names, "duration_seconds"])
        for row in rows:
            values = [repr(row.metrics[name]) if name in row.metrics else "" for name in names]
            writer.writerow([row.number, *values, repr(row.duration_seconds)])
    return Artifact(name="history.csv", path=str(path), media_type="text/csv")


def log_of(folder: Path) -> Artifact:
    """All that Keras, TensorFlow and the trainer printed meanwhile."""
    return Artifact(name="logs", path=str(folder / LOG_NAME), media_type="text/plain; charset=utf-8")
