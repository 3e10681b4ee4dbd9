"""What a repair has come to, as everybody is told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coach.repairs.plan import Plan
from db.errors import JobNotFound
from db.jobs.jobs import JobRow
from db.repairs import repairs
from db.repairs.repairs import RepairRow, TrialRow
from services.actors import Actor
from services.context import ServiceContext
from services.errors import NoRepair
from services.ids import checked_id


@dataclass(frozen=True)
class Report:
    """A repair.

    Attributes:
        row: As it is stored.
        plan: What it does.
    """

    row: RepairRow
    plan: Plan

    def told(self) -> dict[str, Any]:
        """As JSON."""
        plan, row = self.plan, self.row
        decision = repairs.decision_of(row)
        chosen = self._chosen(decision)
        objective = plan.objective
        return {
            "object": "repair",
            "job_id": row.job_id,
            "status": row.status,
            "metric": None if objective is None else objective.metric,
            "direction": None if objective is None else objective.direction,
            "tried": [self._tried(number, chosen, decision) for number in range(len(plan.candidates))],
            "confirmed": [] if chosen is None else [self._seed(place, chosen) for place in range(len(plan.seeds))],
            "chosen": None if chosen is None else row.child(chosen, 0),
            "gain": decision.get("gain"),
            "interval": decision.get("interval"),
            "is_better": decision.get("is_better", False),
            "waits_for": row.waits_for,
            "created_at": row.created_at,
            "ended_at": row.ended_at,
        }

    def _tried(self, number: int, chosen: int | None, decision: Mapping[str, Any]) -> dict[str, Any]:
        candidate, trial = self.plan.candidates[number], self.row.trial(number, 0)
        return {
            "job": None if trial is None else trial.child,
            "title": candidate.title,
            "techniques": candidate.techniques,
            "patch": candidate.patch,
            "epochs": None if trial is None or trial.epoch is None else trial.epoch - (trial.first_epoch or 0),
            "score": None if trial is None else trial.score,
            "interval": decision.get("interval") if number == chosen else None,
        }

    def _seed(self, place: int, chosen: int) -> dict[str, Any]:
        """The two jobs on one seed."""
        plan = self.plan
        before, after = self.row.trial(None, place), self.row.trial(chosen, place)
        original = _scored(before)
        if before is None and place == 0 and plan.is_original_trained:
            original = {"job": self.row.job_id, "score": plan.original_score}
        return {"seed": plan.seeds[place], "original": original, "repaired": _scored(after)}

    def _chosen(self, decision: Mapping[str, Any]) -> int | None:
        """Which candidate won the race; it is known from the moment at which it is trained on another seed."""
        of_others = (one.candidate for one in self.row.trials if one.candidate is not None and one.seed > 0)
        return decision["chosen"] if "chosen" in decision else next(of_others, None)


def _scored(trial: TrialRow | None) -> dict[str, Any]:
    return {"job": None, "score": None} if trial is None else {"job": trial.child, "score": trial.score}


def may_have_repair(row: JobRow) -> bool:
    """Whether it is worth looking for a repair of a job: few ask for one."""
    return '"repair"' in row.spec_json


def report_of(row: RepairRow) -> Report:
    """A repair, as it is stored."""
    return Report(row, Plan.of(json.loads(row.plan_json)))


async def read(context: ServiceContext, actor: Actor, job_id: str) -> Report:
    """The repair of a job.

    Raises:
        JobNotFound: If the caller has no such job.
        NoRepair: If the job was not repaired.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    async with context.database.read() as connection:
        row = await repairs.require(connection, job_id, actor.project)
    if row is None:
        raise NoRepair(job_id)
    return report_of(row)
