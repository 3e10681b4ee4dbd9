"""A job and its evidence as rules read them: what several of them need is worked out once."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from statistics import median

from coach.coached_job import CoachedJob
from coach.evidence import EpochSeen, Evidence, LayerSignals
from coach.reading.kernels import NetworkReading
from coach.reading.optimizers import TrainingReading
from coach.reading.outputs import OutputReading
from coach.standing import Standing, is_poor, standing_of
from coach.yardstick import quote_of

_AT_THE_ENDS = 16
_BETWEEN = 32
"""Of very many epochs, so many are looked into layer by layer: a diagnosis takes milliseconds, however long a job."""


class Case:
    """What a rule looks at.

    Attributes:
        evidence: All that is known of the job.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    @property
    def job(self) -> CoachedJob:
        """The job itself."""
        return self.evidence.job

    @cached_property
    def network(self) -> NetworkReading:
        """Its layers."""
        return NetworkReading(self.job)

    @cached_property
    def output(self) -> OutputReading:
        """The end of its network beside its target and its loss."""
        return OutputReading(self.job)

    @cached_property
    def training(self) -> TrainingReading:
        """How it trains."""
        return TrainingReading(self.job)

    @cached_property
    def standing(self) -> Standing | None:
        """How well it does; None where its metrics do not tell."""
        return standing_of(self.evidence)

    @cached_property
    def is_poor(self) -> bool:
        """Whether it does clearly worse than it could."""
        return is_poor(self.evidence, self.standing)

    @cached_property
    def quote(self) -> str | None:
        """How well it does beside a guess and simple models, as people are told; None where that is not known."""
        standing, reference = self.standing, self.evidence.reference
        if standing is None or standing.best is None or reference is None or not reference.models:
            return None
        if not math.isfinite(standing.score):
            return None
        return quote_of(reference, standing.score, has_validation=standing.has_validation)

    @cached_property
    def loss(self) -> list[float]:
        """Of every epoch."""
        return self.evidence.curve("loss")

    @property
    def first_epoch(self) -> int | None:
        """The first that ended; None before that."""
        return self.evidence.epochs[0].epoch if self.evidence.epochs else None

    @property
    def last_epoch(self) -> int | None:
        """The last that ended; None before that."""
        return self.evidence.epochs[-1].epoch if self.evidence.epochs else None

    @property
    def updates(self) -> int:
        """How many steps were made so far."""
        return len(self.evidence.epochs) * self.training.steps

    @cached_property
    def rows(self) -> Sequence[EpochSeen]:
        """The epochs with signals: the first ones, the last ones, and of very many some between them."""
        known = [row for row in self.evidence.epochs if row.signals]
        if len(known) <= 2 * _AT_THE_ENDS + _BETWEEN:
            return known
        between = known[_AT_THE_ENDS:-_AT_THE_ENDS]
        chosen = [between[len(between) * number // _BETWEEN] for number in range(_BETWEEN)]
        return [*known[:_AT_THE_ENDS], *chosen, *known[-_AT_THE_ENDS:]]

    @cached_property
    def start_signals(self) -> LayerSignals:
        """Of the first weights; empty where they are not known."""
        return {} if self.evidence.start is None else self.evidence.start.signals

    @cached_property
    def trained(self) -> Sequence[str]:
        """The names of the layers whose kernels are trained, in order."""
        return [self.network.name(index) for index in self.network.trained]

    @cached_property
    def ends(self) -> frozenset[str]:
        """The names of the layer that makes the output and of those behind it, where a layer with a kernel does."""
        output = self.network.output
        return frozenset(map(self.network.name, () if output is None else (output.index, *output.behind)))

    @cached_property
    def update_ratios(self) -> list[tuple[int, float]]:
        """How much a step changes the weights of the middle one of the trained layers: epoch and ratio."""
        return list(self.medians("update_ratio"))

    def medians(self, signal: str) -> Iterator[tuple[int, float]]:
        """A signal of the middle one of the trained layers: epoch and value."""
        for row in self.rows:
            known = _finite(row.signals, self.trained, signal)
            if known:
                yield row.epoch, median(known)

    def growth(self, signal: str) -> list[tuple[int, float]]:
        """How many times as large as at the start a signal is in the middle one of the trained layers, by epoch."""
        found: list[tuple[int, float]] = []
        first = {name: self.start_signals.get(name, {}).get(signal, 0.0) for name in self.trained}
        for row in self.rows:
            values = ((row.signals.get(name, {}).get(signal, math.nan), first[name]) for name in self.trained)
            known = [value / before for value, before in values if before > 0 and math.isfinite(value)]
            if known:
                found.append((row.epoch, median(known)))
        return found

    def span(self, layer: str, signal: str, holds: Callable[[float], bool]) -> tuple[int | None, int | None]:
        """The first and the last epoch in which a signal of a layer is like that; None where there is none."""
        epochs = [epoch for epoch, value in self.evidence.signal(layer, signal) if holds(value)]
        return (epochs[0], epochs[-1]) if epochs else (None, None)


def _finite(signals: LayerSignals, names: Sequence[str], signal: str) -> list[float]:
    values = (signals.get(name, {}).get(signal) for name in names)
    return [value for value in values if value is not None and math.isfinite(value)]
