"""What remedies do for sick jobs: how many become healthy, and by how much they gain."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.diagnosis.evaluation import Share
from bench.diagnosis.labels import HEALTHY, SICK, Label, best_scores, labelled, scaled, scores_of
from bench.diagnosis.lines import Line

FINAL = "final"
"""The stage of the line of what a remedy made in the end: ``told["mends"]`` is its sick job's name and seed."""

_SEED = 18_004
_FIRST_TRAINING = 1
"""The seed of the trainings that are repaired: the other one of a job would be nearly the same repair."""


@dataclass(frozen=True)
class Repairs:
    """What became of sick jobs.

    Attributes:
        repaired: Those that are healthy in the end, of those whose data set allows it.
        left_sick: Those that are still sick.
        median_gain: Of their scores, where guessing is 0 and the best known score 1.
        epochs: What all remedies of a job trained together, as a multiple of its own epochs, on average.
    """

    repaired: Share
    left_sick: Share
    median_gain: float
    epochs: float


def sick_jobs(lines: Sequence[Line], most: int | None = None) -> list[Line]:
    """Sick jobs whose data set allows a healthy one, a training of each, in an order of chance.

    A longer list begins with a shorter one, so that a sample can grow.

    Args:
        lines: Of a draw.
        most: How many at most; None for all.
    """
    labels = labelled(lines, best_scores(lines))
    allowed = {line.data for line in lines if line.name in labels and labels[line.name].health == "healthy"}
    sick = [line for line in lines if line.data in allowed and _is_sick(labels, line) and line.seed == _FIRST_TRAINING]
    order = np.random.default_rng(_SEED).permutation(len(sick))
    return [sick[int(place)] for place in order[:most]]


def _is_sick(labels: Mapping[str, Label], line: Line) -> bool:
    return line.name in labels and labels[line.name].health == "sick"


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
    lines, children = list(lines), list(children)
    allowed = {line.data for line in lines if line.name in labels and labels[line.name].health == "healthy"}
    mended = {_mended(one): one for one in children if one.told["stage"] == FINAL}
    raced: dict[tuple[str, int], int] = {}
    for one in children:
        raced[_mended(one)] = raced.get(_mended(one), 0) + one.told.get("trained_epochs", len(one.metrics))
    gains: list[float] = []
    epochs: list[float] = []
    healthy = sick = 0
    for line in lines:
        key = line.name, line.seed
        if key not in raced or line.data not in allowed or not _is_sick(labels, line):
            continue
        child, before = mended.get(key), way_of(line, best)
        # Where every remedy failed, or none was better, the job stays as it was.
        after = before if child is None or not child.told.get("is_changed", True) else way_of(child, best)
        gains.append(after - before)
        epochs.append(raced[key] / line.told["spec"]["training"]["epochs"])
        healthy += after >= HEALTHY
        sick += after <= SICK
    return Repairs(
        Share(healthy, len(gains)),
        Share(sick, len(gains)),
        statistics.median(gains) if gains else 0.0,
        statistics.fmean(epochs) if epochs else 0.0,
    )


def _mended(child: Line) -> tuple[str, int]:
    whose = child.told["mends"]
    return whose["name"], whose["seed"]


def way_of(line: Line, best: Mapping[str, float]) -> float:
    """How far it came; what is not finite, or below a guess, is at 0: a guess could always be put in its place."""
    scores = scores_of(line)
    way = None if scores is None else scaled(scores, best[line.data])
    return 0.0 if way is None else max(way, 0.0)
