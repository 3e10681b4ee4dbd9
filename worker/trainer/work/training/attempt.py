"""What the parts of one training share: what was ordered, and what is known of it so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worker.messages import Artifact, Stop, Train
from worker.trainer.reports import JobReporter
from worker.trainer.results.course import Course
from worker.trainer.results.outcome import Timings
from worker.trainer.work.bench import Bench


@dataclass(frozen=True)
class Attempt:
    """One attempt at a training in this process.

    Attributes:
        order: The job's spec, its seed filled in, and the folder for what it leaves behind.
        reporter: Is told of progress and epochs meanwhile.
        bench: What the process has for every job.
        stop_asked: The order to stop, once it came; read many times a second.
        pause_epoch: After which epoch it is to pause, as was said last; None if after none.
        is_to_finish: Whether it is to come to its end after the epoch that it is in.
        timings: Where the time went.
        course: Where the training stands.
        results: What is told of it at its end.
        artifacts: The files that it leaves.
    """

    order: Train
    reporter: JobReporter
    bench: Bench
    stop_asked: Callable[[], Stop | None]
    pause_epoch: Callable[[], int | None]
    is_to_finish: Callable[[], bool]
    timings: Timings = field(default_factory=Timings)
    course: Course = field(default_factory=Course)
    results: dict[str, Any] = field(default_factory=dict[str, Any])
    artifacts: list[Artifact] = field(default_factory=list[Artifact])

    @property
    def folder(self) -> Path:
        """Where it leaves its files."""
        return Path(self.order.work_dir)

    def is_pause_due(self, epochs: int) -> bool:
        """Whether it is to pause now that so many epochs have ended."""
        epoch = self.pause_epoch()
        return epoch is not None and epochs >= epoch
