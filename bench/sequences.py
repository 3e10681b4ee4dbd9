"""Rows about networks that read sequences."""

from bench import programs
from bench.figures import Finding, Goal, Measure


def series() -> list[Finding]:
    """An LSTM on series, one thread: the loop over its steps runs within the engine's loop over batches."""
    told = programs.run("bench.peers.keras_series")
    return [
        Finding(
            "an epoch of an LSTM of 64 units, 5,000 series of 50 steps, one thread",
            Measure(told["engine"], "s"),
            Goal(0.8),
            "`model.fit`, one thread",
            Measure(told["fit"], "s"),
        )
    ]
