"""Healthy or sick: what a job is called by what came of it, and by nothing that a rule says.

The best known score of a data set is the 98th percentile of all its jobs; scores are scaled so that guessing is 0 and
the best is 1. A job is healthy where it comes near the best with both seeds, and sick where it stays far below with
both, or is not finite; what lies between counts for nothing. It is overfitted where its training score ends well above
its validation score with both seeds.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bench.diagnosis.lines import Line, number
from bench.diagnosis.tables import target_variance

Health: TypeAlias = Literal["healthy", "sick", "between"]

HEALTHY = 0.92
"""Of the way from guessing to the best known score."""
SICK = 0.75
OVERFITTED = 0.15
"""So much more on the training rows than on those held back, in the score's own unit."""
BEST_PERCENT = 98
LEAST_SEEDS = 2
"""Of a job that is judged: one of a run that has not ended may have fewer."""


@dataclass(frozen=True)
class Scores:
    """How a network does, as its job leaves it: accuracy; for numbers 1 - mse / variance.

    Attributes:
        validation: On the rows held back; None where it is not finite.
        training: On the training rows, by the metrics of the last epoch; None where it is not finite.
        guess: Of the commonest class, or the mean, on the rows held back.
    """

    validation: float | None
    training: float | None
    guess: float


@dataclass(frozen=True)
class Label:
    """What a job is called.

    Attributes:
        health: By its scores on the rows held back.
        is_overfitted: Whether it learned its rows by heart.
    """

    health: Health
    is_overfitted: bool


def scores_of(line: Line) -> Scores | None:
    """Of a job that ended well, or diverged; None of one that could not be judged."""
    error = line.told.get("error")
    if error is not None:
        return Scores(None, None, 0.0) if error["code"] == "diverged" else None
    evaluations: Mapping[str, Any] = line.told.get("evaluation") or {}
    evaluation: Mapping[str, Any] | None = evaluations.get("validation")
    if evaluation is None:
        return None
    last = line.metrics[-1] if line.metrics else {}
    if evaluation["target"] == "number":
        return _of_numbers(line, evaluation, last)
    if evaluation["target"] == "labels":
        return None
    validation = number(evaluation["accuracy"])
    if not math.isfinite(last.get("loss", math.nan)):
        return Scores(None, None, evaluation["baseline"]["accuracy"])
    return Scores(validation, _finite(last.get("accuracy")), evaluation["baseline"]["accuracy"])


def _of_numbers(line: Line, evaluation: Mapping[str, Any], last: Mapping[str, float]) -> Scores:
    r2 = evaluation.get("r2")
    error, variance = last.get("mse", last.get("mean_squared_error")), target_variance(line.data)
    training = None if error is None or not variance else _finite(1 - error / variance)
    are_all_finite = not evaluation.get("non_finite_rows") and math.isfinite(last.get("loss", math.nan))
    return Scores(_finite(None if r2 is None else number(r2)) if are_all_finite else None, training, 0.0)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def best_scores(lines: Iterable[Line]) -> dict[str, float]:
    """The best known score of each data set: the 98th percentile of all its jobs, interpolated as NumPy does it."""
    by_data: dict[str, list[float]] = defaultdict(list)
    for line in lines:
        scores = scores_of(line)
        if scores is not None and scores.validation is not None:
            by_data[line.data].append(scores.validation)
    return {data: _percentile(sorted(scores), BEST_PERCENT) for data, scores in by_data.items()}


def _percentile(ordered: Sequence[float], percent: float) -> float:
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def scaled(scores: Scores, best: float) -> float | None:
    """Guessing is 0 and the best is 1; None where the score is not finite."""
    if scores.validation is None or best <= scores.guess:
        return None
    return (scores.validation - scores.guess) / (best - scores.guess)


def label_of(seeds: Sequence[Scores], best: float) -> Label:
    """What a job is called.

    Args:
        seeds: The scores of each of its seeds.
        best: The best known score of its data set.
    """
    ways = [scaled(scores, best) for scores in seeds]
    health: Health = "between"
    if all(way is not None and way >= HEALTHY for way in ways):
        health = "healthy"
    elif all(way is None or way <= SICK for way in ways):
        health = "sick"
    return Label(health, all(map(_is_overfitted, seeds)))


def _is_overfitted(scores: Scores) -> bool:
    if scores.training is None or scores.validation is None:
        return False
    return scores.training - scores.validation >= OVERFITTED


def labelled(lines: Sequence[Line], best: Mapping[str, float] | None = None) -> dict[str, Label]:
    """Of every job whose seeds could all be judged, by its name.

    Args:
        lines: Of a draw.
        best: The best known scores; by default those of these lines.
    """
    best = best_scores(lines) if best is None else best
    by_name: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_name[line.name].append(line)
    labels: dict[str, Label] = {}
    for name, seeds in by_name.items():
        found = [scores for line in seeds if (scores := scores_of(line)) is not None]
        if len(found) == len(seeds) >= LEAST_SEEDS and seeds[0].data in best:
            labels[name] = label_of(found, best[seeds[0].data])
    return labels
