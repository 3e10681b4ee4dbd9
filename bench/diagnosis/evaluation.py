"""How well somebody who diagnoses does on jobs whose truth is known. Pure: nothing is trained."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bench.diagnosis.labels import Label
from bench.diagnosis.lines import Line
from spec.diagnosis import Severity

SYMPTOMS = frozenset(
    {
        "vanishing_gradients",
        "exploding_gradients",
        "dead_units",
        "saturated_activations",
        "diverged",
        "not_learning",
        "oscillating_loss",
        "slow_convergence",
        "overfitting",
    }
)
"""Of the tags of cases: a case that has others is named right by those alone."""

LOOKED_AT = 2
"""The right cause must be among so many findings, the first ones."""
_CONFIDENCE = 1.959964
"""Standard deviations of 95 percent."""


@dataclass(frozen=True)
class Said:
    """Something that is said to be wrong.

    Attributes:
        rule: Its name, of `spec.diagnosis.RULES`.
        severity: Errors and warnings are alarms.
    """

    rule: str
    severity: Severity

    @property
    def is_alarm(self) -> bool:
        """Whether it claims that the job is sick."""
        return self.severity != "hint"


Diagnoser: TypeAlias = Callable[[Line], Sequence[Said] | None]
"""What is said of a job, the most important first; None of one that it cannot see."""


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """As a fraction; not a number of none."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval at 95 percent (Wilson, 1927), which holds for few jobs and near 0 and 1, too."""
        if not self.of:
            return 0.0, 1.0
        square = _CONFIDENCE**2
        middle = (self.value + square / (2 * self.of)) / (1 + square / self.of)
        spread = self.value * (1 - self.value) / self.of + square / (4 * self.of**2)
        half = _CONFIDENCE * math.sqrt(spread) / (1 + square / self.of)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.of:
            return "none"
        least, most = self.interval
        return f"{self.value:.3f} ({self.hits} of {self.of}; {least:.2f} to {most:.2f})"


@dataclass
class RuleCounts:
    """How often a rule gave an alarm, by what the job was.

    Attributes:
        right: Of a case whose faults have it.
        plausible: Of a case that may have it as well.
        wrong: Of a case that is faulty otherwise.
        healthy: Of healthy jobs: false alarms.
        sick: Of sick jobs of a draw.
        first: As the first thing said of a faulty or sick job.
    """

    right: int = 0
    plausible: int = 0
    wrong: int = 0
    healthy: int = 0
    sick: int = 0
    first: int = 0


@dataclass(frozen=True)
class Judgement:
    """How well somebody does on cases, or on a draw.

    Attributes:
        recall: Of faulty or sick jobs, those with an alarm.
        right_cause: Of faulty cases, those whose cause is among the first things said; None of a draw.
        false_alarms: Of healthy jobs, those with an alarm.
        overfitting: Of overfitted jobs, those of which that is said, as a hint at least; None of cases.
        rules: By name.
        missed: Names of faulty or sick jobs without an alarm.
        alarmed: Names of healthy jobs with one, and its rules.
        misnamed: Names of faulty cases whose cause is not said, and what is said first.
    """

    recall: Share
    right_cause: Share | None
    false_alarms: Share
    overfitting: Share | None
    rules: Mapping[str, RuleCounts]
    missed: Sequence[str] = ()
    alarmed: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    misnamed: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


class _Tally:
    """Counts, job by job."""

    def __init__(self) -> None:
        self.recall: Counter[bool] = Counter()
        self.cause: Counter[bool] = Counter()
        self.false: Counter[bool] = Counter()
        self.overfitting: Counter[bool] = Counter()
        self.rules: defaultdict[str, RuleCounts] = defaultdict(RuleCounts)
        self.missed: list[str] = []
        self.alarmed: dict[str, list[str]] = {}
        self.misnamed: dict[str, list[str]] = {}

    def healthy(self, name: str, said: Sequence[Said]) -> None:
        """A job that is well."""
        alarms = _alarms(said)
        self.false[bool(alarms)] += 1
        for rule in alarms:
            self.rules[rule].healthy += 1
        if alarms:
            self.alarmed[name] = list(alarms)

    def sick(self, name: str, said: Sequence[Said]) -> tuple[str, ...]:
        """A job that is not well; its alarms."""
        alarms = _alarms(said)
        self.recall[bool(alarms)] += 1
        if not alarms:
            self.missed.append(name)
        if said:
            self.rules[said[0].rule].first += 1
        return alarms

    def judgement(self, *, are_cases: bool) -> Judgement:
        """All of it."""
        return Judgement(
            _share(self.recall),
            _share(self.cause) if are_cases else None,
            _share(self.false),
            None if are_cases else _share(self.overfitting),
            dict(self.rules),
            self.missed,
            self.alarmed,
            self.misnamed,
        )


def _share(counts: Counter[bool]) -> Share:
    return Share(counts[True], counts.total())


def _alarms(said: Iterable[Said]) -> tuple[str, ...]:
    """The rules that give one, each once, in order."""
    return tuple(dict.fromkeys(one.rule for one in said if one.is_alarm))


def judge_cases(lines: Iterable[Line], diagnose: Diagnoser) -> Judgement:
    """How well somebody does on named cases; each seed of a case counts by itself.

    Args:
        lines: With the cases' truths.
        diagnose: Somebody.
    """
    tally = _Tally()
    for line in lines:
        said = diagnose(line)
        if said is None:
            continue
        truth: Mapping[str, Any] = line.told["truth"]
        name = f"{line.name} #{line.seed}"
        if not truth["faulty"]:
            tally.healthy(name, said)
            continue
        faults = {_rule(tag) for tag in truth["faults"]}
        plausible = {_rule(tag) for tag in truth["also_plausible"]}
        for rule in tally.sick(name, said):
            counts = tally.rules[rule]
            counts.right += rule in faults
            counts.plausible += rule in plausible
            counts.wrong += rule not in faults | plausible
        first = [one.rule for one in said[:LOOKED_AT]]
        is_right = bool((faults - SYMPTOMS or faults) & set(first))
        tally.cause[is_right] += 1
        if not is_right:
            tally.misnamed[name] = first
    return tally.judgement(are_cases=True)


def _rule(tag: str) -> str:
    """The rule of a case's tag."""
    return "diverged" if tag == "diverged_nan" else tag


def judge_draw(lines: Iterable[Line], labels: Mapping[str, Label], diagnose: Diagnoser) -> Judgement:
    """How well somebody does on jobs that are labelled by what came of them; each seed counts by itself.

    Args:
        lines: Of a draw.
        labels: Of its jobs.
        diagnose: Somebody.
    """
    tally = _Tally()
    for line in lines:
        label = labels.get(line.name)
        said = None if label is None else diagnose(line)
        if label is None or said is None:
            continue
        name = f"{line.name} #{line.seed}"
        if label.is_overfitted:
            tally.overfitting[any(one.rule == "overfitting" for one in said)] += 1
        if label.health == "healthy":
            tally.healthy(name, said)
        elif label.health == "sick":
            for rule in tally.sick(name, said):
                tally.rules[rule].sick += 1
    return tally.judgement(are_cases=False)
