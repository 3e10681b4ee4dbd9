"""What is printed: one table of everybody who diagnoses, and what there is to judge on."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.diagnosis.diagnosers import DIAGNOSERS
from bench.diagnosis.evaluation import Diagnoser, Judgement, Share, judge_cases, judge_draw
from bench.diagnosis.labels import Label, best_scores, labelled
from bench.diagnosis.lines import Line
from bench.diagnosis.repairs import Repairs

Judge = Callable[[Diagnoser], Judgement]


@dataclass(frozen=True)
class Goal:
    """What a share should be at least, or at most."""

    bound: float
    is_least: bool = True

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {self.bound:.2f}"


CASE_GOALS = {"recall": Goal(0.95), "right_cause": Goal(0.85), "false_alarms": Goal(0.03, is_least=False)}
DRAW_GOALS = {"recall": Goal(0.90), "false_alarms": Goal(0.05, is_least=False)}
REPAIR_GOAL = Goal(0.80)
_TITLES = {
    "recall": "faulty or sick jobs with an alarm",
    "right_cause": "right cause among the first two",
    "false_alarms": "healthy jobs with an alarm",
    "overfitting": "overfitted jobs of which that is said",
}


def table(cases: Mapping[str, Sequence[Line]], draws: Mapping[str, Sequence[Line]]) -> list[str]:
    """The lines of a Markdown table.

    Args:
        cases: Named cases by the name of their file.
        draws: The same of draws.
    """
    rows = [_row(["", "goal", *DIAGNOSERS]), _row(["---"] * (len(DIAGNOSERS) + 2))]
    for name, lines in cases.items():
        rows += _rows(name, CASE_GOALS, [judge_cases(lines, one) for one in DIAGNOSERS.values()])
    for name, lines in draws.items():
        labels = labelled(lines)
        rows += _rows(name, DRAW_GOALS, [judge_draw(lines, labels, one) for one in DIAGNOSERS.values()])
    return rows


def _rows(name: str, goals: Mapping[str, Goal], judged: Sequence[Judgement]) -> Iterator[str]:
    for field, title in _TITLES.items():
        shares: list[Share | None] = [getattr(one, field) for one in judged]
        if any(share is not None for share in shares):
            goal = goals.get(field)
            yield _row([f"{name}: {title}", str(goal or ""), *(str(share or "") for share in shares)])


def repair_rows(repairs: Mapping[str, Repairs]) -> list[str]:
    """What remedies did, a row each."""
    columns = ("remedies", f"repaired ({REPAIR_GOAL})", "left sick (half of random)", "median gain", "epochs")
    rows = [_row(columns), _row(["---"] * len(columns))]
    for name, one in repairs.items():
        rows.append(_row([name, str(one.repaired), str(one.left_sick), f"{one.median_gain:+.3f}", f"{one.epochs:.2f}"]))
    return rows


def rules(judged: Judgement) -> list[str]:
    """How often each rule gave an alarm, by what the job was."""
    fields = ("right", "plausible", "wrong", "sick", "first", "healthy")
    rows = [_row(["rule", *fields]), _row(["---"] * (len(fields) + 1))]
    for name, counts in sorted(judged.rules.items()):
        rows.append(_row([name, *(str(getattr(counts, field)) for field in fields)]))
    return rows


def reasons(judged: Judgement) -> Iterator[str]:
    """The jobs of which it was wrong, by name."""
    yield from (f"missed: {name}" for name in judged.missed)
    yield from (f"false alarm: {name}: {', '.join(said)}" for name, said in judged.alarmed.items())
    yield from (f"misnamed: {name}: {', '.join(said) or 'nothing'}" for name, said in judged.misnamed.items())


def balance(lines: Sequence[Line]) -> list[str]:
    """How many jobs of each data set are healthy, sick or neither."""
    labels, best = labelled(lines), best_scores(lines)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, data in {line.name: line.data for line in lines}.items():
        label = labels.get(name)
        counts[data].update(_words(label))
    columns = ("healthy", "between", "sick", "overfitted", "unjudged")
    rows = [_row(["data set", "best", *columns]), _row(["---"] * (len(columns) + 2))]
    for data, found in counts.items():
        rows.append(_row([data, f"{best.get(data, float('nan')):.3f}", *(str(found[one]) for one in columns)]))
    total = sum(counts.values(), Counter[str]())
    return [*rows, _row(["all", "", *(str(total[one]) for one in columns)])]


def _words(label: Label | None) -> list[str]:
    if label is None:
        return ["unjudged"]
    return [label.health, *(["overfitted"] if label.is_overfitted else [])]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
