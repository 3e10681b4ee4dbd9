"""The headings of a job's epochs, as every table of them is written; no metric may be called like one of them."""

from collections.abc import Iterable

EPOCH = "epoch"
"""The epoch's number, from 1: the first column."""

DURATION_SECONDS = "duration_seconds"
"""How long the epoch took: the last column."""

LOSS = "loss"
"""The loss, as Keras reports it."""

LEARNING_RATE = "learning_rate"
"""The rate that the epoch ended with."""

VALIDATION = "val_"
"""What the metrics of the validation rows begin with."""

TEST = "test_"
"""What the metrics of the test rows begin with, in a job's results."""

RESERVED_NAMES = (EPOCH, LOSS, LEARNING_RATE, DURATION_SECONDS)
"""What the service itself calls a column."""

RESERVED_PREFIXES = (VALIDATION, TEST)
"""What the service itself puts before a metric's name."""


def heading(metrics: Iterable[str]) -> list[str]:
    """The head of a table of epochs with these metrics, in this order."""
    return [EPOCH, *metrics, DURATION_SECONDS]


def is_reserved(name: str) -> bool:
    """Whether a metric of this name would stand under a heading that means something else."""
    return name in RESERVED_NAMES or name.startswith(RESERVED_PREFIXES)
