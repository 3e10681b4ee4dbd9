"""What candidates are compared by: one metric, whose direction is known, of the weights that a training leaves."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coach.evidence import Evidence
from coach.reading.scores import ABSOLUTE, ACCURACIES, NORMAL, SQUARED, epoch_left
from spec.jobs import JobSpec

Metrics = Mapping[str, float]
"""Of an epoch."""


@dataclass(frozen=True)
class Objective:
    """What candidates are compared by.

    Attributes:
        metric: As the epochs of a job have it.
        direction: Whether more is better.
        floor: What a training is worth that failed, by that metric: as much as always saying the same, or as the
            network that it began with; None if that is not known.
    """

    metric: str
    direction: Literal["maximize", "minimize"]
    floor: float | None = None

    @property
    def is_loss(self) -> bool:
        """Whether the numbers of jobs with other losses or penalties mean something else."""
        return self.metric in ("loss", "val_loss")

    def gain(self, before: float, after: float) -> float:
        """By how much one score is better than another; negative where it is worse."""
        return after - before if self.direction == "maximize" else before - after

    def score(self, spec: JobSpec, epochs: Sequence[Metrics], until: int | None = None) -> float | None:
        """The score of the weights that a training has after an epoch; None if it has none that is finite.

        Args:
            spec: Of the job: a callback may bring back the weights of its best epoch, once it has ended.
            epochs: The metrics of each, from the first on.
            until: How many of them count; None if the training has ended.
        """
        seen = epochs[:until]
        if not seen:
            return None
        row = seen[-1 if until is not None else epoch_left(spec, seen)]
        score = row.get(self.metric)
        return score if score is not None and math.isfinite(score) else None

    def best_first(self, scores: Iterable[tuple[int, float | None]]) -> list[int]:
        """Candidates by their scores, the best first; those without one come last, and of equals the former first."""

        def key(scored: tuple[int, float | None]) -> tuple[float, int]:
            number, score = scored
            return (math.inf if score is None else self.gain(score, 0.0)), number

        return [number for number, _ in sorted(scores, key=key)]

    def worst(self, scores: Iterable[float | None]) -> float | None:
        """What a training is worth that failed, beside these: never more than any that did not."""
        known = [score for score in (*scores, self.floor) if score is not None]
        return max(known, key=lambda score: self.gain(score, 0.0), default=None)


def objective_of(evidence: Evidence) -> Objective | None:
    """By what the remedies of a job are compared; None if it has no epoch yet.

    The accuracy, else the squared error, else the absolute one, else the loss; of validation rows, where there are any.
    """
    if not evidence.epochs:
        return None
    told = evidence.epochs[0].metrics
    start = evidence.start
    prefix = "val_" if any(name.startswith("val_") for name in told) else ""
    for name in ACCURACIES:
        if prefix + name in told:
            counts = () if start is None else start.class_rows
            return Objective(prefix + name, "maximize", max(counts) / sum(counts) if sum(counts) else 0.0)
    deviation = None if start is None else start.target_deviation
    for name in (*sorted(SQUARED), *sorted(ABSOLUTE)):
        if prefix + name in told:
            # Of always saying the mean; absolute errors as if they were normally distributed.
            of_guessing = None if deviation is None else deviation**2 if name in SQUARED else NORMAL * deviation
            return Objective(prefix + name, "minimize", of_guessing)
    loss = None if start is None or start.loss is None or not math.isfinite(start.loss) else start.loss
    return Objective(f"{prefix}loss", "minimize", loss) if f"{prefix}loss" in told else None
