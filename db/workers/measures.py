"""What is measured of the work that workers do: declared here, summed in `db.workers.totals`, told by ``/metrics``."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from db.workers.totals import Key

_BOUND = "le"
_BEYOND = "+Inf"


@dataclass(frozen=True)
class Measure:
    """Something that is added up.

    Attributes:
        name: Of the metric, without ``_total``.
        text: What it is, in a sentence.
        labels: What it is told apart by; few values each, and never an id or a name that a client chose.
        bounds: Upper bounds of its buckets, where it is a histogram.
    """

    name: str
    text: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()

    def keys(self, value: float, said: tuple[str, ...]) -> dict[Key, float]:
        """What to add for one value.

        Args:
            value: How many more; of a histogram what was observed.
            said: Values of the labels, in their order.
        """
        labels = ",".join(f"{name}={word}" for name, word in zip(self.labels, said, strict=True))
        if not self.bounds:
            return {(self.name, labels): value}
        bound = next((f"{bound:g}" for bound in self.bounds if value <= bound), _BEYOND)
        return {(f"{self.name}_bucket", f"{_BOUND}={bound}"): 1.0, (f"{self.name}_sum", ""): value}

    def counts(self, totals: Mapping[Key, float]) -> list[tuple[list[str], float]]:
        """Of a counter: the values of its labels, and how many."""
        found = [(labels, value) for (name, labels), value in totals.items() if name == self.name]
        if not self.labels and not found:
            return [([], 0.0)]
        return [([pair.partition("=")[2] for pair in labels.split(",") if pair], value) for labels, value in found]

    def buckets(self, totals: Mapping[Key, float]) -> tuple[list[tuple[str, float]], float]:
        """Of a histogram: how many values are at most each bound, and their sum."""
        name = f"{self.name}_bucket"
        risen = 0.0
        told: list[tuple[str, float]] = []
        for bound in (*(f"{bound:g}" for bound in self.bounds), _BEYOND):
            risen += totals.get((name, f"{_BOUND}={bound}"), 0.0)
            told.append((bound, risen))
        return told, totals.get((f"{self.name}_sum", ""), 0.0)


_SECONDS = (0.01, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)

EPOCHS = Measure("netcoach_training_epochs", "Epochs trained, including those of lost attempts.")
SAMPLES = Measure("netcoach_training_samples", "Training rows processed, counted once per epoch.")
PHASE_SECONDS = Measure(
    "netcoach_training_phase_seconds",
    "Time of completed attempts, by phase: load_data, build, first_step, train, evaluate, store.",
    ("phase",),
)
ATTEMPTS_ENDED = Measure(
    "netcoach_attempts_ended",
    "Attempts that ended on a worker, by the resulting status of their job.",
    ("status", "code"),
)
JOBS_ENDED = Measure("netcoach_jobs_ended", "Jobs that ended, by status and error code.", ("status", "code"))
TRAINERS_STARTED = Measure("netcoach_trainers_started", "Trainer processes that became ready.")
TRAINERS_LOST = Measure("netcoach_trainers_lost", "Trainer processes that died or were killed during a job.")
BACKGROUND_FAILURES = Measure(
    "netcoach_worker_background_failures",
    "Failures of the workers' background loops and of single tasks within them.",
    ("loop",),
)
ATTEMPT_SECONDS = Measure(
    "netcoach_attempt_duration_seconds", "Time from the claim of an attempt to its end.", bounds=_SECONDS
)
EPOCH_SECONDS = Measure("netcoach_epoch_duration_seconds", "Time of an epoch, including validation.", bounds=_SECONDS)

MEASURES = (
    EPOCHS,
    SAMPLES,
    PHASE_SECONDS,
    ATTEMPTS_ENDED,
    JOBS_ENDED,
    TRAINERS_STARTED,
    TRAINERS_LOST,
    BACKGROUND_FAILURES,
    ATTEMPT_SECONDS,
    EPOCH_SECONDS,
)


class Tally:
    """What a process measured and did not yet write down."""

    def __init__(self) -> None:
        self._sums: defaultdict[Key, float] = defaultdict(float)

    def add(self, measure: Measure, value: float = 1.0, *said: str) -> None:
        """One more, or so many, or one value of a histogram."""
        for key, more in measure.keys(value, said).items():
            self._sums[key] += more

    def take(self) -> dict[Key, float]:
        """All of it, to be written down."""
        taken = dict(self._sums)
        self._sums.clear()
        return taken

    def put_back(self, sums: Mapping[Key, float]) -> None:
        """It could not be written down."""
        for key, more in sums.items():
            self._sums[key] += more
