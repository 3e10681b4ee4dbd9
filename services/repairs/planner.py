"""Takes the next step of a repair: a loop's work, which any number may do at once, and repeat."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog

from coach.moves import moved
from coach.outcomes import Move
from coach.repairs.decision import Decision
from coach.repairs.plan import Plan, child_spec
from coach.repairs.race import Begin, End, Promote, Start, Trial, Wait, next_step
from db.connections.engine import Database
from db.datasets import facts
from db.errors import CancelPending, JobAlreadyEnded, JobNotFound
from db.jobs import jobs, weights
from db.jobs.jobs import JobRow, NewJob
from db.projects import audit
from db.repairs import repairs, steps
from db.repairs.repairs import RepairRow, TrialRow
from db.repairs.steps import NewTrial, Settled
from services.actors import Actor
from services.dataset_facts import datasets_named_in
from services.errors import BodyFaulty, DatasetNotReady, QuotaExceeded
from services.jobs.drafts import Draft, draft
from services.quotas.guard import Attempt, QuotaGuard, Use
from services.weights import weights_named_in
from settings.traces import Trace
from spec.ids import new_id
from spec.jobs import JobSpec
from spec.states import ENDED, FailureCode, JobStatus

_log = structlog.stdlib.get_logger("worker")

_ANY_MEMORY = 2**62
"""What candidates may need was looked at when they were found."""
_GONE = (JobNotFound, JobAlreadyEnded, CancelPending)
"""What somebody else may have made of a job meanwhile."""


@dataclass(frozen=True)
class _Draft:
    """A job to make, unless that is impossible."""

    start: Start
    draft: Draft | None


class Planner:
    """Of one process."""

    def __init__(self, database: Database, quotas: QuotaGuard) -> None:
        """Takes no step yet.

        Args:
            database: The truth.
            quotas: What projects may have: a repair whose project has no room for its jobs waits for it.
        """
        self._database = database
        self._quotas = quotas

    async def advance(self, job_id: str) -> list[JobRow]:
        """Take the next step of a job's repair, if there is one to take.

        Args:
            job_id: Of the repaired job.

        Returns:
            The jobs that are in the queue by it, for the broker to be told of.

        Raises:
            QuotaExceeded: If the project has no room for any of its jobs now; that is noted, and nothing else changed.
            DatabaseUnavailable: If the database does not answer. If the step took place, it is not taken again.
        """
        async with self._database.read() as connection:
            row = await repairs.find(connection, job_id)
            if row is None or not row.is_running:
                return []
            plan = Plan.of(json.loads(row.plan_json))
            known = [await _known(connection, plan, trial) for trial in row.trials]
        step = next_step(plan, known)
        if isinstance(step, Wait):
            return []
        seen = [Settled(trial.number, trial.score, trial.is_lost) for trial in _news(row.trials, known)]
        drafts = await self._drafts(row, plan, step.starts) if isinstance(step, Begin) else []
        try:
            return await self._take(row, plan, step, seen, drafts)
        except QuotaExceeded as error:
            async with self._database.write() as connection:
                await steps.note_waiting(connection, job_id, row.step, str(error))
            raise

    async def _take(
        self, row: RepairRow, plan: Plan, step: Begin | Promote | End, seen: Sequence[Settled], drafts: Sequence[_Draft]
    ) -> list[JobRow]:
        """Take a step, if nobody else has: all of it in one transaction."""
        async with self._quotas.looking(row.project) as taking, self._database.write() as connection:
            there = await _there(connection, drafts)
            if not await steps.take(connection, row.job_id, row.step):
                return []
            await steps.settle(connection, row.job_id, seen)
            match step:
                case Begin():
                    return await _make(connection, row, plan, drafts, there=there, taking=taking)
                case Promote():
                    return await _promote(connection, row, plan, step)
                case End():
                    chosen = None if step.chosen is None else row.child(step.chosen, 0)
                    await steps.end(connection, row.job_id, _told(step), chosen)
                    return []

    async def _drafts(self, row: RepairRow, plan: Plan, starts: Sequence[Start]) -> list[_Draft]:
        return [_Draft(start, await self._draft(row, plan, start)) for start in starts]

    async def _draft(self, row: RepairRow, plan: Plan, start: Start) -> Draft | None:
        """The job, as a client could ask for it; None if it cannot be made any more."""
        said: dict[str, Any] = json.loads(row.spec_json)
        patch = () if start.candidate is None else plan.candidates[start.candidate].patch
        child = child_spec(said, moved(said, Move(patch, "")) if patch else said, plan.seeds[start.seed])
        actor = _actor(row)
        try:
            datasets = await datasets_named_in(self._database, actor, child)
            found = await weights_named_in(self._database, actor, child)
            check = partial(
                draft,
                child,
                facts_of=datasets.facts_of,
                max_memory_bytes=_ANY_MEMORY,
                weights_of=found.weights_of,
            )
            return replace(await asyncio.to_thread(check), parent=row.job_id)
        except DatasetNotReady as error:
            reason = str(error)
        except BodyFaulty as error:
            reason = " ".join(fault.message for fault in error.faults)
        _log.warning("a job of a repair cannot be made", repaired=row.job_id, reason=reason)
        return None


def _actor(row: RepairRow) -> Actor:
    return Actor(row.project, None, Trace(row.request_id))


async def _known(connection: Any, plan: Plan, trial: TrialRow) -> Trial:  # noqa: ANN401 -- the database's connection, which only it knows
    """A job of a repair as the race sees it, with its score if it has just come to the end of its rung."""
    known = Trial(trial.number, Start(trial.candidate, trial.seed, trial.rung), is_out=trial.is_out)
    if trial.is_settled or trial.is_out:
        return replace(known, score=trial.score, is_lost=trial.is_lost)
    if trial.child is None or trial.status is None or trial.spec_json is None:
        return replace(known, is_lost=True)
    if _is_under_way(trial):
        return replace(known, is_under_way=True)
    if trial.status in ENDED and trial.status is not JobStatus.SUCCEEDED:
        return replace(known, is_lost=trial.error_code != FailureCode.DIVERGED)
    until = None if trial.until_epoch is None else trial.until_epoch - (trial.first_epoch or 0)
    last = trial.epoch if trial.until_epoch is None else trial.until_epoch
    told = await steps.metrics(connection, trial.child, last or 0)
    # What has ended within a rung has come to its end, with the weights that it leaves.
    has_ended = until is None or (trial.status in ENDED and len(told) <= until)
    spec = JobSpec.model_validate_json(trial.spec_json)
    score = None if plan.objective is None else plan.objective.score(spec, told, None if has_ended else until)
    return replace(known, score=score)


def _is_under_way(trial: TrialRow) -> bool:
    """As `db.repairs.repairs.IS_UNDER_WAY` has it."""
    if trial.status in ENDED:
        return False
    if trial.until_epoch is None or (trial.epoch or 0) < trial.until_epoch:
        return True
    return trial.epoch == trial.until_epoch and trial.status is JobStatus.RUNNING


def _news(rows: Sequence[TrialRow], known: Sequence[Trial]) -> list[Trial]:
    return [trial for row, trial in zip(rows, known, strict=True) if not row.is_settled and not trial.is_under_way]


async def _there(connection: Any, drafts: Sequence[_Draft]) -> set[str]:  # noqa: ANN401 -- as above
    """What of that which the jobs begin with has not been deleted; it stays until the transaction ends."""
    made = [one.draft for one in drafts if one.draft is not None]
    sources = {one.weights.name for one in made if one.weights is not None}
    datasets = {name for one in made for name in one.new_job(new_id("job"), "").datasets}
    there = await weights.there(connection, sources) if sources else set[str]()
    return there | await facts.there(connection, datasets) if datasets else there


async def _make(  # noqa: PLR0913 -- all of a step
    connection: Any,  # noqa: ANN401 -- as above
    row: RepairRow,
    plan: Plan,
    drafts: Sequence[_Draft],
    *,
    there: set[str],
    taking: Attempt,
) -> list[JobRow]:
    """Make the jobs of a step as clients' are made, and note them, all in the step's transaction.

    Where the project has no room for all of them, some are made: the others follow once these have got further.
    """
    trials: list[NewTrial] = []
    new: list[NewJob] = []
    actor = _actor(row)
    for place, one in enumerate(drafts):
        number, start = len(row.trials) + place, one.start
        job = None if one.draft is None else _new_job(one.draft, row, plan.race[start.rung].epochs)
        if job is not None and not _needs(job) <= there:
            job = None
        if job is not None:
            try:
                taking.take(row.project, _use_of(job, taking))
            except QuotaExceeded:
                if not trials:
                    raise
                break
            new.append(job)
        until = None if job is None else job.pause_at_epoch
        trials.append(NewTrial(number, None if job is None else job.id, start.candidate, start.seed, start.rung, until))
    made: list[JobRow] = []
    if new:
        made = await jobs.create_all(connection, new)
        await audit.record(connection, *(actor.act("job.derive", job.id) for job in new))
    await steps.add(connection, row.job_id, trials)
    return made


def _new_job(child: Draft, row: RepairRow, epochs: int | None) -> NewJob:
    job = child.new_job(new_id("job"), row.project, Trace(row.request_id))
    return job if epochs is None else replace(job, pause_at_epoch=job.first_epoch + epochs)


def _needs(job: NewJob) -> set[str]:
    file = job.initial_weights_key
    return {*job.datasets, *(() if file is None else (file,))}


def _use_of(job: NewJob, taking: Attempt) -> Use:
    row_bytes = jobs.bytes_of(job) if taking.is_counting_bytes(job.project) else 0
    return Use(1, job.train_rows * (job.epochs - job.first_epoch), row_bytes, is_to_store=True)


async def _promote(
    connection: Any,  # noqa: ANN401 -- as above
    row: RepairRow,
    plan: Plan,
    step: Promote,
) -> list[JobRow]:
    """Have the best go on from their checkpoints, and cancel the others.

    There were places for all of them once, and fewer go on than there were, so that nothing is asked of the quotas.
    """
    epochs = plan.race[step.rung].epochs
    best: dict[int, int | None] = {}
    queued: list[JobRow] = []
    by_number = {trial.number: trial for trial in row.trials}
    # In the order of their numbers, as whoever cancels all of them takes them.
    for number in sorted({*step.best, *step.others}):
        trial = by_number[number]
        until = None if epochs is None else (trial.first_epoch or 0) + epochs
        if number in step.best:
            best[number] = until
        if trial.child is None:
            continue
        with suppress(*_GONE):
            if number in step.others:
                await jobs.request_cancel(connection, trial.child, row.project)
                continue
            await jobs.order_pause_at(connection, trial.child, row.project, until)
            job = await jobs.request_resume(connection, trial.child, row.project)
            queued += [job] if job.status is JobStatus.QUEUED else []
    await steps.promote(connection, row.job_id, best, step.rung, step.others)
    return queued


def _told(end: End) -> dict[str, Any]:
    decision: Decision = end.decision
    return {
        "chosen": end.chosen,
        "gain": decision.gain,
        "interval": None if decision.interval is None else list(decision.interval),
        "is_better": decision.is_better,
    }
