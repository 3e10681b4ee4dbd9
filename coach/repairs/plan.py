"""What a repair is going to do, worked out once when a sick job ends, and kept as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from coach.evidence import Evidence
from coach.findings import Finding
from coach.repairs.candidates import Candidate, candidates
from coach.repairs.objective import Objective, objective_of
from coach.repairs.rungs import Rung, rungs

_SEEDS = 2**32
_OF_REPAIRS = frozenset({"repair", "max_jobs", "repeats"})


@dataclass(frozen=True)
class Plan:
    """What a repair is going to do.

    Attributes:
        objective: What jobs are compared by; None if the job has no epoch to tell.
        candidates: What is tried, the most promising first; all of them race.
        race: For how long.
        seeds: On which the best is compared with the original; the race is run on the first.
        is_original_trained: Whether the job itself was trained to its end, so that its score counts for the first seed.
        original_score: That score; None if it failed, or was stopped.
    """

    objective: Objective | None
    candidates: Sequence[Candidate]
    race: Sequence[Rung]
    seeds: Sequence[int]
    is_original_trained: bool
    original_score: float | None = None

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Plan":
        """From JSON."""
        objective = told["objective"]
        return cls(
            objective=None if objective is None else Objective(**objective),
            candidates=[Candidate(**one) for one in told["candidates"]],
            race=[Rung(**one) for one in told["race"]],
            seeds=told["seeds"],
            is_original_trained=told["is_original_trained"],
            original_score=told["original_score"],
        )


NOTHING_PLANNED = Plan(None, (), (), (), is_original_trained=True)
"""Of a job that nobody has looked at."""


def asks_for_repair(said: Mapping[str, Any]) -> bool:
    """Whether a spec, as it was sent and checked, allows a repair."""
    coach: Mapping[str, Any] = said.get("coach") or {}
    return bool(coach.get("repair"))


def empty_plan(evidence: Evidence, *, is_stopped: bool = False) -> Plan:
    """Of a repair of which nothing is planned.

    Args:
        evidence: All that is known of the job, at its end.
        is_stopped: Whether it was stopped early, and might have done better yet.
    """
    coach, training = evidence.job.spec.coach, evidence.job.spec.training
    seed = training.seed or 0
    seeds = [(seed + number) % _SEEDS for number in range(coach.repeats)]
    # A training that has diverged would only have gone on to do so.
    return Plan(objective_of(evidence), (), (), seeds, not is_stopped or evidence.has_diverged)


def plan_of(evidence: Evidence, findings: Sequence[Finding], *, is_stopped: bool) -> Plan:
    """The repair of a sick job that has ended.

    Args:
        evidence: All that is known of it, at its end.
        findings: What is wrong with it, with remedies.
        is_stopped: Whether it was stopped early, and might have done better yet.
    """
    job = evidence.job
    coach, training = job.spec.coach, job.spec.training
    plan = empty_plan(evidence, is_stopped=is_stopped)
    if plan.objective is None:
        return plan
    found = candidates(job, findings, coach.max_jobs, is_loss_kept=plan.objective.is_loss)
    race, racing = _race(found, training.epochs)
    has_score = plan.is_original_trained and evidence.failure is None and not evidence.has_diverged
    score = plan.objective.score(job.spec, [one.metrics for one in evidence.epochs]) if has_score else None
    return replace(plan, candidates=racing, race=race, original_score=score)


def _race(found: Sequence[Candidate], epochs: int) -> tuple[Sequence[Rung], Sequence[Candidate]]:
    """The race, and who takes part: the longest are left out where the budget has no room for them beside others."""
    most = 0
    race, racing = list[Rung](), list[Candidate]()
    for longest in sorted({one.epochs for one in found}, reverse=True):
        short = [one for one in found if one.epochs <= longest]
        tried = rungs(len(short), epochs, longest)
        if tried and tried[0].candidates > most:
            most, race = tried[0].candidates, tried
            racing = short[:most]
    return race, racing


def child_spec(said: Mapping[str, Any], patched: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The spec of a job of a repair: the patched one, with a seed, which is not repaired itself.

    Args:
        said: The original.
        patched: The same with a candidate's patch, or without one.
        seed: Of its training.
    """
    coach = {name: value for name, value in said.get("coach", {}).items() if name not in _OF_REPAIRS}
    child = {**patched, "training": {**patched["training"], "seed": seed}}
    return {**{name: value for name, value in child.items() if name != "coach"}, **({"coach": coach} if coach else {})}
