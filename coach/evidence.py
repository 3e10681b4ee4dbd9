"""What is known of a job when the coach looks at it: before, while and after it trains."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coach.coached_job import CoachedJob

LayerSignals = Mapping[str, Mapping[str, float]]
"""A layer's name -> a signal's name (`spec.signals.SIGNALS`) -> its value; what means nothing is missing."""


@dataclass(frozen=True)
class EpochSeen:
    """One epoch.

    Attributes:
        epoch: From 1.
        metrics: As Keras reports them: ``loss``, ``val_loss``, …, and ``learning_rate``; not finite where they are not.
        signals: Of every layer after the epoch; empty where none were measured: of epochs of a few milliseconds the
            first ten and the last one are, and some between them.
    """

    epoch: int
    metrics: Mapping[str, float]
    signals: LayerSignals = field(default_factory=dict[str, Mapping[str, float]])


@dataclass(frozen=True)
class ColumnsSeen:
    """What the training rows of one input are like, as the network gets them.

    Attributes:
        least: The smallest number.
        most: The largest.
        mean: Of all numbers.
        deviation: Of all numbers.
        largest_scale: The greatest root mean square of a column of a table; pictures and sequences are one.
        smallest_scale: The smallest root mean square of a column that is not constant.
    """

    least: float
    most: float
    mean: float
    deviation: float
    largest_scale: float
    smallest_scale: float


@dataclass(frozen=True)
class StartSeen:
    """What was seen once, of the training rows and of the network before its first step.

    Attributes:
        inputs: By the names of the network's inputs.
        class_rows: Rows of each class, in the order of the classes; empty where the target is none.
        target_mean: Of a target of numbers.
        target_deviation: Of a target of numbers.
        loss: Of the first weights, on the rows of the probe.
        signals: Of the first weights.
        train_rows: How many rows an epoch has.
    """

    inputs: Mapping[str, ColumnsSeen]
    class_rows: Sequence[int] = ()
    target_mean: float | None = None
    target_deviation: float | None = None
    loss: float | None = None
    signals: LayerSignals = field(default_factory=dict[str, Mapping[str, float]])
    train_rows: int = 0

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "StartSeen":
        """From JSON by the same names, where numbers that are not finite are strings."""
        numbers = {name: _number(stored.get(name)) for name in ("target_mean", "target_deviation", "loss")}
        columns: Mapping[str, Mapping[str, float | str]] = stored["inputs"]
        signals: Mapping[str, Mapping[str, float | str]] = stored["signals"]
        return cls(
            inputs={input_: ColumnsSeen(**_numbers(told)) for input_, told in columns.items()},
            class_rows=tuple(stored.get("class_rows", ())),
            signals={layer: _numbers(told) for layer, told in signals.items()},
            train_rows=stored["train_rows"],
            **numbers,
        )


def _number(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _numbers(values: Mapping[str, float | str]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


@dataclass(frozen=True)
class ReferenceSeen:
    """How good it could be: what simple models reach on the same validation rows.

    Attributes:
        metric: ``accuracy``, ``exact_match`` of labels, or ``r2``.
        guess: Of always guessing the commonest class, or the mean.
        models: The score of each reference model by its name.
    """

    metric: str
    guess: float
    models: Mapping[str, float]

    @property
    def best(self) -> float:
        """The score of the best of them, or of the guess where that is better."""
        return max([self.guess, *self.models.values()])


@dataclass(frozen=True)
class Evidence:
    """All that is known of a job.

    Attributes:
        job: The job itself.
        epochs: Those that ended, in order; none before it trains.
        start: None before the first epoch has ended.
        reference: None where it is not known (yet).
        is_final: Whether nothing is to come.
        failure: The code of its failure (`spec.states.FailureCode`), where it failed.
        evaluated: Scores on the validation rows of the weights that the job leaves, by the names of their metrics:
            ``accuracy`` and ``balanced_accuracy`` (the share of a class's rows that is found, as the mean over all
            classes), ``exact_match``, or ``r2``, as `coach.yardstick.evaluated_of` reads them off results. Empty until
            the job has ended. They are more exact than the metrics of an epoch.
    """

    job: CoachedJob
    epochs: Sequence[EpochSeen] = ()
    start: StartSeen | None = None
    reference: ReferenceSeen | None = None
    is_final: bool = False
    failure: str | None = None
    evaluated: Mapping[str, float] = field(default_factory=dict[str, float])

    def curve(self, metric: str) -> list[float]:
        """A metric of every epoch that has it, in order."""
        return [one.metrics[metric] for one in self.epochs if metric in one.metrics]

    def signal(self, layer: str, name: str) -> list[tuple[int, float]]:
        """A signal of a layer: epoch and value, where it was measured."""
        seen = ((one.epoch, one.signals.get(layer, {}).get(name)) for one in self.epochs)
        return [(epoch, value) for epoch, value in seen if value is not None]

    @property
    def has_diverged(self) -> bool:
        """Whether a loss was not finite."""
        return any(not math.isfinite(loss) for loss in self.curve("loss"))
