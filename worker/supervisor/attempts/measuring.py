"""What an attempt adds to the metrics and to the traces."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from db.queue.claims import Claim
from db.workers import measures
from db.workers.measures import Tally
from settings.traces import Span, start_span
from spec.kinds import TRAIN
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
_NS = 1_000_000_000


class Measuring:
    """Of one attempt; counts into the worker's tally, and is a span in the trace of the request that made the job."""

    def __init__(self, tally: Tally, claim: Claim, claim_began_ns: int) -> None:
        """The attempt begins now.

        Args:
            tally: The worker's.
            claim: The attempt.
            claim_began_ns: `time.time_ns` when it was looked for.
        """
        self._tally = tally
        self._began_ns = time.time_ns()
        self._train_rows = 0
        self._parent = claim.traceparent
        # What is measured of jobs is told to clients, who know nothing of other work.
        self._is_training = claim.kind == TRAIN
        about = {"netcoach.job_id": claim.job_id, "netcoach.attempt": claim.attempt}
        start_span("claim", parent=self._parent, attributes=about, started_ns=claim_began_ns).end(self._began_ns)
        self._span = start_span("attempt", parent=self._parent, attributes=about, started_ns=self._began_ns)
        self._training: Span | None = None
        self._training_began_ns = self._latest_ns = 0

    def started(self, started: Started) -> None:
        """Its first step comes next."""
        self._train_rows = started.train_rows
        self._training = start_span("train", parent=self._span.traceparent)
        self._training_began_ns = self._latest_ns = time.time_ns()

    def epochs(self, epochs: Sequence[Epoch]) -> None:
        """So many epochs ended."""
        for epoch in epochs:
            self._tally.add(measures.EPOCHS)
            self._tally.add(measures.SAMPLES, self._train_rows)
            self._tally.add(measures.EPOCH_SECONDS, epoch.duration_seconds)
            self._latest_ns = time.time_ns()
            if self._training is not None:
                self._training.event("epoch", {"epoch": epoch.epoch, "duration_seconds": epoch.duration_seconds})

    def trainer_ended(self, results: Mapping[str, Any]) -> None:
        """The trainer said its last word: the spans of what it did are known."""
        now = time.time_ns()
        parent, at = self._span.traceparent, self._began_ns
        timings = _timings(results)
        for name in ("load_data", "build"):
            if name in timings:
                until = at + int(timings[name] * _NS)
                start_span(name.replace("_", " "), parent=parent, started_ns=at).end(until)
                at = until
        if self._training is None:
            return
        if "first_step" in timings:
            compiled = start_span("compile", parent=self._training.traceparent, started_ns=self._training_began_ns)
            compiled.end(self._training_began_ns + int(timings["first_step"] * _NS))
        self._training.end(self._latest_ns)
        start_span("evaluate", parent=parent, started_ns=self._latest_ns).end(now)

    def trainer_lost(self) -> None:
        """Its trainer died or was killed."""
        if self._is_training:
            self._tally.add(measures.TRAINERS_LOST)
        self._span.event("trainer lost", {})
        if self._training is not None:
            self._training.fail("trainer lost")
            self._training.end()

    def stored(self, began_ns: int) -> None:
        """Its files, which began to be stored then, lie in the storage."""
        now = time.time_ns()
        self._tally.add(measures.PHASE_SECONDS, (now - began_ns) / _NS, "store")
        start_span("store", parent=self._span.traceparent, started_ns=began_ns).end(now)

    def ended(self, status: JobStatus, code: FailureCode | None, results: Mapping[str, Any] | None) -> None:
        """The attempt's end is written.

        Args:
            status: Of the job now.
            code: Of its failure.
            results: What the trainer told.
        """
        said = (status.value, "" if code is None else code.value)
        if self._is_training:
            self._tally.add(measures.ATTEMPTS_ENDED, 1, *said)
            self._tally.add(measures.ATTEMPT_SECONDS, (time.time_ns() - self._began_ns) / _NS)
            if status in ENDED:
                self._tally.add(measures.JOBS_ENDED, 1, *said)
        for phase, seconds in _timings(results or {}).items():
            self._tally.add(measures.PHASE_SECONDS, seconds, phase)
        self._span.tell({"netcoach.status": status.value})
        if code is not None:
            self._span.fail(code.value)

    def close(self) -> None:
        """Nothing of the attempt is left."""
        self._span.end()


def _timings(results: Mapping[str, Any]) -> dict[str, float]:
    told: Mapping[str, Any] = results.get("timings") or {}
    found = {phase: told.get(name) for phase, name in _PHASES.items()}
    return {phase: float(seconds) for phase, seconds in found.items() if isinstance(seconds, int | float)}
