"""Figures: what was measured, what was aimed at, and how both are told."""

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measure:
    """Several measurements of one thing.

    Attributes:
        values: One a turn, in the order they were taken.
        unit: Of each value.
    """

    values: list[float]
    unit: str

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{told(self.median)} {self.unit}".strip()
        return f"{told(self.median)} {self.unit} ({told(min(self.values))} to {told(max(self.values))})".lstrip()


@dataclass(frozen=True)
class Goal:
    """What a figure, or its ratio to a peer's, should at most or at least be.

    Attributes:
        bound: The least or the greatest that will do.
        is_least: Whether it is the least.
        is_of_ratio: Whether it is about the ratio to the peer's figure.
    """

    bound: float
    is_least: bool = False
    is_of_ratio: bool = True


@dataclass(frozen=True)
class Part:
    """A stretch of the way of a job, in milliseconds since it was sent."""

    name: str
    began_ms: float
    ended_ms: float


@dataclass(frozen=True)
class Finding:
    """One line of the table.

    Attributes:
        work: What was done.
        ours: What the service took.
        goal: What this project aims at, if at anything.
        peer_name: What it is compared with, if with anything.
        peer: What that took, measured in turn with ours; None where it is not installed.
        notes: What else there is to say.
        parts: Where the time went, where that was looked at.
    """

    work: str
    ours: Measure
    goal: Goal | None = None
    peer_name: str = ""
    peer: Measure | None = None
    notes: list[str] = field(default_factory=list[str])
    parts: list[Part] = field(default_factory=list[Part])

    @property
    def ratio(self) -> Measure | None:
        """Ours to the peer's, turn by turn."""
        if self.peer is None:
            return None
        return Measure([ours / peer for ours, peer in zip(self.ours.values, self.peer.values, strict=True)], "x")

    @property
    def share(self) -> float | None:
        """The median as a share of its goal: up to 1 the goal is met. None if there is no goal, or no peer for it."""
        judged = self._judged
        if self.goal is None or judged is None:
            return None
        if not self.goal.is_least:
            return judged.median / self.goal.bound
        return self.goal.bound / judged.median if judged.median else float("inf")

    def goal_told(self) -> str:
        """The goal, and whether it is met."""
        if self.goal is None:
            return ""
        unit = "x" if self.goal.is_of_ratio else self.ours.unit
        sign = "≥" if self.goal.is_least else "≤"
        share = self.share
        verdict = "not measured" if share is None else "met" if share <= 1 else "missed"
        return f"{sign} {self.goal.bound:g} {unit}".rstrip() + f": {verdict}"

    def row(self) -> str:
        """The finding as a row of a Markdown table."""
        peer = f"{self.peer_name}: {self.peer or 'not installed'}" if self.peer_name else ""
        cells = [self.work, peer, str(self.ours), str(self.ratio or ""), self.goal_told(), "; ".join(self.notes)]
        return f"| {' | '.join(cells)} |"

    @property
    def _judged(self) -> Measure | None:
        return self.ratio if self.goal is not None and self.goal.is_of_ratio else self.ours


def percentile(values: list[float], percent: int) -> float:
    """The value that this many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def told(value: float) -> str:
    """A number with three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 -- three digits suffice
