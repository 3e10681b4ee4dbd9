"""Figures: what was measured, and how it is told."""

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measure:
    """Several measurements of one thing.

    Attributes:
        values: In the order they were taken.
        unit: Of each value.
    """

    values: list[float]
    unit: str

    def __str__(self) -> str:
        median = statistics.median(self.values)
        if len(self.values) == 1:
            return f"{_told(median)} {self.unit}"
        return f"{_told(median)} {self.unit} ({_told(min(self.values))} to {_told(max(self.values))})"


@dataclass(frozen=True)
class Finding:
    """One row of the table.

    Attributes:
        work: What was done.
        ours: What the service took.
        peer_name: What it is compared with, if with anything.
        peer: What that took, measured in turn with ours.
        goal: What this project aims at.
        notes: What else there is to say.
    """

    work: str
    ours: Measure
    goal: str
    peer_name: str = ""
    peer: Measure | None = None
    notes: list[str] = field(default_factory=list[str])

    @property
    def ratio(self) -> Measure | None:
        """Ours to the peer's, turn by turn."""
        if self.peer is None:
            return None
        return Measure([ours / peer for ours, peer in zip(self.ours.values, self.peer.values, strict=True)], "x")

    def row(self) -> str:
        """The finding as a row of a Markdown table."""
        peer = f"{self.peer_name}: {self.peer}" if self.peer is not None else ""
        return f"| {self.work} | {peer} | {self.ours} | {self.ratio or ''} | {self.goal} | {'; '.join(self.notes)} |"


def percentile(values: list[float], percent: int) -> float:
    """The value that this many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def _told(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 -- three digits suffice
