"""The trainer's writing pipe: reports go out on a thread of their own, so that training never waits for a reader."""

import logging
import os
import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from worker.messages import Checkpoint, Ended, Epoch, Progress, Saving, Signals, Train, Work, encode

logger = logging.getLogger(__name__)


class ReportWriter:
    """Writes reports in the order they are given.

    Args:
        descriptor: The writing end of the pipe the supervisor reads from.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._reports: queue.Queue[BaseModel | None] = queue.Queue()
        self._thread = threading.Thread(target=self._write, name="reports", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def send(self, report: BaseModel) -> None:
        """Queue a report; returns at once."""
        self._reports.put(report)

    def close(self) -> None:
        """Write what is queued, then end."""
        self._reports.put(None)
        self._thread.join()

    def _write(self) -> None:
        with os.fdopen(self._descriptor, "wb", buffering=0) as pipe:
            while (report := self._reports.get()) is not None:
                pipe.write(encode(report))


class JobReporter:
    """Tells the supervisor of one attempt's progress and epochs: an `EpochListener`."""

    def __init__(self, writer: ReportWriter, work: Train | Work) -> None:
        self._writer = writer
        self._work = work
        self._fraction = 0.0

    def sign_of_life(self) -> None:
        """No more is done than was told last, and yet something is being done."""
        self.progress(self._fraction)

    def progress(self, fraction: float) -> None:
        """The share of the whole job that is done, 0..1."""
        self._fraction = fraction
        self._writer.send(Progress(job_id=self._work.job_id, attempt=self._work.attempt, fraction=fraction))

    def epoch(self, number: int, metrics: dict[str, float], duration_seconds: float) -> None:
        """Epoch ``number`` (from 1) ended with these metrics."""
        told = ", ".join(f"{name} {value:.6g}" for name, value in metrics.items())
        logger.info("Epoch %d: %s (%.3f s).", number, told, duration_seconds)
        self._writer.send(
            Epoch(
                job_id=self._work.job_id,
                attempt=self._work.attempt,
                epoch=number,
                metrics=metrics,
                duration_seconds=duration_seconds,
            )
        )

    def signals(
        self, number: int, layers: Mapping[str, Mapping[str, float]], start: Mapping[str, Any] | None = None
    ) -> None:
        """What was measured of the layers after epoch ``number``, which is told next, and what was seen once."""
        told = {layer: dict(values) for layer, values in layers.items()}
        seen = None if start is None else dict(start)
        job = (self._work.job_id, self._work.attempt)
        self._writer.send(Signals(job_id=job[0], attempt=job[1], epoch=number, layers=told, start=seen))

    def checkpoint(self, epoch: int, step: int, path: Path) -> None:
        """A checkpoint is whole: of so many epochs, and so many steps of the next."""
        self._writer.send(
            Checkpoint(job_id=self._work.job_id, attempt=self._work.attempt, epoch=epoch, step=step, path=str(path))
        )

    def saving(self, so_far: Ended | None = None) -> None:
        """What the training leaves is being written.

        Args:
            so_far: What is told if it gets no further.
        """
        self._writer.send(Saving(job_id=self._work.job_id, attempt=self._work.attempt, so_far=so_far))

    def send(self, report: BaseModel) -> None:
        """Queue any other report of this attempt."""
        self._writer.send(report)
