"""What remedies do for sick jobs: how many become healthy, and by how much they gain."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.diagnosis.evaluation import Share
from bench.diagnosis.labels import HEALTHY, Label, scaled, scores_of
from bench.diagnosis.lines import Line

FINAL = "final"
"""The stage of the line of what a remedy made in the end: ``told["mends"]`` is its sick job's name and seed."""


@dataclass(frozen=True)
class Repairs:
    """What became of sick jobs.

    Attributes:
        repaired: Those that are healthy in the end, of those whose data set allows it.
        median_gain: Of their scores, where guessing is 0 and the best known score 1.
    """

    repaired: Share
    median_gain: float


def repairs_of(
    lines: Iterable[Line], children: Iterable[Line], labels: Mapping[str, Label], best: Mapping[str, float]
) -> Repairs:
    """What remedies did for the sick jobs of a draw whose data set allows it: some known job of it is healthy.

    Args:
        lines: Of the draw.
        children: Of remedies.
        labels: Of the draw's jobs.
        best: The best known score of each data set.
    """
    lines = list(lines)
    allowed = {line.data for line in lines if line.name in labels and labels[line.name].health == "healthy"}
    mended = {(one.told["mends"]["name"], one.told["mends"]["seed"]): one for one in _final(children)}
    gains: list[float] = []
    healthy = 0
    for line in lines:
        child = mended.get((line.name, line.seed))
        if child is None or line.data not in allowed or labels[line.name].health != "sick":
            continue
        before, after = _way(line, best), _way(child, best)
        gains.append(after - before)
        healthy += after >= HEALTHY
    return Repairs(Share(healthy, len(gains)), statistics.median(gains) if gains else 0.0)


def _final(children: Iterable[Line]) -> Iterable[Line]:
    return (one for one in children if one.told["stage"] == FINAL)


def _way(line: Line, best: Mapping[str, float]) -> float:
    """How far it came; what is not finite, or below a guess, is at 0: a guess could always be put in its place."""
    scores = scores_of(line)
    way = None if scores is None else scaled(scores, best[line.data])
    return 0.0 if way is None else max(way, 0.0)
