"""The rows: one declaration each."""

from collections.abc import Callable
from dataclasses import dataclass

from bench import (
    examples,
    growth,
    idle,
    journey,
    listening,
    memory,
    notebook,
    own_data,
    reading,
    records,
    sequences,
    signals,
    traffic,
    training,
    trials,
    uploads,
    weights,
    worst_requests,
)
from bench.figures import Finding


@dataclass(frozen=True)
class Row:
    """Something to measure.

    Attributes:
        measure: Measures it; minutes, as a rule.
        is_on_request: Whether it is left out unless it is asked for: it takes too long.
    """

    measure: Callable[[], list[Finding]]
    is_on_request: bool = False

    @property
    def summary(self) -> str:
        """What it measures, in a sentence."""
        return (self.measure.__doc__ or "").splitlines()[0]


ROWS = {
    "small-job": Row(training.small_job),
    "first-step": Row(training.first_step),
    "journey": Row(journey.small_job),
    "numbers": Row(training.numbers),
    "notebook": Row(notebook.notebook),
    "convolution": Row(training.convolution),
    "series": Row(sequences.series),
    "texts": Row(sequences.texts),
    "signals": Row(signals.signals),
    "weights": Row(weights.weights),
    "trials": Row(trials.trials),
    "slots": Row(trials.slots),
    "record": Row(records.record_epoch),
    "reading-csv": Row(reading.csv),
    "reading-pictures": Row(reading.pictures),
    "own-data-epoch": Row(own_data.epoch),
    "http-sqlite": Row(traffic.on_sqlite),
    "http-postgresql": Row(traffic.on_postgresql),
    "http-processes": Row(traffic.by_several_processes),
    "idle-slots": Row(idle.idle_slots),
    "listeners": Row(listening.listeners),
    "growth-sqlite": Row(growth.on_sqlite),
    "growth-postgresql": Row(growth.on_postgresql),
    "uploads": Row(uploads.uploads),
    "worst-requests": Row(worst_requests.worst_requests),
    "memory": Row(memory.mixed_jobs, is_on_request=True),
    "examples": Row(examples.examples, is_on_request=True),
}
