"""What a repair does next, by what has come of its jobs so far: pure, so that whoever asks twice gets one answer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from coach.repairs.decision import Decision, decide
from coach.repairs.plan import Plan

ORIGINAL = None
"""In the place of a candidate: the job as it was, on another seed."""


@dataclass(frozen=True)
class Start:
    """A job to make.

    Attributes:
        candidate: Which of the plan's; `ORIGINAL`.
        seed: Which of the plan's.
        rung: How far it goes, as the number of a rung.
    """

    candidate: int | None
    seed: int
    rung: int


@dataclass(frozen=True)
class Trial:
    """A job that was made, or could not be.

    Attributes:
        number: Of the repair's trials, from 0.
        start: What it was made for; its rung is the one that it is in, or was left in.
        is_out: Whether it is left, and goes no further.
        is_under_way: Whether it has not come to the end of its rung.
        score: At that end; None if there is none.
        is_lost: Whether it has no score for a reason that tells nothing of the network: it was cancelled, or its worker
            was lost. One that diverged is not lost; it is the worst there is.
    """

    number: int
    start: Start
    is_out: bool = False
    is_under_way: bool = False
    score: float | None = None
    is_lost: bool = False


@dataclass(frozen=True)
class Wait:
    """Nothing is to be done until a job has come further."""


@dataclass(frozen=True)
class Begin:
    """Jobs are to be made."""

    starts: Sequence[Start]


@dataclass(frozen=True)
class Promote:
    """A rung has ended: the best go on to the next, the others are left."""

    best: Sequence[int]
    others: Sequence[int]
    rung: int


@dataclass(frozen=True)
class End:
    """The repair has ended.

    Attributes:
        chosen: The best candidate; None if none came to an end.
        decision: Whether it is better.
    """

    chosen: int | None
    decision: Decision


Step: TypeAlias = Wait | Begin | Promote | End


def next_step(plan: Plan, trials: Sequence[Trial]) -> Step:
    """What is to be done now.

    Args:
        plan: Of the repair.
        trials: All there are, with what is known of them now.
    """
    if not plan.race or plan.objective is None:
        return End(None, Decision())
    if any(trial.is_under_way for trial in trials):
        return Wait()
    missing = [Start(number, 0, 0) for number in range(plan.race[0].candidates) if not _is_made(trials, number, 0)]
    if missing:
        return Begin(missing)
    racing = [trial for trial in trials if trial.start.candidate is not ORIGINAL and trial.start.seed == 0]
    alive = [trial for trial in racing if not trial.is_out]
    rung = max(trial.start.rung for trial in racing)
    best = plan.objective.best_first((trial.number, trial.score) for trial in alive)
    if rung + 1 < len(plan.race):
        count = plan.race[rung + 1].candidates
        scored = [trial.number for trial in alive if trial.score is not None]
        going_on = [number for number in best if number in scored][:count]
        if not going_on:
            return End(None, Decision())
        return Promote(going_on, [number for number in best if number not in going_on], rung + 1)
    return _confirm(plan, trials, next(trial for trial in alive if trial.number == best[0]))


def _confirm(plan: Plan, trials: Sequence[Trial], winner: Trial) -> Step:
    """Compare the winner of the race with the original, on the same seeds."""
    objective, chosen = plan.objective, winner.start.candidate
    if winner.score is None or objective is None:
        return End(None, Decision())
    if plan.original_score is not None and objective.gain(plan.original_score, winner.score) <= 0:
        return End(chosen, Decision(objective.gain(plan.original_score, winner.score)))
    missing = [
        Start(candidate, seed, len(plan.race) - 1)
        for seed in range(len(plan.seeds))
        for candidate in (chosen, ORIGINAL)
        if not _is_known(plan, trials, candidate, seed)
    ]
    if missing:
        return Begin(missing)
    return End(chosen, decide(list(differences(plan, trials, chosen))))


def _is_known(plan: Plan, trials: Iterable[Trial], candidate: int | None, seed: int) -> bool:
    if candidate is ORIGINAL and seed == 0 and plan.is_original_trained:
        return True
    return _is_made(trials, candidate, seed)


def _is_made(trials: Iterable[Trial], candidate: int | None, seed: int) -> bool:
    return any(trial.start.candidate == candidate and trial.start.seed == seed for trial in trials)


def differences(plan: Plan, trials: Sequence[Trial], chosen: int | None) -> Iterator[float]:
    """Of each seed, by how much the chosen candidate is better than the original; of a lost job's seed nothing.

    A training that failed is worth as little as any that is known, and no more than the plan's floor.
    """
    objective = plan.objective
    if objective is None:
        return
    worst = objective.worst([*(trial.score for trial in trials), plan.original_score])
    for seed in range(len(plan.seeds)):
        results = [result_of(plan, trials, candidate, seed) for candidate in (ORIGINAL, chosen)]
        scores = [worst if result.score is None else result.score for result in results if not result.is_lost]
        if len(scores) == len(results) and None not in scores:
            before, after = scores
            yield objective.gain(before or 0.0, after or 0.0)


def result_of(plan: Plan, trials: Iterable[Trial], candidate: int | None, seed: int) -> Trial:
    """What came of a candidate, or of the original, on one seed; one that is not known yet is lost so far."""
    start = Start(candidate, seed, len(plan.race) - 1)
    if candidate is ORIGINAL and seed == 0 and plan.is_original_trained:
        return Trial(-1, start, score=plan.original_score)
    known = (trial for trial in trials if (trial.start.candidate, trial.start.seed) == (candidate, seed))
    return next((trial for trial in known if not trial.is_under_way), Trial(-1, start, is_lost=True))


Role: TypeAlias = Literal["race", "confirm"]


def role_of(start: Start) -> Role:
    """What a job was made for."""
    return "race" if start.candidate is not ORIGINAL and start.seed == 0 else "confirm"
