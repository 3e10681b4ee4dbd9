"""Where a metric stopped being a finite number, in words: the event, not the last epoch that it reached."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol


class Epoch(Protocol):
    """An epoch that ended: its number from 1, and its metrics by name."""

    @property
    def number(self) -> int:
        """From 1."""
        ...

    @property
    def metrics(self) -> Mapping[str, float]:
        """By name."""
        ...


@dataclass(frozen=True)
class Phase:
    """Epochs in a row with the same kind of value, both ends included."""

    first: int
    last: int
    name: str


@dataclass(frozen=True)
class Stretch:
    """The epochs at the end of a training in which a metric was never finite; there is at least one."""

    phases: tuple[Phase, ...]

    @property
    def first_epoch(self) -> int:
        """Where it began."""
        return self.phases[0].first

    def told(self) -> str:
        """Words to stand after "was": ``infinite in epochs 1 to 3 and NaN in epochs 4 to 20``."""
        return " and ".join(f"{phase.name} {_epochs(phase)}" for phase in self.phases)


def named(value: float) -> str:
    """What a value that is not finite is called."""
    return "NaN" if math.isnan(value) else "infinite"


def last_stretch(rows: Sequence[Epoch], metric: str) -> Stretch | None:
    """The stretch from which on a metric was not finite any more, to the last row; None where that is finite."""
    ending = list(takewhile(lambda row: not math.isfinite(row.metrics[metric]), reversed(rows)))
    phases: list[Phase] = []
    for row in reversed(ending):
        name = named(row.metrics[metric])
        first = phases.pop().first if phases and phases[-1].name == name else row.number
        phases.append(Phase(first, row.number, name))
    return Stretch(tuple(phases)) if phases else None


def _epochs(phase: Phase) -> str:
    return f"in epoch {phase.first}" if phase.first == phase.last else f"in epochs {phase.first} to {phase.last}"
