"""What an attempt adds to the metrics."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from db import measures
from db.measures import Tally
from spec.states import ENDED, FailureCode, JobStatus
from worker.messages import Epoch, Started

_PHASES = {
    "load_data": "load_data_seconds",
    "build": "build_seconds",
    "first_step": "first_step_seconds",
    "train": "training_seconds",
    "evaluate": "evaluation_seconds",
}
"""What the results tell of where the time went."""


class Measuring:
    """Of one attempt; counts into the worker's tally."""

    def __init__(self, tally: Tally) -> None:
        """The attempt begins now."""
        self._tally = tally
        self._began_at = time.monotonic()
        self._train_rows = 0

    def started(self, started: Started) -> None:
        """Its first step comes next."""
        self._train_rows = started.train_rows

    def epochs(self, epochs: Sequence[Epoch]) -> None:
        """So many epochs ended."""
        for epoch in epochs:
            self._tally.add(measures.EPOCHS)
            self._tally.add(measures.SAMPLES, self._train_rows)
            self._tally.add(measures.EPOCH_SECONDS, epoch.duration_seconds)

    def trainer_lost(self) -> None:
        """Its trainer died or was killed."""
        self._tally.add(measures.TRAINERS_LOST)

    def stored(self, seconds: float) -> None:
        """Its files took so long to be stored."""
        self._tally.add(measures.PHASE_SECONDS, seconds, "store")

    def ended(self, status: JobStatus, code: FailureCode | None, results: Mapping[str, Any] | None) -> None:
        """The attempt's end is written.

        Args:
            status: Of the job now.
            code: Of its failure.
            results: What the trainer told.
        """
        said = (status.value, "" if code is None else code.value)
        self._tally.add(measures.ATTEMPTS_ENDED, 1, *said)
        if status in ENDED:
            self._tally.add(measures.JOBS_ENDED, 1, *said)
        self._tally.add(measures.ATTEMPT_SECONDS, time.monotonic() - self._began_at)
        timings: Mapping[str, Any] = (results or {}).get("timings") or {}
        for phase, name in _PHASES.items():
            if isinstance(seconds := timings.get(name), int | float):
                self._tally.add(measures.PHASE_SECONDS, float(seconds), phase)
